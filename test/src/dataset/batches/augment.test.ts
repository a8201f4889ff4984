import { describe, expect, it } from 'vitest';
import { createAugmenter } from '../../../../src/dataset/batches/augment.ts';
import { noAugmentation, type Augmentation } from '../../../../src/dataset/batches/augmentation.ts';
import { drawPatchLook, drawPhotoLook } from '../../../../src/dataset/batches/look.ts';
import { createRandom } from '../../../../src/math/random.ts';
import { halvePatches } from '../../../../src/features/patches.ts';

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
const spread = (values: ArrayLike<number>): number => {
  const middle = mean(values);
  return Math.sqrt(mean(Array.from(values, (v) => (v - middle) ** 2)));
};

/** Smooth waves of mean about 128, different in u and v. */
const wavy = Uint8Array.from({ length: 4096 }, (_, at) => {
  const [u, v] = [at % 64, at >> 6];
  return Math.round(128 + 60 * Math.sin(u / 5) * Math.cos(v / 7) + u / 4);
});

function augmented(
  change: Partial<Augmentation>,
  { patches = wavy, side = 64, dihedral = 0, seed = 1 } = {},
): Float32Array {
  const augmentation = { ...noAugmentation, ...change };
  const random = createRandom(seed);
  const to = new Float32Array(side * side);
  const [photo, patch] = [drawPhotoLook(augmentation, random), drawPatchLook(augmentation, null, random)];
  createAugmenter(side)(patches, 0, dihedral, photo, patch, random, to, 0);
  return to;
}

/** Root mean square difference, in grey levels. */
const difference = (a: Float32Array, b: Float32Array): number =>
  255 * Math.sqrt(mean(Array.from(a, (value, i) => (value - b[i]) ** 2)));

describe('resampling', () => {
  it('gives the stored bytes at their own side', () => {
    expect(augmented({})).toEqual(Float32Array.from(wavy, (level) => level / 255));
  });

  it('halves as the descriptor network halves', () => {
    const halves = halvePatches(wavy);
    augmented({}, { side: 32 }).forEach((value, i) => expect(value).toBeCloseTo(halves[i], 6));
  });

  it.each([32, 34, 48, 62, 66, 96, 128])('keeps mean and picture at side %i', (side) => {
    const resampled = augmented({}, { side });
    expect(mean(resampled) * 255).toBeCloseTo(mean(wavy), 0);
    const scale = 64 / side;
    for (const [u, v] of [
      [3, 5],
      [20, 9],
      [side - 1, side - 1],
    ]) {
      const [x, y] = [(u + 0.5) * scale - 0.5, (v + 0.5) * scale - 0.5];
      const truth = 128 + 60 * Math.sin(x / 5) * Math.cos(y / 7) + x / 4;
      expect(Math.abs(resampled[v * side + u] * 255 - truth)).toBeLessThan(4);
    }
  });

  it('turns into eight different pictures of the same levels', () => {
    const pictures = Array.from({ length: 8 }, (_, dihedral) => augmented({}, { dihedral }));
    expect(new Set(pictures.map((picture) => picture.join())).size).toBe(8);
    const levels = pictures[0].slice().sort();
    for (const picture of pictures) expect(picture.slice().sort()).toEqual(levels);
  });

  it('turns a warped patch as it turns one that is not', () => {
    const nowhere = { warpShare: 1, warpTurn: 1e-9 };
    for (let dihedral = 0; dihedral < 8; dihedral++) {
      expect(difference(augmented(nowhere, { dihedral }), augmented({}, { dihedral }))).toBeLessThan(0.01);
    }
  });

  it('shifts the picture by what the warp says', () => {
    const look = { ...noAugmentation, warpShare: 1 };
    const photo = drawPhotoLook(look, createRandom(1));
    const patch = { warp: [1, 0, 0, 1, 2.5, -1] as const, gradient: null, occlusion: null };
    const to = new Float32Array(4096);
    createAugmenter(64)(wavy, 0, 0, photo, patch, createRandom(1), to, 0);
    const expected = (wavy[30 * 64 + 22] + wavy[30 * 64 + 23]) / 2;
    expect(Math.abs(to[31 * 64 + 20] * 255 - expected)).toBeLessThan(0.51);
  });
});

