import { expect, test } from 'vitest';
import { createAggregator } from '../../../src/retrieval/vlad.ts';

/** Two centres in the plane, at (0, 0) and (10, 0). */
const centres = { count: 2, dimension: 2, values: Float32Array.of(0, 0, 10, 0) };

test('sums differences to the nearest centre and gives each centre the same weight', () => {
  const { aggregate, length } = createAggregator(centres);
  expect(length).toBe(4);
  // Three descriptors up and to the right of the first centre (3, 4 in all), one below the second.
  expect([...aggregate(Float32Array.of(1, 1, 1, 2, 1, 1, 10, -0.5))]).toEqual([76, 102, 0, -127]);
});

test('a pattern that repeats counts as one that does not', () => {
  const { aggregate } = createAggregator(centres);
  const once = Float32Array.of(0.3, 0.4, 9, 1);
  const often = Float32Array.from([...Array.from({ length: 50 }, () => [0.3, 0.4]).flat(), 9, 1]);
  expect(aggregate(often)).toEqual(aggregate(once));
});

test('a photo without keypoints, or with all of them on a centre, is all 0', () => {
  const { aggregate } = createAggregator(centres);
  expect([...aggregate(new Float32Array())]).toEqual([0, 0, 0, 0]);
  expect([...aggregate(Float32Array.of(10, 0, 0, 0))]).toEqual([0, 0, 0, 0]);
});
