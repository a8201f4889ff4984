import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { probePhoto, readPhoto, sizeWithin } from '../../../src/image/read-photo.ts';
import { blobs, centroid, colourful, difference, sharpOf, temporaryFolder } from './test-pictures.ts';

const folder = temporaryFolder();
const picture = colourful(160, 120);
const rgb = { channels: 3, depth: 8 } as const;

async function save(name: string, content: Sharp): Promise<string> {
  await content.toFile(folder.at(name));
  return folder.at(name);
}

describe('formats', () => {
  const files: Record<string, [content: Sharp, tolerance: number]> = {
    'a.jpg': [sharpOf(picture).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }), 4],
    'a.png': [sharpOf(picture).png(), 0],
    'a.webp': [sharpOf(picture).webp({ lossless: true }), 0],
    'a.tif': [sharpOf(picture).tiff({ compression: 'lzw' }), 0],
    'a.avif': [sharpOf(picture).avif({ quality: 95, chromaSubsampling: '4:4:4' }), 5],
    'palette.png': [sharpOf(picture).png({ palette: true }), 24],
    '16.png': [sharpOf(picture).toColourspace('rgb16').png(), 1],
    '16.tif': [sharpOf(picture).toColourspace('rgb16').tiff({ compression: 'deflate' }), 1],
  };
  test.each(Object.keys(files))('%s gives the pixels that were saved', async (name) => {
    const [content, tolerance] = files[name];
    const { image, info } = await readPhoto(await save(name, content), rgb);
    expect([image.width, image.height, image.channels, info.width, info.height]).toEqual([160, 120, 3, 160, 120]);
    expect(image.data).toBeInstanceOf(Uint8Array);
    expect(difference(image.data, picture.data).max).toBeLessThanOrEqual(tolerance);
  });

  test('the first page of several is read', async () => {
    const pages = ['#ff0000', '#0000ff'].map((background) =>
      sharp({ create: { width: 80, height: 70, channels: 3, background } })
        .png()
        .toBuffer(),
    );
    const animation = sharp(await Promise.all(pages), { join: { animated: true } });
    for (const path of [
      await save('two.gif', animation.clone().gif()),
      await save('two.tif', animation.clone().tiff({ compression: 'lzw' })),
    ]) {
      const { image } = await readPhoto(path, rgb);
      expect([image.width, image.height, ...image.data.subarray(0, 3)]).toEqual([80, 70, 255, 0, 0]);
    }
  });
});

describe('depth', () => {
  const deep = new Uint16Array(100 * 80 * 3).map((_, i) => (i * 7919) % 65536);
  const deepPicture = (): Sharp => sharp(deep, { raw: { width: 100, height: 80, channels: 3 } }).toColourspace('rgb16');

  test.each(['deep.png', 'deep.tif'])('%s: 16 bits are kept on request and rounded to 8 otherwise', async (name) => {
    const content = name.endsWith('png') ? deepPicture().png() : deepPicture().tiff({ compression: 'lzw' });
    const path = await save(name, content);
    expect((await probePhoto(path)).depth).toBe(16);
    const native = await readPhoto(path, { channels: 3, depth: 'native' });
    expect(native.image.data).toBeInstanceOf(Uint16Array);
    expect(difference(native.image.data, deep).max).toBe(0);
    const bytes = await readPhoto(path, rgb);
    expect(
      difference(
        bytes.image.data,
        Array.from(deep, (v) => Math.round(v / 257)),
      ).max,
    ).toBe(0);
  });

  test('8-bit photos stay at 8 bits; 10-bit AVIF counts as 16', async () => {
    const { image, info } = await readPhoto(await save('eight.png', sharpOf(picture).png()), {
      channels: 3,
      depth: 'native',
    });
    expect(image.data).toBeInstanceOf(Uint8Array);
    expect(info.depth).toBe(8);
    const avif = await save('ten.avif', sharpOf(picture).avif({ bitdepth: 10, quality: 95 }));
    const ten = await readPhoto(avif, { channels: 3, depth: 'native' });
    expect(ten.image.data).toBeInstanceOf(Uint16Array);
    expect(
      difference(
        ten.image.data,
        Array.from(picture.data, (v) => v * 257),
      ).mean,
    ).toBeLessThan(3 * 257);
  });
});

