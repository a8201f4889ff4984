import { expect, test } from 'vitest';
import {
  linearFromSrgb,
  linearFromSrgb16,
  linearFromSrgb8,
  srgb16FromLinear,
  srgb8FromLinear,
  srgbFromLinear,
} from '../../../src/image/srgb.ts';

test('values of IEC 61966-2-1', () => {
  expect(linearFromSrgb8[0]).toBe(0);
  expect(linearFromSrgb8[255]).toBe(1);
  expect(linearFromSrgb8[128]).toBeCloseTo(0.21586, 5);
  expect(linearFromSrgb8[10]).toBeCloseTo(10 / 255 / 12.92, 7);
  expect(srgbFromLinear(0.18)).toBeCloseTo(0.46135, 4);
});

test('there and back is the identity for every 8- and 16-bit value', () => {
  for (let v = 0; v < 256; v++) expect(srgb8FromLinear(linearFromSrgb8[v])).toBe(v);
  let wrong = 0;
  for (let v = 0; v < 65536; v++) if (srgb16FromLinear(linearFromSrgb16[v]) !== v) wrong++;
  expect(wrong).toBe(0);
  for (let v = 0; v <= 1; v += 0.01) expect(srgbFromLinear(linearFromSrgb(v))).toBeCloseTo(v, 6);
});

test('light beyond black and white is clipped', () => {
  expect([srgb8FromLinear(-0.5), srgb8FromLinear(1.7), srgb16FromLinear(4)]).toEqual([0, 255, 65535]);
});
