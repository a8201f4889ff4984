import { describe, expect, it } from 'vitest';
import { siftDescriptors, siftLength } from '../../../../src/evaluation/classical/sift.ts';
import { blobPicture, renderPicture, type Picture } from '../../features/analytic-picture.ts';

const side = 64;
const picture = blobPicture(3, side, side, 25);
/** Between 60 and 160, so that gains do not saturate. */
const grey = (x: number, y: number): number => 60 + (100 * picture(x, y)) / 255;

function describePicture(shown: Picture, norm: 'l2' | 'root' = 'l2', n = side): Float32Array {
  return siftDescriptors(renderPicture(shown, n, n).data, 1, n, norm);
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0));
}

describe.each(['l2', 'root'] as const)('SIFT of a patch (%s)', (norm) => {
  const original = describePicture(grey, norm);

  it('has unit length and no negative numbers', () => {
    expect(original).toHaveLength(siftLength);
    expect(distance(original, new Float32Array(siftLength))).toBeCloseTo(1, 5);
    expect(Math.min(...original)).toBeGreaterThanOrEqual(0);
  });

  it('does not change with gain and offset of the grey values', () => {
    expect(
      distance(
        original,
        describePicture((x, y) => grey(x, y) + 40, norm),
      ),
    ).toBeLessThan(1e-5);
    // Rounding to bytes moves it a little.
    expect(
      distance(
        original,
        describePicture((x, y) => 1.5 * grey(x, y) - 50, norm),
      ),
    ).toBeLessThan(0.03);
  });

  it('hardly changes with a shift of a pixel, and much with a quarter turn or another picture', () => {
    expect(
      distance(
        original,
        describePicture((x, y) => grey(x + 1, y), norm),
      ),
    ).toBeLessThan(0.25);
    expect(
      distance(
        original,
        describePicture((x, y) => grey(y, side - 1 - x), norm),
      ),
    ).toBeGreaterThan(0.5);
    expect(distance(original, describePicture(blobPicture(4, side, side, 25), norm))).toBeGreaterThan(0.5);
  });

  it('is zero for a flat patch, and looks at each patch alone', () => {
    const patches = new Uint8Array(2 * side * side).fill(90);
    patches.set(renderPicture(grey, side, side).data, side * side);
    const both = siftDescriptors(patches, 2, side, norm);
    expect(Math.max(...both.subarray(0, siftLength))).toBe(0);
    expect([...both.subarray(siftLength)]).toEqual([...original]);
  });
});

describe('SIFT of a patch', () => {
  it('hardly depends on how finely the patch is sampled', () => {
    const fine = describePicture((x, y) => grey((x + 0.5) / 2 - 0.5, (y + 0.5) / 2 - 0.5), 'l2', 128);
    expect(distance(describePicture(grey), fine)).toBeLessThan(0.1);
  });

  it('puts a ramp into the bin of its direction: brighter to the right is direction 0, downwards a quarter turn', () => {
    const right = describePicture((x) => 3 * x);
    const down = describePicture((_, y) => 3 * y);
    for (let bin = 0; bin < 16; bin++) {
      const most = (d: Float32Array): number => d.indexOf(Math.max(...d.subarray(8 * bin, 8 * bin + 8))) % 8;
      expect(most(right)).toBe(0);
      expect(most(down)).toBe(2);
    }
  });

  it('lets no single edge decide: no number is far above 0.2', () => {
    const edge = describePicture((x) => (x < side / 2 ? 20 : 220));
    expect(Math.max(...edge)).toBeLessThan(0.5);
  });
});