describe('orientation', () => {
  const [w, h] = [160, 120];
  const upright = blobs(w, h, 5, [[30.5, 20.25]]);
  /** Where the file holds the upright photo's pixel (x, y), by EXIF orientation. */
  const stored: Record<number, (x: number, y: number) => [number, number]> = {
    1: (x, y) => [x, y],
    2: (x, y) => [w - 1 - x, y],
    3: (x, y) => [w - 1 - x, h - 1 - y],
    4: (x, y) => [x, h - 1 - y],
    5: (x, y) => [y, x],
    6: (x, y) => [y, w - 1 - x],
    7: (x, y) => [h - 1 - y, w - 1 - x],
    8: (x, y) => [h - 1 - y, x],
  };
  function fileWith(orientation: number): Sharp {
    const [width, height] = orientation < 5 ? [w, h] : [h, w];
    const data = new Uint8Array(w * h);
    for (let i = 0; i < w * h; i++) {
      const [x, y] = stored[orientation](i % w, Math.floor(i / w));
      data[y * width + x] = upright.data[i];
    }
    return sharpOf({ width, height, channels: 1, data }).withMetadata({ orientation });
  }

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i is applied, at full size and shrunk', async (orientation) => {
    const path = await save(`o${orientation}.jpg`, fileWith(orientation).jpeg({ quality: 95 }));
    const { image, info } = await readPhoto(path, { channels: 1, depth: 8 });
    expect([image.width, image.height, info.width, info.height]).toEqual([160, 120, 160, 120]);
    const [x, y] = centroid(image, 30, 20, 18);
    expect(Math.hypot(x - 30.5, y - 20.25)).toBeLessThan(0.05);

    const small = (await readPhoto(path, { channels: 1, depth: 8, maxPixels: 80 * 60 })).image;
    expect([small.width, small.height]).toEqual([80, 60]);
    const [sx, sy] = centroid(small, 15, 10, 9);
    expect(Math.hypot(sx - (31 / 2 - 0.5), sy - (20.75 / 2 - 0.5))).toBeLessThan(0.05);
  });
});

describe('colour', () => {
  const deepEnough = (p: Sharp): Sharp => p.jpeg({ quality: 100, chromaSubsampling: '4:4:4' });

  // Without its profile the P3 picture differs by 6.9 on average; a press cannot show all of sRGB.
  test.each([
    ['p3.jpg', deepEnough(sharpOf(picture).withIccProfile('p3')), 1],
    ['p3.png', sharpOf(picture).withIccProfile('p3').png(), 0.7],
    ['cmyk.tif', sharpOf(muted()).toColourspace('cmyk').withIccProfile('cmyk').tiff({ compression: 'lzw' }), 8],
    ['cmyk.jpg', sharpOf(muted()).toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 100 }), 8],
  ])('%s is converted to sRGB by its profile', async (name, content, tolerance) => {
    const { image } = await readPhoto(await save(name, content), rgb);
    const truth = name.startsWith('p3') ? picture : muted();
    expect(difference(image.data, truth.data).mean).toBeLessThan(tolerance);
  });

  test('a 16-bit photo with a Display P3 profile comes out in sRGB, not P3', async () => {
    const words = Uint16Array.from(picture.data, (v) => v * 257);
    // sharp takes 16-bit pixels for P3 when it attaches a profile: give it sRGB pixels turned into P3 by way of 8 bits.
    const p3 = await sharpOf(picture).withIccProfile('p3').png().toBuffer();
    const path = await save('p3-16.png', sharp(p3).keepIccProfile().toColourspace('rgb16').png());
    expect((await sharp(path).metadata()).depth).toBe('ushort');
    const { image } = await readPhoto(path, { channels: 3, depth: 'native' });
    expect(difference(image.data, words).mean).toBeLessThan(257);
  });

  test('grey photos, with and without alpha, become RGB of equal channels', async () => {
    const grey = blobs(90, 80, 9, [[40, 40]]);
    const { image } = await readPhoto(await save('g.png', sharpOf(grey).toColourspace('b-w').png()), rgb);
    expect(
      difference(
        image.data,
        Array.from({ length: 90 * 80 * 3 }, (_, i) => grey.data[(i / 3) | 0]),
      ).max,
    ).toBe(0);
    const opaque = await save('ga.png', sharpOf(grey).toColourspace('b-w').ensureAlpha().png());
    const read = await readPhoto(opaque, { channels: 1, depth: 8 });
    expect(difference(read.image.data, grey.data).max).toBe(0);
  });

  test('transparent parts are laid on white', async () => {
    const data = new Uint8Array(70 * 70 * 4);
    for (let i = 0; i < 70 * 70; i++) data.set([200, 40, 0, i < 35 * 70 ? 0 : i % 70 < 35 ? 128 : 255], 4 * i);
    const path = await save('alpha.png', sharp(data, { raw: { width: 70, height: 70, channels: 4 } }).png());
    const { image } = await readPhoto(path, rgb);
    const at = (x: number, y: number): number[] =>
      Array.from(image.data.subarray((y * 70 + x) * 3, (y * 70 + x) * 3 + 3));
    expect(at(10, 10)).toEqual([255, 255, 255]);
    expect(at(60, 60)).toEqual([200, 40, 0]);
    expect(difference(at(10, 60), [227, 147, 127]).max).toBeLessThanOrEqual(1);
  });

  test('one channel is the luma that OpenCV computes', async () => {
    const { image } = await readPhoto(await save('luma.png', sharpOf(picture).png()), { channels: 1, depth: 8 });
    const luma = Array.from(image.data, (_, i) => {
      const [r, g, b] = picture.data.subarray(3 * i, 3 * i + 3);
      return 0.299 * r + 0.587 * g + 0.114 * b;
    });
    expect(difference(image.data, luma).max).toBeLessThan(0.51);
  });
});

