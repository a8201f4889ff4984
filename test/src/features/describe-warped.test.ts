import { describe, expect, it } from 'vitest';
import { cutWarped } from '../../../src/features/describe-warped.ts';
import { detectDog } from '../../../src/features/dog/detect-dog.ts';
import type { Keypoints } from '../../../src/features/keypoints.ts';
import { viewFrame } from '../../../src/features/simulated-views.ts';
import type { Image } from '../../../src/image/image.ts';
import { identity3, invert3, type Matrix3, transformPoint } from '../../../src/math/matrix3.ts';
import { blobs } from '../image/test-pictures.ts';
import { placedKeypoints, renderPicture } from './analytic-picture.ts';

type Rows = Parameters<typeof placedKeypoints>[0];

/** Keypoints at places, each a location of its own. */
function keypointsAt(rows: Rows): Keypoints {
  const numbers = rows.map((_, i) => i);
  return {
    ...placedKeypoints(rows),
    response: Float32Array.from(numbers),
    octave: new Int16Array(rows.length),
    location: Uint32Array.from(numbers),
  };
}

const tilted = (photo: Image, tilt: number, direction: number) => {
  const { width, height, viewFromPhoto } = viewFrame({ tilt, direction }, photo);
  return { width, height, viewFromImage: viewFromPhoto };
};

describe('cutWarped', () => {
  it('detects in the tilted view what lies in the photo where it maps back to', () => {
    const places = [
      [200, 150],
      [150, 110],
      [250, 195],
      [265, 120],
    ];
    const photo = blobs(400, 300, 7, [...places, [10, 150], [200, 8]]);
    const view = tilted(photo, 2, 0.6);
    let seen = 0;
    const { keypoints, patches } = cutWarped(photo, view, 6, (picture) => {
      expect(picture).toMatchObject({ width: view.width, height: view.height, channels: 1 });
      const found = detectDog(picture, { contrastThreshold: 0.08 });
      seen = found.count;
      return found;
    });
    const imageFromView = invert3(view.viewFromImage)!;
    const back = Array.from(keypoints.x, (x, i) => transformPoint(imageFromView, x, keypoints.y[i]));
    const near = ([x, y]: readonly number[], within: number) =>
      back.filter(([u, v]) => Math.hypot(u - x, v - y) < within).length;
    for (const place of places) expect(near(place, 0.5), place.join(', ')).toBeGreaterThan(0);
    // Those at the photo's border are seen too, but a large part of their patches shows nothing.
    expect(seen).toBeGreaterThan(keypoints.count);
    expect([near([10, 150], 8), near([200, 8], 8)]).toEqual([0, 0]);
    expect(patches).toHaveLength(keypoints.count * 64 * 64);
  });

  it('cuts patches that show the photo as the view does', () => {
    const wave = (x: number, y: number) => 128 + 60 * Math.sin(x / 40) + 60 * Math.cos(y / 30 + 1);
    const photo = renderPicture(wave, 500, 400);
    const view = tilted(photo, 2, 1.1);
    const [x, y] = transformPoint(view.viewFromImage, 250, 200);
    const [size, angle] = [8, 0.4];
    const { patches } = cutWarped(photo, view, 6, () => keypointsAt([[x, y, size, angle]]));
    const imageFromView = invert3(view.viewFromImage)!;
    const step = (6 * size) / 64;
    const [dx, dy] = [step * Math.cos(angle), step * Math.sin(angle)];
    let worst = 0;
    for (let i = 0; i < 64 * 64; i++) {
      const [u, v] = [(i % 64) - 31.5, Math.floor(i / 64) - 31.5];
      const place = transformPoint(imageFromView, x + u * dx - v * dy, y + u * dy + v * dx);
      worst = Math.max(worst, Math.abs(patches[i] - wave(...place)));
    }
    expect(worst).toBeLessThan(3);
  });

  it('drops keypoints of whose patch more than a third, side to side, leaves the photo', () => {
    const photo = renderPicture((x) => x, 200, 150);
    // The photo with 50 px around it; a patch of 60 px a side, of which the inner 40 must be photo.
    const view = { width: 300, height: 250, viewFromImage: [1, 0, 50, 0, 1, 50, 0, 0, 1] as Matrix3 };
    const rows = [
      [19, 75],
      [21, 75],
      [100, 129.5],
      [100, 128.5],
      [181, 75],
      [178, 75],
      [100, 18],
      [-30, 75],
    ].map(([x, y]) => [x + 50, y + 50, 10, 0] as const);
    const { keypoints, patches } = cutWarped(photo, view, 6, () => keypointsAt(rows));
    expect(Array.from(keypoints.x, (x, i) => [x - 50, keypoints.y[i] - 50])).toEqual([
      [21, 75],
      [100, 128.5],
      [178, 75],
    ]);
    expect(keypoints.count).toBe(3);
    expect([...keypoints.response]).toEqual([1, 3, 5]);
    expect(patches).toHaveLength(3 * 64 * 64);
    // Turned by 45°, the patch reaches farther to the side.
    const turned = () => keypointsAt([[21 + 50, 125, 10, Math.PI / 4]]);
    expect(cutWarped(photo, view, 6, turned).keypoints.count).toBe(0);
  });

  it('shows the mean of the photo beyond it', () => {
    const photo = renderPicture((x) => (x < 50 ? 40 : 100), 100, 80);
    const view = { width: 200, height: 80, viewFromImage: identity3 };
    cutWarped(photo, view, 6, (picture) => {
      expect([picture.data[0], picture.data[60], picture.data[150]]).toEqual([40, 100, 70]);
      return keypointsAt([]);
    });
    expect.assertions(1);
  });

  it('refuses 16 bits and what cannot be mapped back', () => {
    const view = { width: 10, height: 10, viewFromImage: identity3 };
    const deep: Image = { width: 10, height: 10, channels: 1, data: new Uint16Array(100) };
    const grey: Image = { width: 10, height: 10, channels: 1, data: new Uint8Array(100) };
    const none = () => keypointsAt([]);
    expect(() => cutWarped(deep, view, 6, none)).toThrow(TypeError);
    const flat = { ...view, viewFromImage: [1, 0, 0, 0, 0, 0, 0, 0, 1] as Matrix3 };
    expect(() => cutWarped(grey, flat, 6, none)).toThrow(TypeError);
  });
});
