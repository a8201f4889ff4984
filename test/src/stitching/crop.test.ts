import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/math/random.ts';
import { cropToCovered, growRectangle } from '../../../src/stitching/crop.ts';
import { largestCoveredRectangle } from '../../../src/stitching/largest-rectangle.ts';
import { noLabel } from '../../../src/stitching/labels.ts';
import type { Canvas } from '../../../src/stitching/canvas.ts';

function canvasOf(width: number, height: number, wraps = false): Canvas {
  return { projection: 'cylinder', scale: 100, offset: [0, 0], width, height, wraps };
}

function labelsOf(width: number, height: number, covered: (x: number, y: number) => boolean): Uint16Array {
  return Uint16Array.from({ length: width * height }, (_, p) =>
    covered(p % width, Math.floor(p / width)) ? 0 : noLabel,
  );
}

describe('the largest covered rectangle', () => {
  it('is as large as the best of all rectangles', () => {
    const random = createRandom(5);
    for (let round = 0; round < 20; round++) {
      const [width, height] = [9, 7];
      const covered = Uint8Array.from({ length: width * height }, () => (random.next() < 0.75 ? 1 : 0));
      const isCovered = (x0: number, y0: number, x1: number, y1: number): boolean => {
        for (let y = y0; y < y1; y++) if (covered.subarray(y * width + x0, y * width + x1).includes(0)) return false;
        return true;
      };
      let best = 0;
      for (let x0 = 0; x0 < width; x0++)
        for (let x1 = x0 + 1; x1 <= width; x1++)
          for (let y0 = 0; y0 < height; y0++)
            for (let y1 = y0 + 1; y1 <= height; y1++)
              if (isCovered(x0, y0, x1, y1)) best = Math.max(best, (x1 - x0) * (y1 - y0));
      const r = largestCoveredRectangle({ width, height, covered });
      expect(r.width * r.height).toBe(best);
      expect(best === 0 || isCovered(r.x, r.y, r.x + r.width, r.y + r.height)).toBe(true);
    }
  });
});

describe('cropping', () => {
  it('keeps a rectangle without any empty pixel', () => {
    const arch = (x: number, y: number): boolean => y > 10 + ((x - 60) / 20) ** 2 && y < 70;
    const crop = cropToCovered(labelsOf(120, 80, arch), canvasOf(120, 80));
    expect(crop.isFull).toBe(true);
    const { x, y, width, height } = crop.rectangle;
    for (let j = y; j < y + height; j++) for (let i = x; i < x + width; i++) expect(arch(i, j)).toBe(true);
    expect(width * height).toBeGreaterThan(0.7 * 120 * 60);
  });

  it('keeps the full circle of a closed panorama', () => {
    const wave = (x: number, y: number): boolean => y > 5 + 4 * Math.sin((x / 200) * 2 * Math.PI) && y < 45;
    const crop = cropToCovered(labelsOf(200, 50, wave), canvasOf(200, 50, true));
    expect(crop.rectangle.width).toBe(200);
    expect(crop.covered).toBe(1);
  });

  it('leaves some empty corners, and says so, rather than throw most of a diagonal away', () => {
    const diagonal = (x: number, y: number): boolean => Math.abs(x - y) < 25;
    const crop = cropToCovered(labelsOf(200, 200, diagonal), canvasOf(200, 200));
    expect(crop.isFull).toBe(false);
    expect(crop.note).toMatch(/empty corners/);
    expect(crop.kept).toBeGreaterThan(0.4);
  });

  it('grows to the last covered line and not beyond', () => {
    const covered = (x: number, y: number): boolean => x >= 3 && x < 90 && y >= 12 && y < 40;
    const start = { x: 20, y: 20, width: 50, height: 10 };
    const grown = growRectangle(start, canvasOf(100, 50), 50, Infinity, covered);
    expect(grown).toEqual({ x: 3, y: 12, width: 87, height: 28 });
    expect(growRectangle(start, canvasOf(100, 50), 50, 60, covered).width).toBeLessThanOrEqual(61);
  });
});
