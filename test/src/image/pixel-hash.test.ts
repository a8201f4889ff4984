import { expect, test } from 'vitest';
import { pixelHash } from '../../../src/image/pixel-hash.ts';
import { readPhoto } from '../../../src/image/read-photo.ts';
import { colourful, sharpOf, temporaryFolder } from './test-pictures.ts';

const folder = temporaryFolder();

test('the same pixels under another name, in another format, with other metadata have the same hash', async () => {
  const picture = colourful(120, 80);
  await sharpOf(picture).png().toFile(folder.at('a.png'));
  await sharpOf(picture)
    .withExif({ IFD0: { Artist: 'Somebody' } })
    .tiff({ compression: 'lzw' })
    .toFile(folder.at('b.tif'));
  const [a, b] = await Promise.all(
    ['a.png', 'b.tif'].map((name) => readPhoto(folder.at(name), { channels: 1, depth: 8, maxPixels: 5000 })),
  );
  expect(a.info.contentHash).not.toBe(b.info.contentHash);
  expect(pixelHash(a.image)).toBe(pixelHash(b.image));
});

test('one other value, or another shape, has another hash', () => {
  const image = colourful(8, 6);
  const changed = { ...image, data: image.data.slice() };
  changed.data[77] ^= 1;
  expect(pixelHash(changed)).not.toBe(pixelHash(image));
  expect(pixelHash({ ...image, width: 6, height: 8 })).not.toBe(pixelHash(image));
  // A view into a larger buffer is hashed by its own bytes.
  const padded = new Uint8Array(image.data.length + 5);
  padded.set(image.data, 5);
  expect(pixelHash({ ...image, data: padded.subarray(5) })).toBe(pixelHash(image));
});
