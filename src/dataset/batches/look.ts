import type { Random } from '../../math/random.ts';
import type { Augmentation } from './augmentation.ts';

/** What a camera and a file did to a whole photo, and so to every patch of it. */
export interface PhotoLook {
  /** Grey level (0 … 255, not rounded) of each stored grey level. */
  readonly tone: Float32Array;
  /** σ in patch pixels; 0 for none. */
  readonly blurSigma: number;
  /** σ in grey levels; 0 for none. */
  readonly noiseSigma: number;
  /** 0 for none. */
  readonly jpegQuality: number;
}

/** What happened to one patch. */
export interface PatchLook {
  /** Row-major 2×2 and shift: the stored patch's offset from its centre of an offset from the centre; null for as it is. */
  readonly warp: readonly [number, number, number, number, number, number] | null;
  /** Gain less one, per pixel to the right and downwards of the centre. */
  readonly gradient: readonly [number, number] | null;
  readonly occlusion: Occlusion | null;
}

/** Covers the pixels at offsets (x, y) from the centre where (a·x + b·y + c)² + (d·x + e·y + f)² < 1, or a·x + b·y > c. */
export interface Occlusion {
  readonly shape: 'half-plane' | 'ellipse';
  readonly parameters: readonly number[];
  /** The grey level it is of, or `null` for the texture of another patch. */
  readonly grey: number | null;
}

const identityTone = Float32Array.from({ length: 256 }, (_, level) => level);
/** ln of each level as a share of white. */
const logarithms = Float64Array.from({ length: 256 }, (_, level) => Math.log(level / 255));
const half = 32;
/**
 * Detectors place keypoints wrong by so many pixels, of which a large keypoint has more: warps are as strong as they can be
 * for keypoints up to this size (px), and weaker in proportion for larger ones, down to this share.
 */
const smallSize = 3;
const leastMisplaced = 0.3;

export function drawPhotoLook(augmentation: Augmentation, random: Random): PhotoLook {
  const tone = drawTone(augmentation, random);
  const blurred = random.next() < augmentation.blurShare;
  const noisy = random.next() < augmentation.noiseShare;
  const compressed = random.next() < augmentation.jpegShare;
  const [low, high] = augmentation.jpegQuality;
  return {
    tone,
    blurSigma: blurred ? 0.3 + random.next() * Math.max(0, augmentation.blurSigma - 0.3) : 0,
    noiseSigma: noisy ? random.next() * augmentation.noiseSigma * 255 : 0,
    jpegQuality: compressed ? low + random.next() * (high - low) : 0,
  };
}

function drawTone(augmentation: Augmentation, random: Random): Float32Array {
  const exposed = random.next() < augmentation.toneShare;
  const hazy = random.next() < augmentation.contrastShare;
  if (!exposed && !hazy) return identityTone;
  const logGain = exposed ? random.normal() * augmentation.toneGain : 0;
  const gamma = exposed ? Math.exp(random.normal() * augmentation.toneGamma) : 1;
  const offset = exposed ? random.normal() * augmentation.toneOffset : 0;
  const contrast = hazy ? 1 - random.next() * (1 - augmentation.contrastLeast) : 1;
  const tone = new Float32Array(256);
  for (let level = 0; level < 256; level++) {
    const value = Math.exp(logGain + gamma * logarithms[level]) + offset;
    tone[level] = 255 * (0.5 + contrast * (Math.min(1, Math.max(0, value)) - 0.5));
  }
  return tone;
}

/** @param size of the patch's keypoint, px; null where nobody knows: as of a small one */
export function drawPatchLook(augmentation: Augmentation, size: number | null, random: Random): PatchLook {
  return {
    warp: random.next() < augmentation.warpShare ? drawWarp(augmentation, size, random) : null,
    gradient: random.next() < augmentation.gradientShare ? drawGradient(augmentation, random) : null,
    occlusion: random.next() < augmentation.occlusionShare ? drawOcclusion(augmentation, random) : null,
  };
}

function drawWarp(augmentation: Augmentation, size: number | null, random: Random): PatchLook['warp'] {
  const misplaced = size === null ? 1 : Math.min(1, Math.max(leastMisplaced, smallSize / size));
  const turn = random.normal() * augmentation.warpTurn * misplaced;
  const scale = 2 ** (random.normal() * augmentation.warpScale * misplaced);
  const stretch = Math.exp((random.normal() * augmentation.warpTilt) / 2);
  const direction = random.next() * Math.PI;
  // Turn by `turn` after the stretch along `direction`, R(turn + direction) · diag(stretch, 1 / stretch) · R(−direction).
  const [cos1, sin1] = [Math.cos(turn + direction), Math.sin(turn + direction)];
  const [cos2, sin2] = [Math.cos(direction), Math.sin(direction)];
  const [along, across] = [scale * stretch, scale / stretch];
  const shift = 2 * half * augmentation.warpShift * misplaced;
  return [
    along * cos1 * cos2 + across * sin1 * sin2,
    along * cos1 * sin2 - across * sin1 * cos2,
    along * sin1 * cos2 - across * cos1 * sin2,
    along * sin1 * sin2 + across * cos1 * cos2,
    random.normal() * shift,
    random.normal() * shift,
  ];
}

function drawGradient(augmentation: Augmentation, random: Random): PatchLook['gradient'] {
  const direction = random.next() * 2 * Math.PI;
  const slope = (random.next() * augmentation.gradientSlope) / half;
  return [slope * Math.cos(direction), slope * Math.sin(direction)];
}

function drawOcclusion(augmentation: Augmentation, random: Random): Occlusion {
  const area = random.next() * augmentation.occlusionArea;
  const direction = random.next() * 2 * Math.PI;
  const [cos, sin] = [Math.cos(direction), Math.sin(direction)];
  const grey = random.next() < 0.5 ? random.next() * 255 : null;
  if (random.next() < 0.5) {
    // Across the axes, a line at this distance from the centre leaves that part of a square beyond it.
    return { shape: 'half-plane', parameters: [cos, sin, half * (1 - 2 * area)], grey };
  }
  const stretch = 2 ** (random.next() * 2 - 1);
  const radius = 2 * half * Math.sqrt(area / Math.PI) + 1;
  const [x, y] = [(random.next() * 2 - 1) * half, (random.next() * 2 - 1) * half];
  const [long, short] = [1 / (radius * stretch), stretch / radius];
  const parameters = [
    ...[cos * long, sin * long, -(cos * x + sin * y) * long],
    ...[-sin * short, cos * short, (sin * x - cos * y) * short],
  ];
  return { shape: 'ellipse', parameters, grey };
}
