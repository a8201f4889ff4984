import { describe, expect, it } from 'vitest';
import type { Image } from '../../../src/image/image.ts';
import { warpPicture } from '../../../src/image/warp-picture.ts';
import { transformPoint, type Matrix3 } from '../../../src/math/matrix3.ts';

type Grey = Image & { readonly data: Uint8Array };

const fill = 200;

function picture(width: number, height: number, grey: (x: number, y: number) => number): Grey {
  const data = Uint8Array.from({ length: width * height }, (_, i) => grey(i % width, Math.floor(i / width)));
  return { width, height, channels: 1, data };
}

describe('warpPicture', () => {
  it('shows the picture itself where nothing moves', () => {
    const source = picture(70, 45, (x, y) => (7 * x + 13 * y) % 256);
    expect(warpPicture(source, [1, 0, 0, 0, 1, 0, 0, 0, 1], 70, 45, fill).data).toEqual(source.data);
  });

  it('is the mean of what each pixel covers, however much the tilt changes over the view', () => {
    const source = picture(400, 300, (x, y) => 128 + 60 * Math.sin(x / 9) + 60 * Math.sin(y / 7));
    // Left pixels lie 1 px apart in the source, right ones 8.
    const sourceFromView: Matrix3 = [1, 0, 0, 0.1, 2, 0, -0.0045, 0, 1];
    const view = warpPicture(source, sourceFromView, 140, 100, fill);
    const fine = 24;
    for (let y = 5; y < 100; y += 6) {
      for (let x = 3; x < 140; x += 6) {
        let sum = 0;
        let isInside = true;
        for (let k = 0; k < fine * fine; k++) {
          const [u, v] = [x + ((k % fine) + 0.5) / fine - 0.5, y + (Math.floor(k / fine) + 0.5) / fine - 0.5];
          const [sx, sy] = transformPoint(sourceFromView, u, v);
          isInside &&= sx >= 0 && sy >= 0 && sx <= 399 && sy <= 299;
          sum += 128 + 60 * Math.sin(sx / 9) + 60 * Math.sin(sy / 7);
        }
        if (isInside) expect(Math.abs(view.data[y * 140 + x] - sum / fine ** 2)).toBeLessThan(4);
      }
    }
  });

  it('fills what lies beyond the picture, and what would be behind the camera', () => {
    const source = picture(100, 100, () => 0);
    const beside = warpPicture(source, [1, 0, -150, 0, 1, 0, 0, 0, 1], 300, 40, fill).data;
    expect([0, 149, 150, 249, 250, 299].map((x) => beside[x])).toEqual([fill, fill, 0, 0, fill, fill]);
    // The horizon is at x = 100, and the picture would be seen once more beyond it.
    const horizon = warpPicture(source, [1, 0, -60, 0, 1, -20, -0.01, 0, 1], 200, 40, fill).data;
    expect(horizon[25 * 200 + 70]).toBe(0);
    for (let x = 101; x < 200; x++) expect(horizon[25 * 200 + x]).toBe(fill);
  });

  it('ends soon for a view that shrinks a corner without bound', () => {
    const source = picture(2000, 2000, (x, y) => (x ^ y) & 255);
    const view = warpPicture(source, [1, 0, 0, 0, 1, 0, -0.000999, 0, 1], 1001, 1000, fill);
    expect(view.data[0]).toBe(source.data[0]);
  });
});