describe('shrinking', () => {
  // Sizes that do not divide: where a decoder's own shrinking rounds up to whole blocks and moves pixels.
  test.each([
    [1999, 1501, 83_000],
    [2007, 1003, 20_000],
    [1203, 1603, 700_000],
  ])('%i × %i to %i pixels keeps every place at (x + 0.5)·s − 0.5', async (width, height, maxPixels) => {
    const places = [0.1, 0.5, 0.94].flatMap((u) => [0.1, 0.5, 0.92].map((v) => [u * width + 0.3, v * height - 0.2]));
    const sigma = Math.max(3, 2.5 * Math.sqrt((width * height) / maxPixels));
    const path = await save(`b${width}.jpg`, sharpOf(blobs(width, height, sigma, places)).jpeg({ quality: 95 }));
    const { image, info } = await readPhoto(path, { channels: 1, depth: 8, maxPixels });
    expect(image.width * image.height).toBeLessThanOrEqual(maxPixels);
    expect(Math.abs(image.width / image.height / (width / height) - 1)).toBeLessThan(0.02);
    const [sx, sy] = [image.width / info.width, image.height / info.height];
    for (const [px, py] of places) {
      const [ex, ey] = [(px + 0.5) * sx - 0.5, (py + 0.5) * sy - 0.5];
      const [x, y] = centroid(image, ex, ey, 4 * sigma * sx);
      expect(Math.abs(x - ex)).toBeLessThan(0.05);
      expect(Math.abs(y - ey)).toBeLessThan(0.05);
    }
  });

  test('leaves no aliasing: a fine checkerboard becomes grey', async () => {
    const data = Uint8Array.from({ length: 900 * 900 }, (_, i) => (((i % 900) + ((i / 900) | 0)) % 2) * 255);
    const path = await save('check.png', sharp(data, { raw: { width: 900, height: 900, channels: 1 } }).png());
    const { image } = await readPhoto(path, { channels: 1, depth: 8, maxPixels: 250 * 250 });
    const inner = image.data.filter((_, i) => i % 250 > 4 && i % 250 < 245 && i > 1250 && i < 61_250);
    expect(Math.max(...inner) - Math.min(...inner)).toBeLessThan(12);
  });

  test('sizes fit and keep the aspect', () => {
    expect(sizeWithin(4000, 3000, 12e6)).toEqual({ width: 4000, height: 3000 });
    expect(sizeWithin(4000, 3000, 3e6)).toEqual({ width: 2000, height: 1500 });
    expect(sizeWithin(100_000, 64, 1000)).toEqual({ width: 1250, height: 1 });
  });
});

