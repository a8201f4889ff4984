import { expect, it } from 'vitest';
import { drawAnchor } from '../../../../src/dataset/batches/draw-patches.ts';
import { prepareTrainingData } from '../../../../src/dataset/batches/training-data.ts';
import { createRandom } from '../../../../src/math/random.ts';
import { syntheticSet } from './synthetic-set.ts';

it('draws each photo as often, however many partners it has, and only patches that have one', () => {
  const { photo, ...rest } = syntheticSet(1, 100);
  // Photo 2 takes ten of the patches of photo 1; the first patch of all loses its partner.
  const changed = photo.map((id, patch) => (patch >= 190 ? 2 : id));
  const point = rest.point.map((id, patch) => (patch === 0 ? 1e6 : id));
  const [entry] = prepareTrainingData([{ ...rest, point, photo: changed }]);
  const random = createRandom(1);
  const drawn = Array.from({ length: 3000 }, () => drawAnchor(entry, random));
  for (const id of new Set(changed)) {
    const share = drawn.filter((patch) => changed[patch] === id).length / drawn.length;
    expect(Math.abs(share - 1 / 3)).toBeLessThan(0.04);
  }
  expect(drawn).not.toContain(0);
});
