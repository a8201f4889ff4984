import { beforeAll, describe, expect, it } from 'vitest';
import { detectKeypoints, detectorNames } from '../../../src/features/detect.ts';
import { loadOpenCv, type OpenCv } from '../../../src/features/opencv.ts';
import { spreadOverPicture } from '../../../src/features/spread.ts';
import type { Image } from '../../../src/image/image.ts';
import { createRandom } from '../../../src/math/random.ts';

/** Soft discs of many sizes on grey: structure that every detector answers to, dense on the left, sparse on the right. */
function discs(width: number, height: number, seed: number): Image {
  const random = createRandom(seed);
  const data = new Uint8Array(width * height).fill(128);
  for (let n = 0; n < 420; n++) {
    const cx = random.next() ** 3 * width;
    const cy = random.next() * height;
    const radius = 2 + 7 * random.next();
    const level = 255 * random.next();
    for (let y = Math.max(0, Math.floor(cy - 2 * radius)); y < Math.min(height, cy + 2 * radius); y++) {
      for (let x = Math.max(0, Math.floor(cx - 2 * radius)); x < Math.min(width, cx + 2 * radius); x++) {
        const inside = 1 / (1 + Math.exp(2 * (Math.hypot(x - cx, y - cy) - radius)));
        data[y * width + x] = data[y * width + x] * (1 - inside) + level * inside;
      }
    }
  }
  return { width, height, channels: 1, data };
}

describe('detectKeypoints', () => {
  let opencv: OpenCv;
  const picture = discs(640, 480, 1);
  beforeAll(() => {
    opencv = loadOpenCv();
  });

  for (const detector of detectorNames) {
    it(`${detector} finds the same places in a shifted picture`, () => {
      // A multiple of 16 and of 3: the pyramids (halves, and two thirds in BRISK) see the same pixels.
      const shift = 48;
      const shifted = new Uint8Array(picture.data.length);
      for (let y = 0; y < 480; y++) {
        for (let x = 0; x < 640; x++) shifted[y * 640 + x] = picture.data[y * 640 + Math.max(0, x - shift)];
      }
      const first = detectKeypoints(() => opencv, picture, { detector, maxKeypoints: 100_000 });
      const second = detectKeypoints(() => opencv, { ...picture, data: shifted }, { detector, maxKeypoints: 100_000 });
      expect(first.count).toBeGreaterThan(80);
      let found = 0;
      let looked = 0;
      for (let i = 0; i < first.count; i++) {
        if (first.x[i] > 530 || first.x[i] < 60) continue;
        looked++;
        for (let j = 0; j < second.count; j++) {
          if (Math.hypot(second.x[j] - first.x[i] - shift, second.y[j] - first.y[i]) < 1) {
            found++;
            break;
          }
        }
      }
      expect(found / looked).toBeGreaterThan(0.8);
    });
  }

  it('keeps the asked number, strongest first, the same every time', () => {
    const options = { detector: 'akaze', maxKeypoints: 150 } as const;
    const once = detectKeypoints(() => opencv, picture, options);
    expect(once.count).toBe(150);
    expect([...once.response]).toEqual([...once.response].sort((a, b) => b - a));
    expect(detectKeypoints(() => opencv, picture, options)).toEqual(once);
  });

  it('spreads them: the sparse half keeps more than the strongest alone would give', () => {
    const all = detectKeypoints(() => opencv, picture, { detector: 'akaze', maxKeypoints: 100_000 });
    const spread = spreadOverPicture(all, 640, 480, 120);
    const right = (x: Float32Array, n: number): number => [...x.slice(0, n)].filter((v) => v > 320).length;
    expect(right(spread.x, 120)).toBeGreaterThan(1.5 * right(all.x, 120));
  });

  it('gives angles in radians and positions inside the picture', () => {
    const { x, y, angle, size, count } = detectKeypoints(() => opencv, picture, {
      detector: 'akaze',
      maxKeypoints: 500,
    });
    for (let i = 0; i < count; i++) {
      expect(x[i] >= 0 && x[i] < 640 && y[i] >= 0 && y[i] < 480 && size[i] > 0).toBe(true);
    }
    expect(Math.max(...angle)).toBeGreaterThan(3);
    expect(Math.max(...angle)).toBeLessThan(2 * Math.PI + 1e-3);
  });

  it('finds nothing in a blank picture, and refuses colour', () => {
    const blank: Image = { width: 200, height: 100, channels: 1, data: new Uint8Array(20_000).fill(90) };
    expect(detectKeypoints(() => opencv, blank, { detector: 'akaze', maxKeypoints: 10 }).count).toBe(0);
    const colour: Image = { width: 10, height: 10, channels: 3, data: new Uint8Array(300) };
    expect(() => detectKeypoints(() => opencv, colour, { detector: 'akaze', maxKeypoints: 10 })).toThrow(/grey/);
  });

  it('where keypoints are wanted alone, and as many of them as anywhere', () => {
    const isWanted = (x: number, y: number): boolean => x < 200 && y > 100;
    const all = detectKeypoints(() => opencv, picture, { detector: 'dog', maxKeypoints: 100_000 });
    const inside = [...all.x.keys()].filter((i) => isWanted(all.x[i], all.y[i]));
    expect(inside.length).toBeGreaterThan(60);
    const some = detectKeypoints(() => opencv, picture, { detector: 'dog', maxKeypoints: 100_000, isWanted });
    expect(some.count).toBe(inside.length);
    // The most that are asked for are spent where they are wanted.
    const few = detectKeypoints(() => opencv, picture, { detector: 'dog', maxKeypoints: 50, isWanted });
    expect(few.count).toBe(50);
    expect([...few.x.keys()].every((i) => isWanted(few.x[i], few.y[i]))).toBe(true);
  });
});
