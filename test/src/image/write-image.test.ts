import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { OutputError, UsageError } from '../../../src/errors.ts';
import { parseExif } from '../../../src/image/exif.ts';
import { gpanoXmp } from '../../../src/image/gpano.ts';
import { writeImage, type Raster } from '../../../src/image/write-image.ts';
import { colourful, difference, sharpOf, temporaryFolder } from './test-pictures.ts';

const folder = temporaryFolder();

function raster(channels: 3 | 4, depth: 8 | 16): Raster {
  const [width, height] = [200, 120];
  const colours = colourful(width, height).data;
  const data = depth === 8 ? new Uint8Array(width * height * channels) : new Uint16Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++)
      data[i * channels + c] = depth === 8 ? colours[3 * i + c] : colours[3 * i + c] * 257 + (i % 100);
    if (channels === 4) data[i * 4 + 3] = i % width < 50 ? 0 : depth === 8 ? 255 : 65535;
  }
  return { width, height, channels, depth, data };
}

async function readBack(path: string, deep: boolean): Promise<{ data: ArrayLike<number>; channels: number }> {
  const picture = sharp(path)
    .toColourspace(deep ? 'rgb16' : 'srgb')
    .raw({ depth: deep ? 'ushort' : 'uchar' });
  const { data, info } = await picture.toBuffer({ resolveWithObject: true });
  return { data: deep ? new Uint16Array(Uint8Array.from(data).buffer) : data, channels: info.channels };
}

describe('pixels', () => {
  test.each(['png', 'tif'])('%s keeps 8 and 16 bits and alpha exactly', async (extension) => {
    for (const channels of [3, 4] as const) {
      for (const depth of [8, 16] as const) {
        const path = folder.at(`exact-${channels}-${depth}.${extension}`);
        const picture = raster(channels, depth);
        await writeImage(path, picture);
        expect((await sharp(path).metadata()).depth).toBe(depth === 8 ? 'uchar' : 'ushort');
        const back = await readBack(path, depth === 16);
        expect(back.channels).toBe(channels);
        expect(difference(back.data, picture.data).max).toBe(0);
      }
    }
  });

  test('WebP keeps alpha, JPEG lays transparent parts on black; both take 16-bit pictures down to 8', async () => {
    const [picture, deep] = [raster(4, 8), raster(4, 16)];
    for (const source of [picture, deep]) {
      await writeImage(folder.at('p.webp'), source, { quality: 95 });
      const webp = await readBack(folder.at('p.webp'), false);
      expect(webp.channels).toBe(4);
      expect(webp.data[3]).toBe(0);
      expect(webp.data[4 * 100 + 3]).toBe(255);
      expect(difference(pick(webp.data, 4), pick(picture.data, 4)).mean).toBeLessThan(3);
      await writeImage(folder.at('p.jpg'), source, { quality: 95 });
      const jpeg = await readBack(folder.at('p.jpg'), false);
      expect(jpeg.channels).toBe(3);
      expect(Math.max(...Array.from(jpeg.data).slice(0, 3))).toBeLessThan(10);
      expect(difference(pick(jpeg.data, 3), pick(picture.data, 4)).mean).toBeLessThan(2);
    }
  });

  test('quality changes the size of a JPEG', async () => {
    await writeImage(folder.at('low.jpg'), raster(3, 8), { quality: 30 });
    await writeImage(folder.at('high.jpg'), raster(3, 8), { quality: 98 });
    const [low, high] = await Promise.all(['low.jpg', 'high.jpg'].map((name) => readFile(folder.at(name))));
    expect(low.length).toBeLessThan(high.length / 2);
  });

  test('pixels in shared memory, and views into larger buffers, are written', async () => {
    const picture = raster(3, 8);
    const shared = new Uint8Array(new SharedArrayBuffer(picture.data.length + 3), 3);
    shared.set(picture.data);
    await writeImage(folder.at('shared.png'), { ...picture, data: shared });
    expect(difference((await readBack(folder.at('shared.png'), false)).data, picture.data).max).toBe(0);
  });
});

