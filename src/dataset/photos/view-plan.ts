import type { Matrix3 } from '../../math/matrix3.ts';
import { multiply3 } from '../../math/matrix3.ts';
import type { Random } from '../../math/random.ts';

/** What camera and file did to a picture, in this order. */
export interface ViewLook {
  /** Level as a share of white: gain · level^gamma + offset. */
  readonly gain: number;
  readonly gamma: number;
  readonly offset: number;
  /** σ, px; 0 for none. */
  readonly blurSigma: number;
  /** σ, grey levels. */
  readonly noiseSigma: number;
  /** 1 … 100. */
  readonly jpegQuality: number;
}

/** A rendering of a photograph, as if it had been taken once more. */
export interface ViewPlan {
  readonly width: number;
  readonly height: number;
  /** Pixels of the view from those of the photograph; w > 0 all over both. */
  readonly viewFromPhoto: Matrix3;
  readonly look: ViewLook;
}

/** Of a view from another place: spreads of what differs. */
/** Its logarithm is uniform: what is found again in strong tilts is little. */
const mostTilt = 3.5;
const turnSpread = (25 * Math.PI) / 180;
const octaveSpread = 0.45;
/** More than this shows what no camera blurs so. */
const mostScale = 1.25;
const shiftSpread = 0.05;
/** Of w from the middle to a corner. */
const perspectiveSpread = 0.1;
const mostPerspective = 0.25;

/**
 * Plans the renderings of one photograph: the first nearly as it is, the others seen from elsewhere. None has the pixels of
 * the file: each is resampled, noisy and compressed on its own, so that no two share their grain.
 * @param width size of the photograph, px
 * @param views number of renderings from elsewhere
 */
export function planViews(width: number, height: number, views: number, random: Random): ViewPlan[] {
  const shrink = 0.85 + 0.15 * random.next();
  // The first rendering starts within a pixel of the photograph's corner and ends before its far side.
  const size = {
    width: Math.max(1, Math.floor((width - 1) * shrink)),
    height: Math.max(1, Math.floor((height - 1) * shrink)),
  };
  const corner = [-0.5 + shrink * (0.5 - random.next()), -0.5 + shrink * (0.5 - random.next())];
  const base: ViewPlan = {
    ...size,
    viewFromPhoto: [shrink, 0, corner[0], 0, shrink, corner[1], 0, 0, 1],
    look: drawMildLook(random),
  };
  const others = Array.from({ length: views }, (): ViewPlan => {
    const viewFromPhoto = drawHomography(width, height, size, shrink, random);
    return { ...size, viewFromPhoto, look: drawLook(random) };
  });
  return [base, ...others];
}

function drawHomography(
  width: number,
  height: number,
  view: { readonly width: number; readonly height: number },
  shrink: number,
  random: Random,
): Matrix3 {
  const tilt = mostTilt ** random.next();
  const direction = random.next() * Math.PI;
  const turn = random.normal() * turnSpread;
  const scale = Math.min(mostScale, shrink * 2 ** (random.normal() * octaveSpread));
  const halfDiagonal = Math.hypot(view.width, view.height) / 2;
  const bound = (value: number): number => Math.min(mostPerspective, Math.max(-mostPerspective, value));
  const perspective = [0, 0].map(() => bound(random.normal() * perspectiveSpread) / halfDiagonal);
  const shift = [view.width, view.height].map((side) => random.normal() * shiftSpread * side);
  const toMiddle: Matrix3 = [1, 0, (1 - width) / 2, 0, 1, (1 - height) / 2, 0, 0, 1];
  const foreshorten: Matrix3 = [1, 0, 0, 0, 1 / tilt, 0, 0, 0, 1];
  const affine = multiply3(rotation(turn + direction, scale), multiply3(foreshorten, rotation(-direction, 1)));
  const tilted: Matrix3 = [1, 0, 0, 0, 1, 0, perspective[0], perspective[1], 1];
  const place: Matrix3 = [1, 0, (view.width - 1) / 2 + shift[0], 0, 1, (view.height - 1) / 2 + shift[1], 0, 0, 1];
  return multiply3(place, multiply3(tilted, multiply3(affine, toMiddle)));
}

function rotation(angle: number, scale: number): Matrix3 {
  const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  return [cos, -sin, 0, sin, cos, 0, 0, 0, 1];
}

/** A careful camera. */
function drawMildLook(random: Random): ViewLook {
  return {
    gain: Math.exp(random.normal() * 0.05),
    gamma: 1,
    offset: 0,
    blurSigma: random.next() < 0.5 ? 0.3 + 0.4 * random.next() : 0,
    noiseSigma: 255 * (0.002 + 0.004 * random.next()),
    jpegQuality: Math.round(88 + 10 * random.next()),
  };
}

/** Another camera, focus, light and weather, or a copy compressed until small patches hold little but JPEG's blocks. */
function drawLook(random: Random): ViewLook {
  return {
    gain: Math.exp(random.normal() * 0.3),
    gamma: Math.exp(random.normal() * 0.3),
    offset: random.normal() * 0.05,
    blurSigma: random.next() < 0.5 ? 0.3 + 4 * random.next() ** 2 : 0,
    noiseSigma: 255 * (0.002 + 0.014 * random.next() ** 2),
    jpegQuality: Math.round(random.next() < 0.35 ? 4 + 60 * random.next() : 78 + 20 * random.next()),
  };
}
