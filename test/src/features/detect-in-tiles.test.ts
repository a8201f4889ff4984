import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { detectInTiles } from '../../../src/features/detect-in-tiles.ts';
import { detectDog } from '../../../src/features/dog/detect-dog.ts';
import { readPhoto } from '../../../src/image/read-photo.ts';

const photo = fileURLToPath(new URL('../../../fixtures/pairs/plane-moderate/1.jpg', import.meta.url));

it('finds in tiles what it finds in one piece, each once', async () => {
  const { image } = await readPhoto(photo, { channels: 1, depth: 8 });
  const whole = detectDog(image);
  let most = 0;
  const tiled = detectInTiles(image, 650 * 650, (tile) => {
    most = Math.max(most, tile.width * tile.height);
    return detectDog(tile);
  });
  expect(most).toBeLessThanOrEqual(650 * 650);
  expect(image.width * image.height).toBeGreaterThan(650 * 650);
  const keyOf = ({ x, y, size, angle }: typeof whole, i: number): string =>
    [x[i], y[i], size[i], angle[i]].map((value) => value.toFixed(1)).join(' ');
  const keys = (found: typeof whole): string[] => Array.from({ length: found.count }, (_, i) => keyOf(found, i));
  const expected = new Set(keys(whole));
  const found = keys(tiled);
  // Rounding, and keypoints whose window reaches beyond the margin, differ.
  expect(found.filter((key) => expected.has(key)).length).toBeGreaterThan(0.97 * whole.count);
  expect(Math.abs(tiled.count - whole.count)).toBeLessThan(0.02 * whole.count);
  expect(Math.max(...tiled.location)).toBeLessThan(tiled.count);
});

it('a picture that fits is searched in one piece', async () => {
  const { image } = await readPhoto(photo, { channels: 1, depth: 8, maxPixels: 10_000 });
  let calls = 0;
  detectInTiles(image, 10_000, (picture) => {
    calls++;
    return detectDog(picture);
  });
  expect(calls).toBe(1);
});