/** Colours right of the transparent part, without alpha. */
function pick(data: ArrayLike<number>, channels: number): number[] {
  const values: number[] = [];
  for (let i = 0; i < 200 * 120; i++)
    if (i % 200 >= 60) for (let c = 0; c < 3; c++) values.push(data[i * channels + c]);
  return values;
}

describe('metadata', () => {
  async function photo(): Promise<string> {
    const path = folder.at('photo.jpg');
    const exif = {
      IFD0: { Make: 'Tess', Model: 'One', Artist: 'A & B', DateTime: '2024:05:06 07:08:09' },
      IFD1: { Compression: '6' },
      IFD2: {
        ...{ DateTimeOriginal: '2024:05:06 07:08:09', OffsetTimeOriginal: '+02:00', ExposureTime: '1/320' },
        ...{ FNumber: '28/10', ISOSpeedRatings: '400', FocalLength: '50/1', FocalLengthIn35mmFilm: '75' },
        ...{ ExposureBiasValue: '-2/3', LensModel: 'EF 50', PixelXDimension: '4000', PixelYDimension: '3000' },
        ...{ FocalPlaneXResolution: '4000/1' },
      },
      IFD3: {
        GPSLatitudeRef: 'S',
        GPSLatitude: '51/1 30/1 3230/100',
        GPSLongitudeRef: 'W',
        GPSLongitude: '0/1 7/1 4366/100',
      },
    };
    await sharpOf(colourful(300, 200)).withMetadata({ orientation: 6 }).withExif(exif).jpeg().toFile(path);
    return path;
  }

  test.each(['jpg', 'png', 'webp', 'tif'])(
    '%s carries EXIF over, upright, with its own size and no stale facts',
    async (extension) => {
      const path = folder.at(`exif.${extension}`);
      await writeImage(path, raster(3, 8), { exifFrom: await photo() });
      const metadata = await sharp(path).metadata();
      expect(metadata.orientation).toBe(1);
      const exif = parseExif(extension === 'tif' ? await readFile(path) : metadata.exif);
      expect(difference((await readBack(path, false)).data, raster(3, 8).data).mean).toBeLessThan(6);
      expect(exif?.Thumbnail).toBeUndefined();
      expect(exif?.Image).toMatchObject({
        Make: 'Tess',
        Model: 'One',
        Artist: 'A & B',
        Orientation: 1,
        Software: 'Tessera',
      });
      expect(exif?.Photo).toMatchObject({
        ...{ FNumber: 2.8, ISOSpeedRatings: 400, FocalLength: 50, LensModel: 'EF 50', OffsetTimeOriginal: '+02:00' },
        ...{ PixelXDimension: 200, PixelYDimension: 120, ColorSpace: 1 },
      });
      expect(exif?.Photo?.ExposureTime).toBeCloseTo(1 / 320, 9);
      expect(exif?.Photo?.ExposureBiasValue).toBeCloseTo(-2 / 3, 9);
      expect(exif?.Photo?.DateTimeOriginal).toEqual(new Date(Date.UTC(2024, 4, 6, 7, 8, 9)));
      expect(exif?.Photo).not.toHaveProperty('FocalLengthIn35mmFilm');
      expect(exif?.Photo).not.toHaveProperty('FocalPlaneXResolution');
      expect(exif?.GPSInfo).toMatchObject({ GPSLatitudeRef: 'S', GPSLatitude: [51, 30, 32.3], GPSLongitudeRef: 'W' });
    },
  );

  test.each(['jpg', 'png', 'webp', 'tif'])('%s holds the XMP packet', async (extension) => {
    const path = folder.at(`xmp.${extension}`);
    const xmp = gpanoXmp({ fullWidth: 400, fullHeight: 200, left: 0, top: 40, width: 200, height: 120 });
    await writeImage(path, raster(3, 8), { xmp });
    expect((await sharp(path).metadata()).xmp?.toString('utf8')).toContain('<GPano:CroppedAreaTopPixels>40<');
  });

  test('a photo that is gone, or has no EXIF, does not keep the panorama from being written', async () => {
    for (const exifFrom of [folder.at('gone.jpg'), await plain()]) {
      await writeImage(folder.at('bare.jpg'), raster(3, 8), { exifFrom });
      expect((await sharp(folder.at('bare.jpg')).metadata()).width).toBe(200);
    }
  });

  async function plain(): Promise<string> {
    await sharpOf(colourful(80, 80)).png().toFile(folder.at('plain.png'));
    return folder.at('plain.png');
  }
});

