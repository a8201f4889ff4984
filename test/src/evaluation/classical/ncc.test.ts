import { expect, it } from 'vitest';
import { correlatePairs } from '../../../../src/evaluation/classical/ncc.ts';

const patches = Uint8Array.from([
  ...[10, 20, 30, 40],
  ...[25, 45, 65, 85], // 2·first + 5
  ...[40, 30, 20, 10],
  ...[7, 7, 7, 7],
  ...[10, 40, 40, 10],
]);

it('correlates as counted by hand, whatever gain and offset', () => {
  const scores = correlatePairs(patches, 4, Uint32Array.of(0, 0, 0, 0, 0), Uint32Array.of(0, 1, 2, 3, 4));
  expect(scores[0]).toBeCloseTo(1, 6);
  expect(scores[1]).toBeCloseTo(1, 6);
  expect(scores[2]).toBeCloseTo(-1, 6);
  // A flat patch correlates with nothing.
  expect(scores[3]).toBe(0);
  expect(scores[4]).toBeCloseTo(0, 6);
});
