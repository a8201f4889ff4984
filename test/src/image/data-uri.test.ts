import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { photoDataUri } from '../../../src/image/data-uri.ts';
import { colourful, sharpOf, temporaryFolder } from './test-pictures.ts';

const { at } = temporaryFolder();

async function decode(uri: string) {
  const [head, base64] = uri.split(',');
  expect(head).toBe('data:image/jpeg;base64');
  const picture = sharp(Buffer.from(base64, 'base64'));
  const { format, width, height, orientation } = await picture.metadata();
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  const pixel = (x: number, y: number): number[] => {
    const start = info.channels * (y * info.width + x);
    return [...data.subarray(start, start + info.channels)];
  };
  return { format, width, height, orientation, pixel };
}

function expectNear(colour: readonly number[], expected: readonly number[]): void {
  expect(colour).toHaveLength(expected.length);
  colour.forEach((v, i) => expect(Math.abs(v - expected[i])).toBeLessThan(8));
}

describe('photoDataUri', () => {
  it.each([
    [400, 300, 200, 200, 150],
    [300, 400, 200, 150, 200],
    [120, 80, 200, 120, 80],
  ])('of %i×%i px, at most %i a side, is a JPEG of %i×%i', async (width, height, side, wide, high) => {
    const file = at(`${width}x${height}.png`);
    await sharpOf(colourful(width, height)).png().toFile(file);
    expect(await decode(await photoDataUri(file, side))).toMatchObject({ format: 'jpeg', width: wide, height: high });
  });

  it('stands upright, with the colours of the photo', async () => {
    const file = at('turned.jpg');
    const picture = colourful(240, 160);
    await sharpOf(picture).jpeg({ quality: 98 }).withMetadata({ orientation: 6 }).toFile(file);
    const decoded = await decode(await photoDataUri(file, 1000));
    expect(decoded).toMatchObject({ width: 160, height: 240 });
    expect(decoded.orientation ?? 1).toBe(1);
    // Orientation 6: what was stored at the bottom left is shown at the top left.
    const stored = (x: number, y: number): number[] => [...picture.data.subarray(3 * (240 * y + x)).subarray(0, 3)];
    expectNear(decoded.pixel(10, 20), stored(20, 159 - 10));
    expectNear(decoded.pixel(150, 20), stored(20, 159 - 150));
  });

  it('is in sRGB, whatever the colour space of the photo', async () => {
    const file = at('wide.png');
    const background = { r: 220, g: 60, b: 40 };
    const photo = sharp({ create: { width: 32, height: 32, channels: 3, background } });
    await photo.withIccProfile('p3').png().toFile(file);
    // The file itself holds other numbers for that colour.
    const { data } = await sharp(file, { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true });
    expect(Math.abs(data[0] - 220)).toBeGreaterThan(10);
    expectNear((await decode(await photoDataUri(file, 32))).pixel(16, 16), [220, 60, 40]);
  });

  it('shows white where a picture is transparent', async () => {
    const file = at('clear.png');
    const background = { r: 0, g: 0, b: 0, alpha: 0 };
    await sharp({ create: { width: 32, height: 32, channels: 4, background } })
      .png()
      .toFile(file);
    expectNear((await decode(await photoDataUri(file, 32))).pixel(16, 16), [255, 255, 255]);
  });

  it('brings grey pictures of 16 bits to the levels that a browser shows', async () => {
    const file = at('deep.png');
    const data = new Uint16Array(64 * 64).fill(100 * 257);
    await sharp(data, { raw: { width: 64, height: 64, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toFile(file);
    expect((await sharp(file).metadata()).depth).toBe('ushort');
    const [level] = (await decode(await photoDataUri(file, 64))).pixel(32, 32);
    expect(Math.abs(level - 100)).toBeLessThan(4);
  });
});
