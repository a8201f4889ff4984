import { expect, test } from 'vitest';
import { linearFromSrgb, srgbFromLinear } from '../../../src/image/srgb.ts';

test('values of IEC 61966-2-1', () => {
  expect(linearFromSrgb(0)).toBe(0);
  expect(linearFromSrgb(1)).toBe(1);
  expect(linearFromSrgb(128 / 255)).toBeCloseTo(0.21586, 5);
  expect(linearFromSrgb(10 / 255)).toBeCloseTo(10 / 255 / 12.92, 7);
  expect(srgbFromLinear(0.18)).toBeCloseTo(0.46135, 4);
});

test('there and back is the identity for every 8- and 16-bit value', () => {
  for (const largest of [255, 65535]) {
    let wrong = 0;
    for (let v = 0; v <= largest; v++) {
      if (Math.round(largest * srgbFromLinear(linearFromSrgb(v / largest))) !== v) wrong++;
    }
    expect(wrong).toBe(0);
  }
});

test('light brighter than white keeps growing', () => {
  expect(srgbFromLinear(4)).toBeGreaterThan(srgbFromLinear(2));
  expect(srgbFromLinear(2)).toBeGreaterThan(1);
});
