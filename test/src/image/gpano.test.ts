import { expect, test } from 'vitest';
import { gpanoXmp } from '../../../src/image/gpano.ts';

const fields = { fullWidth: 8000, fullHeight: 4000, left: 12, top: 800.4, width: 7000, height: 2399.6 };

test('holds every property of the schema as whole pixels', () => {
  const xmp = gpanoXmp(fields);
  const value = (name: string): string | undefined =>
    new RegExp(`<GPano:${name}>([^<]*)</GPano:${name}>`).exec(xmp)?.[1];
  expect(value('ProjectionType')).toBe('equirectangular');
  expect(value('UsePanoramaViewer')).toBe('True');
  expect(value('FullPanoWidthPixels')).toBe('8000');
  expect(value('FullPanoHeightPixels')).toBe('4000');
  expect(value('CroppedAreaLeftPixels')).toBe('12');
  expect(value('CroppedAreaTopPixels')).toBe('800');
  expect(value('CroppedAreaImageWidthPixels')).toBe('7000');
  expect(value('CroppedAreaImageHeightPixels')).toBe('2400');
  expect(value('PoseHeadingDegrees')).toBeUndefined();
  expect(xmp).toContain('xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"');
});

test('a heading is brought to 0–360°; what is no number is refused', () => {
  expect(gpanoXmp({ ...fields, headingDegrees: -90 })).toContain('<GPano:PoseHeadingDegrees>270.00<');
  expect(() => gpanoXmp({ ...fields, left: NaN })).toThrow(TypeError);
});
