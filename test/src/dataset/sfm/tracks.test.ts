import { expect, test } from 'vitest';
import { resemblingPart } from '../../../../src/dataset/sfm/photometric-check.ts';
import { selectPatches } from '../../../../src/dataset/sfm/select-patches.ts';
import { joinTracks } from '../../../../src/dataset/sfm/tracks.ts';
import { createRandom } from '../../../../src/math/random.ts';

const match = (view1: number, view2: number, ...pairs: [number, number, number][]) => ({
  view1,
  view2,
  index1: pairs.map(([i]) => i),
  index2: pairs.map(([, j]) => j),
  cost: pairs.map(([, , cost]) => cost),
});

test('matches across views become tracks', () => {
  const { tracks, disputed } = joinTracks([2, 2, 2], [match(0, 1, [0, 1, 0.1], [1, 0, 0.2]), match(1, 2, [1, 0, 0.3])]);
  expect(tracks).toEqual([
    [
      { view: 0, keypoint: 0 },
      { view: 1, keypoint: 1 },
      { view: 2, keypoint: 0 },
    ],
    [
      { view: 0, keypoint: 1 },
      { view: 1, keypoint: 0 },
    ],
  ]);
  expect(disputed).toEqual([]);
});

test('of two tracks that may be one place the larger stays, and nothing is said of the other', () => {
  const { tracks, disputed } = joinTracks(
    [2, 1, 1, 1],
    [
      match(0, 1, [0, 0, 0.1]),
      match(1, 2, [0, 0, 0.1]),
      match(0, 3, [1, 0, 0.1]),
      // Would put both keypoints of view 0 into one track.
      match(2, 3, [0, 0, 0.5]),
    ],
  );
  expect(tracks).toEqual([
    [
      { view: 0, keypoint: 0 },
      { view: 1, keypoint: 0 },
      { view: 2, keypoint: 0 },
    ],
  ]);
  expect(disputed).toEqual([
    { view: 0, keypoint: 1 },
    { view: 3, keypoint: 0 },
  ]);
});

test('a set holds the tracks and in each view as many others, never doubtful ones', () => {
  const track = [
    { view: 0, keypoint: 3 },
    { view: 1, keypoint: 0 },
  ];
  const chosen = selectPatches([10, 2], [track], [{ view: 1, keypoint: 1 }], 5);
  expect(chosen).toHaveLength(3);
  expect(chosen.filter(({ point }) => point === 0).map(({ view, keypoint }) => ({ view, keypoint }))).toEqual(track);
  const others = chosen.filter(({ point }) => point !== 0);
  expect(others).toHaveLength(1);
  expect(others[0].view).toBe(0);
  expect(others[0].keypoint).not.toBe(3);
  expect(selectPatches([10, 2], [track], [{ view: 1, keypoint: 1 }], 5)).toEqual(chosen);
});

test('a thumbnail that resembles none of its track is put out; brightness, contrast and a small shift are nothing', () => {
  const picture = (seed: number, shift = 0): Float32Array => {
    const random = createRandom(seed);
    const values = Array.from({ length: 17 * 16 }, () => random.normal());
    return Float32Array.from({ length: 256 }, (_, i) => values[Math.floor(i / 16) * 17 + (i % 16) + shift]);
  };
  const dimmed = picture(1, 1).map((v) => 40 + 0.3 * v);
  expect(resemblingPart([picture(1), picture(2), dimmed])).toEqual([0, 2]);
  expect(resemblingPart([picture(1), picture(2)])).toEqual([]);
});
