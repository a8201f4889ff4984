import { describe, expect, it } from 'vitest';
import type { PhotoFeatures } from '../../../src/features/photo-features.ts';
import { refineMatches } from '../../../src/matching/refine.ts';
import { transformPoint, type Matrix3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';

const options = { maxShiftPx: 3, minCorrelation: 0.8 };

/** A smooth random texture, defined everywhere. */
function texture(seed: number): (x: number, y: number) => number {
  const random = createRandom(seed);
  const waves = Array.from({ length: 40 }, () => {
    const wavelength = 6 + 24 * random.next();
    const direction = 2 * Math.PI * random.next();
    return [Math.cos(direction) / wavelength, Math.sin(direction) / wavelength, random.next()];
  });
  return (x, y) =>
    waves.reduce((sum, [fx, fy, phase]) => sum + 5 * Math.sin(2 * Math.PI * (fx * x + fy * y + phase)), 128);
}

function cut(look: (x: number, y: number) => number, x: number, y: number, size: number, angle: number): PhotoFeatures {
  const patches = new Uint8Array(4096);
  const s = (6 * size) / 64;
  for (let v = 0; v < 64; v++) {
    for (let u = 0; u < 64; u++) {
      const du = (u - 31.5) * s;
      const dv = (v - 31.5) * s;
      patches[v * 64 + u] = Math.round(
        look(x + Math.cos(angle) * du - Math.sin(angle) * dv, y + Math.sin(angle) * du + Math.cos(angle) * dv),
      );
    }
  }
  const one = (value: number): Float32Array => Float32Array.of(value);
  return {
    keypoints: {
      count: 1,
      x: one(x),
      y: one(y),
      size: one(size),
      angle: one(angle),
      response: one(1),
      octave: new Int16Array(1),
      location: new Uint32Array(1),
    },
    patchScale: 6,
    descriptors: new Float32Array(128),
    descriptorLength: 128,
    patches,
    pixelHash: '',
  };
}

const pair = { index1: [0], index2: [0] };

describe('refineMatches', () => {
  it('finds the true place to 0.05 px under rotation, scale, detector jitter and a change of contrast', () => {
    const random = createRandom(3);
    for (let trial = 0; trial < 40; trial++) {
      const look1 = texture(trial);
      const turn = 0.4 * random.normal();
      const scale = 1 + 0.15 * random.normal();
      const h: Matrix3 = [
        scale * Math.cos(turn), -scale * Math.sin(turn), 40,
        scale * Math.sin(turn), scale * Math.cos(turn), -15,
        1e-5, -2e-5, 1,
      ]; // prettier-ignore
      const inverse = (x: number, y: number): [number, number] => {
        // Newton on the forward map: exact enough for a texture.
        let [px, py] = [x, y];
        for (let k = 0; k < 30; k++) {
          const [fx, fy] = transformPoint(h, px, py);
          px += (Math.cos(turn) * (x - fx) + Math.sin(turn) * (y - fy)) / scale;
          py += (-Math.sin(turn) * (x - fx) + Math.cos(turn) * (y - fy)) / scale;
        }
        return [px, py];
      };
      const look2 = (x: number, y: number): number => 30 + 0.6 * look1(...inverse(x, y));
      const [x2, y2] = transformPoint(h, 100, 120);
      const jitter = [0.7 * random.normal(), 0.7 * random.normal()];
      const first = cut(look1, 100, 120, 5, 0.3);
      const second = cut(look2, x2 + jitter[0], y2 + jitter[1], 5.4 * scale, 0.3 + turn + 0.1 * random.normal());
      const {
        offset2: [dx, dy],
      } = refineMatches(first, second, pair, h, options);
      expect(Math.hypot(dx + jitter[0], dy + jitter[1])).toBeLessThan(0.05);
    }
  });

  it('finds place and affinity of a slanted surface without being told of it', () => {
    const random = createRandom(5);
    for (let trial = 0; trial < 40; trial++) {
      const look1 = texture(100 + trial);
      const [a, b, c, d] = [0.75 + 0.1 * random.normal(), 0.1 * random.normal(), 0.1 * random.normal(), 1.1];
      const determinant = a * d - b * c;
      const look2 = (x: number, y: number): number => {
        const [u, v] = [x - 300, y - 200];
        return 20 + 0.7 * look1(100 + (d * u - b * v) / determinant, 120 + (a * v - c * u) / determinant);
      };
      const jitter = [0.5 * random.normal(), 0.5 * random.normal()];
      const first = cut(look1, 100, 120, 5, 0.3);
      const second = cut(
        look2,
        300 + jitter[0],
        200 + jitter[1],
        5 * Math.sqrt(determinant),
        0.3 + 0.05 * random.normal(),
      );
      const { offset2, affinity } = refineMatches(first, second, pair, null, options);
      expect(Math.hypot(offset2[0] + jitter[0], offset2[1] + jitter[1])).toBeLessThan(0.05);
      [a, b, c, d].forEach((element, k) => expect(Math.abs(affinity[k] - element)).toBeLessThan(0.02));
    }
  });

  it('leaves unlike patches and a lone edge where they were', () => {
    const unlike = refineMatches(
      cut(texture(1), 50, 50, 5, 0),
      cut(texture(2), 50, 50, 5, 0),
      pair,
      [1, 0, 0, 0, 1, 0, 0, 0, 1],
      options,
    );
    expect([...unlike.offset2]).toEqual([0, 0]);
    const edge = (x: number): number => 128 + 100 * Math.tanh((x - 50) / 2);
    const slid = refineMatches(
      cut(edge, 50, 50, 5, 0),
      cut(edge, 50.5, 52, 5, 0),
      pair,
      [1, 0, 0, 0, 1, 0, 0, 0, 1],
      options,
    );
    expect([...slid.offset2]).toEqual([0, 0]);
  });
});
