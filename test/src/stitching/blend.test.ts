import { describe, expect, it } from 'vitest';
import { Blender } from '../../../src/stitching/blend.ts';

const region = { x: 0, y: 0, width: 128, height: 64 };

/** r = g = b = value(x, y) where covered, four floats a pixel. */
function layer(value: (x: number, y: number) => number, covered: (x: number, y: number) => boolean): Float32Array {
  const pixels = new Float32Array(region.width * region.height * 4);
  for (let y = 0, o = 0; y < region.height; y++) {
    for (let x = 0; x < region.width; x++, o += 4) {
      if (covered(x, y)) pixels.set([value(x, y), value(x, y), value(x, y), 1], o);
    }
  }
  return pixels;
}

function weights(shown: (x: number, y: number) => boolean): Float32Array {
  return Float32Array.from({ length: region.width * region.height }, (_, p) =>
    shown(p % region.width, Math.floor(p / region.width)) ? 1 : 0,
  );
}

describe('multi-band blending', () => {
  const texture = (x: number, y: number): number => 0.5 + 0.2 * Math.sin(x / 2) * Math.cos(y / 3) + 0.001 * x;

  it('leaves a photo as it is where two agree, even where either ends inside the region', () => {
    const blender = new Blender(region, 4);
    blender.add(
      region,
      layer(texture, (x) => x < 70),
      weights((x) => x < 64),
    );
    blender.add(
      region,
      layer(texture, (x, y) => x >= 58 && y < 50),
      weights((x, y) => x >= 64 && y < 50),
    );
    const picture = blender.collapse();
    for (let y = 0; y < 50; y++) {
      for (let x = 0; x < 128; x++) expect(Math.abs(picture[(y * 128 + x) * 4] - texture(x, y))).toBeLessThan(0.02);
    }
  });

  it('does not darken towards the edge of a bright photo', () => {
    const blender = new Blender(region, 5);
    blender.add(
      region,
      layer(
        () => 0.9,
        (x, y) => x < 66 && y > 20,
      ),
      weights((x, y) => x < 64 && y > 20),
    );
    blender.add(
      region,
      layer(
        () => 0.9,
        (x, y) => x > 60 && y > 20,
      ),
      weights((x, y) => x >= 64 && y > 20),
    );
    const picture = blender.collapse();
    for (let y = 21; y < 64; y++) {
      for (let x = 0; x < 128; x++) expect(picture[(y * 128 + x) * 4]).toBeCloseTo(0.9, 4);
    }
  });

  it('turns a step of brightness into a ramp and keeps fine detail sharp', () => {
    const blender = new Blender(region, 5);
    const fine = (x: number): number => (x % 2 === 0 ? 0.05 : -0.05);
    blender.add(
      region,
      layer(
        (x) => 0.4 + fine(x),
        () => true,
      ),
      weights((x) => x < 64),
    );
    blender.add(
      region,
      layer(
        (x) => 0.6 + fine(x),
        () => true,
      ),
      weights((x) => x >= 64),
    );
    const picture = blender.collapse();
    const at = (x: number): number => picture[(32 * 128 + x) * 4];
    const smooth = (x: number): number => (at(x - 1) + 2 * at(x) + at(x + 1)) / 4;
    for (let x = 2; x < 126; x++) expect(Math.abs(smooth(x + 1) - smooth(x - 1))).toBeLessThan(0.02);
    // Along the seam the stripes keep their contrast.
    expect(Math.abs(at(64) - at(65))).toBeGreaterThan(0.08);
    expect(at(8)).toBeLessThan(0.47);
    expect(smooth(8)).toBeLessThan(0.45);
    expect(smooth(120)).toBeGreaterThan(0.55);
  });
});
