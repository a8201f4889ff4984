import { describe, expect, it } from 'vitest';
import { border, visitExtrema } from '../../../src/features/dog/extrema.ts';
import { type Octave, octavesOf, pictureFromDoubled } from '../../../src/features/dog/scale-space.ts';
import type { Image } from '../../../src/image/image.ts';
import { createRandom } from '../../../src/math/random.ts';
import { type Picture, renderPicture } from './analytic-picture.ts';

function valueAt(octave: Octave, level: number, x: number, y: number): number {
  return octave.values[octave.origin + level * octave.levelLength + y * octave.rowLength + x];
}

function differenceAt(octave: Octave, layer: number, x: number, y: number): number {
  // As 32-bit floats, as the search has it: ties are ties.
  return Math.fround(valueAt(octave, layer + 1, x, y) - valueAt(octave, layer, x, y));
}

function noise(width: number, height: number): Image {
  const random = createRandom(7);
  const data = Uint8Array.from({ length: width * height }, () => random.integer(256));
  return { width, height, channels: 1, data };
}

describe('octavesOf', () => {
  it('blurs each level as it says, at every octave', () => {
    const [sigma, x0, y0] = [12, 100.3, 90.6];
    const blob: Picture = (x, y) => 20 + 200 * Math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * sigma ** 2));
    let octaves = 0;
    for (const octave of octavesOf(renderPicture(blob, 200, 180), 40)) {
      octaves++;
      for (let level = 0; level < 6; level++) {
        const blur = (1.6 * 2 ** (level / 3) * octave.spacing) / 2;
        // The picture counts as blurred by 0.5 px already, which this one is not.
        const variance = sigma ** 2 + blur ** 2 - 0.25;
        let worst = 0;
        for (let y = 0; y < octave.height; y++) {
          for (let x = 0; x < octave.width; x++) {
            const dx = pictureFromDoubled(octave.spacing * x) - x0;
            const dy = pictureFromDoubled(octave.spacing * y) - y0;
            if (Math.hypot(dx, dy) > 40) continue;
            const expected = 20 + ((200 * sigma ** 2) / variance) * Math.exp(-(dx ** 2 + dy ** 2) / (2 * variance));
            worst = Math.max(worst, Math.abs(valueAt(octave, level, x, y) - expected));
          }
        }
        expect(worst, `octave ${octaves}, level ${level}`).toBeLessThan(1);
      }
    }
    expect(octaves).toBe(4);
  });

  it('keeps a flat picture flat up to its borders, also where filters reach across the whole of it', () => {
    for (const [width, height] of [
      [37, 91],
      [150, 6],
    ]) {
      const data = new Uint8Array(width * height).fill(77);
      for (const octave of octavesOf({ width, height, channels: 1, data }, 3)) {
        for (let level = 0; level < 6; level++) {
          for (const y of [0, 1, octave.height >> 1, octave.height - 1]) {
            for (let x = 0; x < octave.width; x++) expect(valueAt(octave, level, x, y)).toBeCloseTo(77, 3);
          }
        }
      }
    }
  });
});

describe('visitExtrema', () => {
  it('visits what a search through all neighbours finds', () => {
    const threshold = 0.5;
    // Widths that leave every remainder of the runs of four pixels.
    for (const width of [120, 121, 105]) {
      for (const octave of octavesOf(noise(width, 90), 40)) {
        const expected: string[] = [];
        for (let layer = 1; layer <= 3; layer++) {
          for (let y = border; y < octave.height - border; y++) {
            for (let x = border; x < octave.width - border; x++) {
              const value = differenceAt(octave, layer, x, y);
              if (Math.abs(value) <= threshold) continue;
              let [largest, smallest] = [true, true];
              for (let n = 0; n < 27; n++) {
                const [dl, dy, dx] = [((n / 9) | 0) - 1, (((n / 3) | 0) % 3) - 1, (n % 3) - 1];
                const neighbour = differenceAt(octave, layer + dl, x + dx, y + dy);
                largest &&= value >= neighbour;
                smallest &&= value <= neighbour;
              }
              if ((value > 0 && largest) || (value < 0 && smallest)) expected.push(`${layer} ${x} ${y}`);
            }
          }
        }
        const visited: string[] = [];
        visitExtrema(octave, threshold, (layer, x, y) => visited.push(`${layer} ${x} ${y}`));
        expect(visited.sort()).toEqual(expected.sort());
        if (octave.spacing === 1) expect(visited.length).toBeGreaterThan(20);
      }
    }
  });
});
