import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { PhotoError } from '../../../src/errors.ts';
import { probePhoto, readPhoto, type PhotoRequest } from '../../../src/image/read-photo.ts';
import { colourful, sharpOf, temporaryFolder } from './test-pictures.ts';

const folder = temporaryFolder();

async function failure(path: string, request: Partial<PhotoRequest> = {}): Promise<PhotoError> {
  const outcome = await readPhoto(path, { channels: 3, depth: 8, ...request }).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(PhotoError);
  const error = outcome as PhotoError;
  expect(error.path).toBe(path);
  expect(error.message).toContain(path);
  expect(error.suggestion.length).toBeGreaterThan(10);
  return error;
}

async function file(name: string, content: Buffer | string): Promise<string> {
  await writeFile(folder.at(name), content);
  return folder.at(name);
}

describe('files that are no photos', () => {
  test('zero bytes, text, noise, a folder, a missing file', async () => {
    expect((await failure(await file('zero.jpg', ''))).reason).toMatch(/empty \(zero bytes\)/);
    expect((await failure(await file('text.jpg', 'Not found\n'))).reason).toMatch(/holds text/);
    const noise = Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 31 + 7) % 256));
    expect((await failure(await file('noise.png', noise))).reason).toMatch(/no picture format/);
    await mkdir(folder.at('folder.jpg'));
    expect((await failure(folder.at('folder.jpg'))).reason).toMatch(/is a folder/);
    expect((await failure(folder.at('missing.jpg'))).reason).toMatch(/does not exist/);
    const drawing =
      '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><rect width="9" height="9"/></svg>';
    expect((await failure(await file('drawing.svg', drawing))).code).toBe('unreadable');
  });

  test.skipIf(process.getuid?.() === 0)('a file without permission', async () => {
    const path = await file('locked.jpg', 'x');
    await chmod(path, 0);
    expect((await failure(path)).reason).toMatch(/permission denied/);
  });

  test('RAW and HEIC say what to convert to', async () => {
    const raw = await failure(await file('IMG_1.CR2', Buffer.from('II*\0\x10\0\0\0CR')));
    expect(raw.reason).toMatch(/RAW file \(CR2\)/);
    expect(raw.suggestion).toMatch(/JPEG or 16-bit TIFF/);
    const brand = Buffer.concat([
      Buffer.from([0, 0, 0, 24]),
      Buffer.from('ftypheic\0\0\0\0mif1heic'),
      Buffer.alloc(400),
    ]);
    const heic = await failure(await file('IMG_2.HEIC', brand));
    expect(heic.reason).toMatch(/HEIC/);
    expect(heic.suggestion).toMatch(/JPEG/);
    // A phone's HEIC renamed is still one.
    expect((await failure(await file('IMG_3.jpg', brand))).reason).toMatch(/HEIC/);
  });
});

describe('damaged photos', () => {
  const picture = colourful(400, 300);
  test.each(['jpeg', 'png', 'webp', 'tiff', 'avif'] as const)(
    'a truncated %s is refused, not half read',
    async (format) => {
      const whole = await sharpOf(picture).toFormat(format).toBuffer();
      for (const share of [0.5, 0.98]) {
        const path = await file(`cut-${share}.${format}`, whole.subarray(0, Math.floor(whole.length * share)));
        const error = await failure(path);
        expect(error.code).toBe('unreadable');
        expect(error.reason).toMatch(/damaged/);
      }
    },
  );

  test('a truncated JPEG is called so, also when it is shrunk or read grey', async () => {
    const whole = await sharpOf(colourful(1600, 1200)).jpeg().toBuffer();
    const path = await file('cut.jpg', whole.subarray(0, whole.length >> 1));
    for (const request of [{}, { maxPixels: 10_000 }, { channels: 1 as const }]) {
      expect((await failure(path, request)).reason).toMatch(/truncated/);
    }
    // Its header is whole.
    expect((await probePhoto(path)).width).toBe(1600);
  });

  test('broken EXIF does not make a photo unreadable', async () => {
    const jpeg = await sharpOf(picture)
      .withExif({ IFD0: { Make: 'Tess' } })
      .jpeg()
      .toBuffer();
    const at = jpeg.indexOf('Exif\0\0');
    jpeg.fill(0xff, at + 6, at + 40);
    const { info } = await readPhoto(await file('bad-exif.jpg', jpeg), { channels: 3, depth: 8 });
    expect(info.focal).toBeNull();
    expect(info.cameraKey).toBe('');
  });
});

describe('sizes', () => {
  test('a bomb is refused from its header, naming size, limit and option', async () => {
    const png = await sharpOf(colourful(80, 80)).png().toBuffer();
    // IHDR holds width and height, then a checksum.
    png.writeUInt32BE(100_000, 16);
    png.writeUInt32BE(5000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    const path = await file('bomb.png', png);
    const error = await failure(path);
    expect(error.reason).toMatch(/100000 × 5000 pixels \(500 megapixels\).*400 megapixels/);
    expect(error.suggestion).toContain('--max-input-pixels 500');
    await expect(probePhoto(path)).rejects.toThrow(PhotoError);
    expect((await probePhoto(path, { limitPixels: 500e6 })).width).toBe(100_000);
  });

  test('the limit is the one given', async () => {
    const path = folder.at('small.png');
    await sharpOf(colourful(200, 100)).png().toFile(path);
    expect((await failure(path, { limitPixels: 19_999 })).reason).toMatch(/200 × 100/);
    expect((await readPhoto(path, { channels: 3, depth: 8, limitPixels: 20_000 })).image.width).toBe(200);
  });

  test('a photo under 64 pixels a side is too small', async () => {
    const path = folder.at('tiny.png');
    await sharpOf(colourful(500, 63)).png().toFile(path);
    const error = await failure(path);
    expect(error.code).toBe('too-small');
    expect(error.reason).toMatch(/500 × 63/);
  });
});

/** Checksum of a PNG chunk (polynomial 0xEDB88320). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
