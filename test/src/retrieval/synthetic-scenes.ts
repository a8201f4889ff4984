import { createRandom, type Random } from '../../../src/math/random.ts';
import type { LocalDescriptors } from '../../../src/retrieval/describe-photos.ts';

export function unitVector(random: Random, dimension: number): number[] {
  const vector = Array.from({ length: dimension }, () => random.normal());
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

/** Photos of some scenes: each shows a random half of its scene's things, each thing described with noise. Photo i shows scene `i % scenes`. */
export function scenePhotos(seed: number, scenes: number, photos: number): LocalDescriptors[] {
  const descriptorLength = 32;
  const random = createRandom(seed);
  const things = Array.from({ length: scenes }, () =>
    Array.from({ length: 120 }, () => unitVector(random, descriptorLength)),
  );
  return Array.from({ length: photos }, (_, i) => {
    const seen = things[i % scenes].filter(() => random.next() < 0.5);
    const noisy = seen.map((thing) => thing.map((value) => value + 0.05 * random.normal()));
    return { descriptors: Float32Array.from(noisy.flat()), descriptorLength };
  });
}
