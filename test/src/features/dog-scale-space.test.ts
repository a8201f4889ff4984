import { describe, expect, it } from 'vitest';
import { border, visitExtrema } from '../../../src/features/dog/extrema.ts';
import { type Band, bandReach, bandsOf, pictureFromDoubled } from '../../../src/features/dog/scale-space.ts';
import type { Image } from '../../../src/image/image.ts';
import { createRandom } from '../../../src/math/random.ts';
import { type Picture, renderPicture } from './analytic-picture.ts';

function valueAt(band: Band, level: number, x: number, y: number): number {
  return band.values[band.origin + level * band.levelLength + y * band.rowLength + x];
}

function differenceAt(band: Band, layer: number, x: number, y: number): number {
  // As 32-bit floats, as the search has it: ties are ties.
  return Math.fround(valueAt(band, layer + 1, x, y) - valueAt(band, layer, x, y));
}

function noise(width: number, height: number): Image {
  const random = createRandom(7);
  const data = Uint8Array.from({ length: width * height }, () => random.integer(256));
  return { width, height, channels: 1, data };
}

describe('bandsOf', () => {
  it('blurs each level as it says, at every octave', () => {
    const [sigma, x0, y0] = [12, 100.3, 90.6];
    const blob: Picture = (x, y) => 20 + 200 * Math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * sigma ** 2));
    let octaves = 0;
    for (const band of bandsOf(renderPicture(blob, 200, 180), 40)) {
      if (band.first === 0) octaves++;
      for (let level = 0; level < 6; level++) {
        const blur = (1.6 * 2 ** (level / 3) * band.spacing) / 2;
        // The picture counts as blurred by 0.5 px already, which this one is not.
        const variance = sigma ** 2 + blur ** 2 - 0.25;
        let worst = 0;
        for (let y = Math.max(0, band.first - bandReach); y < Math.min(band.height, band.end + bandReach); y++) {
          for (let x = 0; x < band.width; x++) {
            const dx = pictureFromDoubled(band.spacing * x) - x0;
            const dy = pictureFromDoubled(band.spacing * y) - y0;
            if (Math.hypot(dx, dy) > 40) continue;
            const expected = 20 + ((200 * sigma ** 2) / variance) * Math.exp(-(dx ** 2 + dy ** 2) / (2 * variance));
            worst = Math.max(worst, Math.abs(valueAt(band, level, x, y) - expected));
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
      for (const band of bandsOf({ width, height, channels: 1, data }, 3)) {
        for (let level = 0; level < 6; level++) {
          for (const y of [band.first, band.first + 1, band.end - 2, band.end - 1]) {
            for (let x = 0; x < band.width; x++) expect(valueAt(band, level, x, y)).toBeCloseTo(77, 3);
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
      let found = 0;
      for (const band of bandsOf(noise(width, 90), 40)) {
        const expected: string[] = [];
        for (let layer = 1; layer <= 3; layer++) {
          for (let y = Math.max(border, band.first); y < Math.min(band.end, band.height - border); y++) {
            for (let x = border; x < band.width - border; x++) {
              const value = differenceAt(band, layer, x, y);
              if (Math.abs(value) <= threshold) continue;
              let [largest, smallest] = [true, true];
              for (let n = 0; n < 27; n++) {
                const [dl, dy, dx] = [((n / 9) | 0) - 1, (((n / 3) | 0) % 3) - 1, (n % 3) - 1];
                const neighbour = differenceAt(band, layer + dl, x + dx, y + dy);
                largest &&= value >= neighbour;
                smallest &&= value <= neighbour;
              }
              if ((value > 0 && largest) || (value < 0 && smallest)) expected.push(`${layer} ${x} ${y}`);
            }
          }
        }
        const visited: string[] = [];
        visitExtrema(band, threshold, (layer, x, y) => visited.push(`${layer} ${x} ${y}`));
        expect(visited.sort()).toEqual(expected.sort());
        if (band.spacing === 1) found += visited.length;
      }
      expect(found).toBeGreaterThan(20);
    }
  });
});
