import type { PhotoFeatures } from '../../../src/features/photo-features.ts';
import type { Random } from '../../../src/math/random.ts';

/** A keypoint: where it is and what it looks like. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  /** Of any length but 0. */
  readonly look: readonly number[];
}

export const descriptorLength = 32;
export const keypointSize = 5;

export const randomLook = (random: Random): number[] => Array.from({ length: descriptorLength }, () => random.normal());

/** The same look, seen with noise: descriptors then have a dot product of some 1 / (1 + strength²). */
export const noisyLook = (look: readonly number[], strength: number, random: Random): number[] =>
  look.map((value) => value + strength * random.normal());

export function featuresOf(spots: readonly Spot[]): PhotoFeatures {
  const count = spots.length;
  return {
    keypoints: {
      count,
      x: Float32Array.from(spots, ({ x }) => x),
      y: Float32Array.from(spots, ({ y }) => y),
      size: new Float32Array(count).fill(keypointSize),
      angle: new Float32Array(count),
      response: new Float32Array(count).fill(1),
      octave: new Int16Array(count),
      location: Uint32Array.from(spots, (_, i) => i),
    },
    patchScale: 1,
    descriptors: Float32Array.from(spots.flatMap(({ look }) => look.map((value) => value / Math.hypot(...look)))),
    descriptorLength,
    patches: new Uint8Array(),
    pixelHash: '',
  };
}
