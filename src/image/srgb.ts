/** Linear light (0–1) of an sRGB value (0–1), IEC 61966-2-1. */
export function linearFromSrgb(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** sRGB value (0–1) of linear light (0–1), IEC 61966-2-1; not clipped. */
export function srgbFromLinear(light: number): number {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** Linear light of the 256 values of 8-bit sRGB. */
export const linearFromSrgb8: Float32Array = Float32Array.from({ length: 256 }, (_, v) => linearFromSrgb(v / 255));

/** Linear light of the 65 536 values of 16-bit sRGB. */
export const linearFromSrgb16: Float32Array = Float32Array.from({ length: 65536 }, (_, v) => linearFromSrgb(v / 65535));

/**
 * sRGB over the square root of linear light, which is nearly straight: linear interpolation in it stays within a
 * thirtieth of a 16-bit step.
 */
const steps = 4096;
const srgbFromRoot = Float32Array.from({ length: steps + 2 }, (_, i) => srgbFromLinear((i / steps) ** 2));

/** As `srgbFromLinear`, from a table; light outside 0–1 is clipped. */
export function srgbFromLinearFast(light: number): number {
  const at = Math.sqrt(Math.min(Math.max(light, 0), 1)) * steps;
  const i = at | 0;
  return srgbFromRoot[i] + (at - i) * (srgbFromRoot[i + 1] - srgbFromRoot[i]);
}

/** 8-bit sRGB (0–255, rounded, clipped) of linear light. */
export function srgb8FromLinear(light: number): number {
  return (srgbFromLinearFast(light) * 255 + 0.5) | 0;
}

/** 16-bit sRGB (0–65 535, rounded, clipped) of linear light. */
export function srgb16FromLinear(light: number): number {
  return (srgbFromLinearFast(light) * 65535 + 0.5) | 0;
}