describe('augmentation', () => {
  it.each([
    ['unknown', null, 1],
    ['2', 2, 1],
    ['6', 6, 0.5],
    ['100', 100, 0.3],
  ])('warps by tilts of the spread asked for, by turns, scales and shifts as fit size %s', (_, size, misplaced) => {
    const look = { ...noAugmentation, warpShare: 1, warpTurn: 0.1, warpScale: 0.2, warpTilt: 0.4, warpShift: 0.02 };
    const random = createRandom(1);
    const warps = Array.from({ length: 4000 }, () => drawPatchLook(look, size, random).warp!);
    const rms = (valueOf: (warp: (typeof warps)[number]) => number): number =>
      Math.sqrt(mean(warps.map((warp) => valueOf(warp) ** 2)));
    expect(rms(([a, b, c, d]) => Math.atan2(c - b, a + d))).toBeCloseTo(0.1 * misplaced, 2);
    expect(rms(([a, b, c, d]) => Math.log2(a * d - b * c) / 2)).toBeCloseTo(0.2 * misplaced, 2);
    // Of singular values s1, s2: s1² + s2² and s1·s2.
    expect(rms(([a, b, c, d]) => Math.acosh((a * a + b * b + c * c + d * d) / (2 * (a * d - b * c))))).toBeCloseTo(
      0.4,
      1,
    );
    expect(rms((warp) => warp[4] / 64)).toBeCloseTo(0.02 * misplaced, 3);
  });

  it('adds noise of the strength drawn, and of mean 0', () => {
    const grey = new Uint8Array(4096).fill(128);
    const look = drawPhotoLook({ ...noAugmentation, noiseShare: 1, noiseSigma: 0.05 }, createRandom(1));
    const noise = augmented({ noiseShare: 1, noiseSigma: 0.05 }, { patches: grey });
    expect(Math.abs(spread(noise) * 255 - look.noiseSigma)).toBeLessThan(0.05 * look.noiseSigma + 0.05);
    expect(Math.abs(mean(noise) * 255 - 128)).toBeLessThan(0.5);
  });

  it('blurs by its σ: the variance of a bright point is σ²', () => {
    const point = new Uint8Array(4096);
    for (let i = 0; i < 4096; i++) point[i] = i % 64 === 32 ? 255 : 0;
    const look = drawPhotoLook({ ...noAugmentation, blurShare: 1, blurSigma: 2.5 }, createRandom(4));
    const blurred = augmented({ blurShare: 1, blurSigma: 2.5 }, { patches: point, seed: 4 });
    const row = Array.from(blurred.subarray(32 * 64, 33 * 64));
    const sum = row.reduce((a, b) => a + b, 0);
    const variance = row.reduce((total, value, u) => total + (value / sum) * (u - 32) ** 2, 0);
    expect(Math.abs(Math.sqrt(variance) - look.blurSigma)).toBeLessThan(0.1 * look.blurSigma);
    expect(sum).toBeCloseTo(1, 1);
  });

  it('compresses the more the lower the quality, and hardly at the best', () => {
    const at = (quality: number): number =>
      difference(augmented({ jpegShare: 1, jpegQuality: [quality, quality] }), augmented({}));
    expect(at(100)).toBeLessThan(1);
    expect(at(10)).toBeGreaterThan(at(60));
    expect(at(10)).toBeLessThan(20);
  });

  it('changes tone monotonically', () => {
    const tone = drawPhotoLook(
      { ...noAugmentation, toneShare: 1, toneGain: 0.3, toneGamma: 0.3 },
      createRandom(3),
    ).tone;
    for (let level = 1; level < 256; level++) expect(tone[level]).toBeGreaterThanOrEqual(tone[level - 1]);
    expect(tone[128]).not.toBeCloseTo(128, 0);
  });

  it('lowers contrast about the middle', () => {
    const faint = augmented({ contrastShare: 1, contrastLeast: 0.2 });
    expect(spread(faint)).toBeLessThan(0.9 * spread(augmented({})));
    expect(Math.abs(mean(faint) - 0.5)).toBeLessThan(Math.abs(mean(augmented({})) - 0.5));
  });

  it('lets light fall off across the patch and leaves the mean', () => {
    const grey = new Uint8Array(4096).fill(100);
    const lit = augmented({ gradientShare: 1, gradientSlope: 0.5 }, { patches: grey });
    expect(spread(lit)).toBeGreaterThan(0.01);
    expect(mean(lit) * 255).toBeCloseTo(100, 0);
  });

  it('covers no more than the part asked for, and sometimes nearly that', () => {
    const patches = new Uint8Array(4096);
    const covered = Array.from({ length: 200 }, (_, seed) => {
      const picture = augmented({ occlusionShare: 1, occlusionArea: 0.3 }, { patches, seed });
      return picture.filter((value) => value > 0).length / 4096;
    });
    expect(Math.max(...covered)).toBeGreaterThan(0.2);
    expect(Math.max(...covered)).toBeLessThan(0.4);
  });

  it('happens as often as its share', () => {
    const random = createRandom(1);
    let warped = 0;
    for (let i = 0; i < 1000; i++) {
      if (drawPatchLook({ ...noAugmentation, warpShare: 0.3 }, null, random).warp !== null) warped++;
    }
    expect(warped).toBeGreaterThan(250);
    expect(warped).toBeLessThan(350);
  });
});
