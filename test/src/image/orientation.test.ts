import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isTurned, readStoredPixels, uprightPixel } from '../../../src/image/orientation.ts';
import { readPhoto } from '../../../src/image/read-photo.ts';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'tessera-orientation-'))));
afterAll(() => rm(folder, { recursive: true }));

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a pixel is found in the upright photo, EXIF orientation %i',
  async (orientation) => {
    const [width, height, x, y] = [90, 70, 21, 47];
    const pixels = new Uint8Array(width * height);
    pixels[y * width + x] = 255;
    const path = join(folder, `${orientation}.png`);
    await sharp(pixels, { raw: { width, height, channels: 1 } })
      .withMetadata({ orientation })
      .toFile(path);

    const stored = (await readStoredPixels(path))!;
    expect(stored).toEqual({ width, height, orientation });
    const { image } = await readPhoto(path, { channels: 1, depth: 8 });
    expect(image.width).toBe(isTurned(stored) ? height : width);
    const at = image.data.indexOf(255);
    expect(uprightPixel(stored, x, y)).toEqual([at % image.width, Math.floor(at / image.width)]);
  },
);

test('what is no photo has no pixels', async () => {
  await writeFile(join(folder, 'text.jpg'), 'no photo');
  expect(await readStoredPixels(join(folder, 'text.jpg'))).toBeNull();
});
