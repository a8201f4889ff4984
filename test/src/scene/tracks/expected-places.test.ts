import { describe, expect, it } from 'vitest';
import { type PartnerView, expectedPlaces } from '../../../../src/scene/tracks/expected-places.ts';

const photo = { width: 400, height: 300, detectScale: 1 };
const grid = Array.from({ length: 12 }, (_, i) => [30 + 100 * (i % 4), 30 + 100 * Math.floor(i / 4)]);

/** A partner that shows everything `dx` to the right of where the photo does, `scale` times as large. */
function partner(
  dx: number,
  scale: number,
  tracks: readonly (readonly [track: number, x: number, y: number])[],
): PartnerView {
  return {
    maps: {
      from: Float32Array.from(grid.flatMap(([x, y]) => [scale * x + dx, scale * y])),
      to: Float32Array.from(grid.flat()),
      affinity: Float32Array.from(grid.flatMap(() => [1 / scale, 0, 0, 1 / scale])),
      fundamental: null,
    },
    places: Uint32Array.from(tracks, (_, i) => i),
    tracks: Uint32Array.from(tracks, ([track]) => track),
    at: Float32Array.from(tracks.flatMap(([, x, y]) => [scale * x + dx, scale * y])),
    detectScale: 1,
    sizes: new Float32Array(tracks.length).fill(40 * scale),
    angles: new Float32Array(tracks.length).fill(1),
  };
}

const free = (): boolean => false;

describe('places that a photo should have', () => {
  it('are those of tracks that two partners show, in the frame of the one that shows them most alike', () => {
    const partners = [
      partner(50, 1.5, [
        [7, 120, 80],
        [3, 200, 150],
      ]),
      partner(-20, 1.1, [
        [5, 60, 60],
        [7, 120, 80],
      ]),
    ];
    const [place, ...others] = expectedPlaces(partners, photo, free);
    expect(others).toEqual([]);
    expect(place.track).toBe(7);
    expect(place.x).toBeCloseTo(120, 3);
    expect(place.y).toBeCloseTo(80, 3);
    expect(place.size).toBeCloseTo(40, 3);
    expect(place.angle).toBeCloseTo(1, 5);
    expect(place.views.map(({ partner: index, row }) => [index, row])).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });

  it('are not those that the photo has, nor any outside of it', () => {
    const tracks = [
      [1, 100, 100],
      [2, 150, 100],
      [3, 390, 320],
      [4, -5, 20],
    ] as const;
    const partners = [partner(0, 1, tracks), partner(10, 1, tracks)];
    expect(expectedPlaces(partners, photo, (track) => track === 1).map(({ track }) => track)).toEqual([2]);
  });

  it('are not those that partners show at more than twice the scale', () => {
    const tracks = [[1, 100, 100]] as const;
    expect(expectedPlaces([partner(0, 1, tracks), partner(10, 2.2, tracks)], photo, free)).toEqual([]);
    expect(expectedPlaces([partner(0, 1, tracks), partner(10, 1.8, tracks)], photo, free)).toHaveLength(1);
    // Unless its keypoints were detected in a smaller picture.
    const large = { ...partner(10, 2.2, tracks), detectScale: 1 / 2.2 };
    expect(expectedPlaces([partner(0, 1, tracks), large], photo, free)).toHaveLength(1);
  });

  it('are seen from the views most like the photo, of however many', () => {
    const tracks = [[1, 100, 100]] as const;
    const partners = Array.from({ length: 16 }, (_, i) => partner(i, i % 2 === 0 ? 2.3 : 1 + i / 100, tracks));
    const [{ views }] = expectedPlaces(partners, photo, free);
    expect(views.map(({ partner: index }) => index)).toEqual([1, 3, 5]);
  });
});
