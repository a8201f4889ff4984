import { expect, test } from 'vitest';
import type { Exif } from '../../../src/image/exif.ts';
import { cameraKeyFromExif, focalPriorFromExif } from '../../../src/image/focal-prior.ts';

function exif(photo: Record<string, unknown>, image: Record<string, unknown> = {}): Exif {
  return { bigEndian: false, Photo: photo, Image: image } as unknown as Exif;
}

test('a 50 mm equivalent on a 3:2 photo is 50/36 of its width', () => {
  const prior = focalPriorFromExif(exif({ FocalLengthIn35mmFilm: 50 }), 6000, 4000);
  expect(prior?.focalPx).toBeCloseTo((50 / 36) * 6000, 3);
  expect(prior?.source).toBe('FocalLengthIn35mmFilm');
  expect(prior?.sigma).toBeGreaterThan(0.03);
  expect(prior?.sigma).toBeLessThan(0.1);
});

test('the 35 mm equivalent refers to the diagonal: a 4:3 phone photo, also resized and upright', () => {
  const phone = exif({ FocalLengthIn35mmFilm: 26, PixelXDimension: 4032, PixelYDimension: 3024 });
  const full = focalPriorFromExif(phone, 4032, 3024);
  expect(full?.focalPx).toBeCloseTo((26 / Math.hypot(36, 24)) * 5040, 3);
  expect(focalPriorFromExif(phone, 1008, 756)?.focalPx).toBeCloseTo((full?.focalPx ?? 0) / 4, 3);
  expect(focalPriorFromExif(phone, 3024, 4032)?.focalPx).toBeCloseTo(full?.focalPx ?? 0, 3);
  // Cropped after the shot: the diagonal says little.
  expect(focalPriorFromExif(phone, 4032, 1500)?.sigma).toBeGreaterThan(0.2);
});

test('without it, focal length and focal plane resolution decide (Canon EOS 5D: 35.8 mm wide sensor)', () => {
  const canon = {
    FocalLength: 24,
    FocalPlaneXResolution: 4368000 / 1415,
    FocalPlaneResolutionUnit: 2,
    PixelXDimension: 4368,
    PixelYDimension: 2912,
  };
  const pixelsPerMm = 4368000 / 1415 / 25.4;
  const full = focalPriorFromExif(exif(canon), 4368, 2912);
  expect(full?.source).toBe('FocalPlaneResolution');
  expect(full?.focalPx).toBeCloseTo(24 * pixelsPerMm, 3);
  expect(focalPriorFromExif(exif(canon), 2184, 1456)?.focalPx).toBeCloseTo(12 * pixelsPerMm, 3);
  // An editor turned the pixels upright and left the tags.
  expect(focalPriorFromExif(exif(canon), 1456, 2184)?.focalPx).toBeCloseTo(12 * pixelsPerMm, 3);
  const centimetres = { ...canon, FocalPlaneXResolution: pixelsPerMm * 10, FocalPlaneResolutionUnit: 3 };
  expect(focalPriorFromExif(exif(centimetres), 4368, 2912)?.focalPx).toBeCloseTo(24 * pixelsPerMm, 3);
});

test('drops a focal plane whose sensor would be larger than medium format or smaller than a phone', () => {
  const tags = { FocalLength: 24, PixelXDimension: 4000, PixelYDimension: 3000, FocalPlaneResolutionUnit: 2 };
  expect(focalPriorFromExif(exif({ ...tags, FocalPlaneXResolution: 300 }), 4000, 3000)).toBeNull();
  expect(focalPriorFromExif(exif({ ...tags, FocalPlaneXResolution: 60_000 }), 4000, 3000)).toBeNull();
  expect(focalPriorFromExif(exif({ ...tags, FocalPlaneXResolution: 6000 }), 4000, 3000)).not.toBeNull();
});

test('ignores zeros and garbage instead of trusting them', () => {
  expect(focalPriorFromExif(null, 4000, 3000)).toBeNull();
  for (const value of [0, NaN, -50, Infinity, 'abc', null, 60_000]) {
    expect(focalPriorFromExif(exif({ FocalLengthIn35mmFilm: value }), 4000, 3000)).toBeNull();
    expect(focalPriorFromExif(exif({ FocalLength: 5, FocalPlaneXResolution: value }), 4000, 3000)).toBeNull();
  }
  const zeroThenPlane = { FocalLengthIn35mmFilm: 0, FocalLength: 5, FocalPlaneXResolution: 20_000 };
  expect(focalPriorFromExif(exif(zeroThenPlane), 4000, 3000)?.source).toBe('FocalPlaneResolution');
});

test('one camera setting has one key; another zoom, optical or digital, another', () => {
  const image = { Make: 'Canon\0', Model: 'EOS 5D ' };
  expect(cameraKeyFromExif(exif({ FocalLength: 24 }, image))).toBe('Canon|EOS 5D|24');
  expect(cameraKeyFromExif(exif({ FocalLength: 35 }, image))).not.toBe(
    cameraKeyFromExif(exif({ FocalLength: 24 }, image)),
  );
  const zoomed = cameraKeyFromExif(exif({ FocalLength: 4.2, FocalLengthIn35mmFilm: 52 }, image));
  expect(zoomed).not.toBe(cameraKeyFromExif(exif({ FocalLength: 4.2, FocalLengthIn35mmFilm: 26 }, image)));
  expect(cameraKeyFromExif(exif({}, image))).toBe('');
  expect(cameraKeyFromExif(exif({ FocalLength: 24 }))).toBe('');
  expect(cameraKeyFromExif(null)).toBe('');
});
