import { describe, expect, it } from 'vitest';
import { createTracks } from '../../../../src/scene/tracks/tracks.ts';

describe('tracks', () => {
  it('join what matches lead to from one place to the next, and are named by their lowest place', () => {
    const tracks = createTracks(8);
    tracks.add({ from: [5, 1], to: [7, 3] });
    tracks.add({ from: [3], to: [5] });
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((place) => tracks.trackOf(place))).toEqual([0, 1, 2, 1, 4, 1, 6, 1]);
    expect([0, 1, 2, 3].map((place) => tracks.isMatched(place))).toEqual([false, true, false, true]);
  });

  it('are the same in whichever order matches come', () => {
    const matches = [
      [0, 4],
      [4, 9],
      [2, 3],
      [3, 8],
      [8, 1],
    ];
    const of = (order: number[][]): number[] => {
      const tracks = createTracks(10);
      for (const [p, q] of order) tracks.add({ from: [p], to: [q] });
      return Array.from({ length: 10 }, (_, place) => tracks.trackOf(place));
    };
    expect(of(matches)).toEqual(of(matches.toReversed()));
  });
});