describe('information', () => {
  test('probing and reading agree, and the hash is that of the bytes', async () => {
    const exif = { IFD0: { Make: 'Tess', Model: 'One' }, IFD2: { FocalLength: '24/1', FocalLengthIn35mmFilm: '36' } };
    for (const name of ['e.jpg', 'e.webp', 'e.png', 'e.avif']) {
      const path = await save(name, sharpOf(picture).withExif(exif));
      const info = await probePhoto(path);
      expect((await readPhoto(path, rgb)).info).toEqual(info);
      expect(info.path).toBe(path);
      expect(info.cameraKey).toBe('Tess|One|24/36');
      expect(info.focal?.focalPx).toBeCloseTo((36 / Math.hypot(36, 24)) * 200, 3);
      expect(info.contentHash).toBe(
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      );
    }
  });

  test('the focal length of a photo that lies turned in its file is in pixels of the upright one', async () => {
    const exif = { IFD2: { FocalLengthIn35mmFilm: '50' } };
    const path = await save('turned.jpg', sharpOf(colourful(300, 200)).withMetadata({ orientation: 6 }).withExif(exif));
    const info = await probePhoto(path);
    expect([info.width, info.height]).toEqual([200, 300]);
    expect(info.focal?.focalPx).toBeCloseTo((50 / 36) * 300, 2);
  });

  test('the EXIF of a TIFF is found', async () => {
    const path = folder.at('exif.tif');
    await writeFile(path, tiffWithFocalLength());
    const info = await probePhoto(path);
    expect(info.cameraKey).toBe('Tess||24');
  });

  test('an overwritten file is read anew', async () => {
    const path = folder.at('again.png');
    await writeFile(
      path,
      await sharp({ create: { width: 70, height: 70, channels: 3, background: '#111111' } })
        .png()
        .toBuffer(),
    );
    expect((await readPhoto(path, rgb)).image.data[0]).toBe(17);
    await writeFile(
      path,
      await sharp({ create: { width: 70, height: 70, channels: 3, background: '#222222' } })
        .png()
        .toBuffer(),
    );
    expect((await readPhoto(path, rgb)).image.data[0]).toBe(34);
  });

  test('an aborted read rejects with the reason', async () => {
    const path = await save('abort.png', sharpOf(picture).png());
    const aborting = new AbortController();
    const reading = readPhoto(path, { ...rgb, signal: aborting.signal });
    aborting.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    await expect(readPhoto(path, { ...rgb, signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow('early');
  });
});

/** Colours that a printing press can show. */
function muted(): ReturnType<typeof colourful> {
  const image = colourful(120, 90);
  return { ...image, data: image.data.map((v) => 110 + (v - 128) / 4) };
}

/** A 64×64 grey TIFF with Make and an EXIF directory holding FocalLength 24. */
function tiffWithFocalLength(): Buffer {
  const pixels = 64 * 64;
  const main = [
    [256, 3, 1, 64],
    [257, 3, 1, 64],
    [258, 3, 1, 8],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [271, 2, 5, 0],
    [273, 4, 1, 8],
    [277, 3, 1, 1],
    [278, 3, 1, 64],
    [279, 4, 1, pixels],
    [34665, 4, 1, 0],
  ];
  const mainAt = 8 + pixels;
  const extraAt = mainAt + 2 + main.length * 12 + 4;
  const exifAt = extraAt + 16;
  main[5][3] = extraAt;
  main[10][3] = exifAt;
  const file = Buffer.alloc(exifAt + 2 + 12 + 4);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(mainAt, 4);
  const writeDirectory = (at: number, entries: number[][]): void => {
    file.writeUInt16LE(entries.length, at);
    entries.forEach(([tag, type, count, value], i) => {
      file.writeUInt16LE(tag, at + 2 + 12 * i);
      file.writeUInt16LE(type, at + 4 + 12 * i);
      file.writeUInt32LE(count, at + 6 + 12 * i);
      file.writeUInt32LE(value, at + 10 + 12 * i);
    });
  };
  writeDirectory(mainAt, main);
  file.write('Tess\0', extraAt, 'latin1');
  file.writeUInt32LE(24, extraAt + 8);
  file.writeUInt32LE(1, extraAt + 12);
  writeDirectory(exifAt, [[37386, 5, 1, extraAt + 8]]);
  return file;
}
