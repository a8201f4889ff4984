import sharp from 'sharp';
import { expect, test } from 'vitest';
import { parseExif, type Exif } from '../../../src/image/exif.ts';
import { shotFromExif } from '../../../src/image/shot.ts';

function exif(gps: Record<string, unknown> | null, photo: Record<string, unknown> | null = {}): Exif {
  return { bigEndian: false, Photo: photo, GPSInfo: gps } as unknown as Exif;
}

const berlin = { GPSLatitudeRef: 'N', GPSLatitude: [52, 31, 8.1], GPSLongitudeRef: 'E', GPSLongitude: [13, 24, 1.06] };

test('reads what a camera wrote: position south and west, time with sub-seconds and zone', async () => {
  const file = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'grey' } })
    .withExif({
      IFD2: { DateTimeOriginal: '2024:02:29 23:59:58', SubSecTimeOriginal: '25', OffsetTimeOriginal: '-03:30' },
      IFD3: {
        GPSLatitudeRef: 'S',
        GPSLatitude: '33/1 51/1 315/10',
        GPSLongitudeRef: 'W',
        GPSLongitude: '70/1 30/1 0/1',
        GPSAltitude: '43/2',
        GPSHPositioningError: '6/1',
      },
    })
    .jpeg()
    .toBuffer();
  const { time, position } = shotFromExif(parseExif((await sharp(file).metadata()).exif));
  expect(time?.clock).toBeCloseTo(Date.UTC(2024, 1, 29, 23, 59, 58) / 1000 + 0.25, 6);
  expect(time?.aheadOfUtc).toBe(-3.5 * 3600);
  expect(position?.latitude).toBeCloseTo(-(33 + 51 / 60 + 31.5 / 3600), 9);
  expect(position?.longitude).toBeCloseTo(-70.5, 9);
  expect(position?.altitude).toBe(21.5);
  expect(position?.error).toBe(6);
});

test('degrees alone, and minutes with decimals, are positions too; precision may come as a dilution', () => {
  const { position } = shotFromExif(exif({ ...berlin, GPSLatitude: [52.5], GPSLongitude: [13, 24.5], GPSDOP: 4 }));
  expect(position).toEqual({ latitude: 52.5, longitude: 13 + 24.5 / 60, altitude: null, error: 20 });
});

test('altitudes below the sea are negative', () => {
  const below = { ...berlin, GPSAltitude: 21.5, GPSAltitudeRef: 1 };
  expect(shotFromExif(exif(below)).position?.altitude).toBe(-21.5);
  expect(shotFromExif(exif({ ...below, GPSAltitudeRef: Buffer.of(1) })).position?.altitude).toBe(-21.5);
  expect(shotFromExif(exif({ ...below, GPSAltitudeRef: 0 })).position?.altitude).toBe(21.5);
});

test('no position from garbage: 0/0, missing hemispheres, out of range, void fixes, 0° N 0° E', () => {
  expect(shotFromExif(exif(berlin)).position).not.toBeNull();
  for (const value of [
    undefined,
    null,
    NaN,
    [],
    [NaN, 0, 0],
    [52, NaN, 0],
    [91, 0, 0],
    [90, 1, 0],
    [52, 61, 0],
    'x',
    -5,
  ]) {
    expect(shotFromExif(exif({ ...berlin, GPSLatitude: value })).position).toBeNull();
  }
  for (const value of [undefined, '', 'X', 5]) {
    expect(shotFromExif(exif({ ...berlin, GPSLongitudeRef: value })).position).toBeNull();
  }
  expect(shotFromExif(exif({ ...berlin, GPSStatus: 'V' })).position).toBeNull();
  expect(shotFromExif(exif({ ...berlin, GPSLatitude: [0, 0, 0], GPSLongitude: [0, 0, 0] })).position).toBeNull();
  expect(shotFromExif(exif(null)).position).toBeNull();
  expect(shotFromExif(null)).toEqual({ time: null, position: null });
});

test('a broken altitude or precision costs only itself', () => {
  for (const value of [NaN, Infinity, 4294967295, -3, 'high', null]) {
    const { position } = shotFromExif(
      exif({ ...berlin, GPSAltitude: value, GPSHPositioningError: value === 4294967295 ? 0 : value }),
    );
    expect(position?.latitude).toBeCloseTo(52.519, 3);
    expect(position?.altitude).toBeNull();
    expect(position?.error).toBeNull();
  }
});

test('no time from clocks that nobody set; garbage beside a time costs only itself', () => {
  const taken = new Date('2020-05-01T10:00:00Z');
  for (const value of [
    undefined,
    null,
    '2020:05:01 10:00:00',
    new Date(NaN),
    new Date(0),
    new Date('1980-01-01T00:00:00Z'),
  ]) {
    expect(shotFromExif(exif(null, { DateTimeOriginal: value })).time).toBeNull();
  }
  for (const [subSeconds, offset] of [
    ['abc', 'abc'],
    ['', '+25:00'],
    [7, 120],
    ['   ', '   :  '],
  ]) {
    const { time } = shotFromExif(
      exif(null, { DateTimeOriginal: taken, SubSecTimeOriginal: subSeconds, OffsetTimeOriginal: offset }),
    );
    expect(time).toEqual({ clock: taken.getTime() / 1000, aheadOfUtc: null });
  }
  expect(shotFromExif(exif(null, { DateTimeDigitized: taken })).time?.clock).toBe(taken.getTime() / 1000);
  expect(shotFromExif(exif(null, null)).time).toBeNull();
});