describe('whole or not at all', () => {
  test('nothing is left beside the file, and an older one is replaced', async () => {
    const place = folder.at('clean');
    await mkdir(place);
    await writeFile(`${place}/pano.jpg`, 'old');
    await writeImage(`${place}/pano.jpg`, raster(3, 8));
    expect(await readdir(place)).toEqual(['pano.jpg']);
    expect((await sharp(`${place}/pano.jpg`).metadata()).format).toBe('jpeg');
  });

  test('an abort leaves the old file alone and removes the new one', async () => {
    const place = folder.at('aborted');
    await mkdir(place);
    await writeFile(`${place}/pano.png`, 'old');
    const size = { width: 3000, height: 2000, channels: 3, depth: 8 } as const;
    const big: Raster = { ...size, data: new Uint8Array(randomBytes(3000 * 2000 * 3)) };
    const aborting = new AbortController();
    const writing = writeImage(`${place}/pano.png`, big, { signal: aborting.signal });
    setTimeout(() => aborting.abort(new Error('enough')), 40);
    await expect(writing).rejects.toThrow('enough');
    expect(await readFile(`${place}/pano.png`, 'utf8')).toBe('old');
    // The encoder ends in the background; nothing of it stays.
    await expect.poll(() => readdir(place), { timeout: 20_000 }).toEqual(['pano.png']);
    await expect(writeImage(`${place}/n.png`, big, { signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow(
      'early',
    );
  });

  test('a missing folder, a folder of that name, an unknown extension, a size too large', async () => {
    const picture = raster(3, 8);
    await expect(writeImage(folder.at('no', 'pano.jpg'), picture)).rejects.toThrow(/folder .*no does not exist/);
    await expect(writeImage(folder.at('no', 'pano.jpg'), picture)).rejects.toThrow(OutputError);
    await mkdir(folder.at('taken.jpg'));
    await expect(writeImage(folder.at('taken.jpg'), picture)).rejects.toThrow(/is a folder/);
    await expect(writeImage(folder.at('pano.bmp'), picture)).rejects.toThrow(UsageError);
    const long: Raster = { width: 16_384, height: 1, channels: 3, depth: 8, data: new Uint8Array(16_384 * 3) };
    await expect(writeImage(folder.at('long.webp'), long)).rejects.toThrow(OutputError);
    await expect(writeImage(folder.at('x.jpg'), { ...picture, depth: 16 })).rejects.toThrow(TypeError);
  });

  test.skipIf(process.getuid?.() === 0)('a folder without permission', async () => {
    const place = folder.at('locked');
    await mkdir(place);
    await chmod(place, 0o500);
    await expect(writeImage(`${place}/pano.jpg`, raster(3, 8))).rejects.toThrow(/permission denied/);
    await chmod(place, 0o700);
  });

  test('sides that JPEG could not hold are written to PNG and TIFF', async () => {
    const wide: Raster = { width: 100_000, height: 1, channels: 3, depth: 8, data: new Uint8Array(300_000) };
    for (const name of ['wide.png', 'wide.tif']) {
      await writeImage(folder.at(name), wide);
      expect((await sharp(folder.at(name)).metadata()).width).toBe(100_000);
    }
  });
});
