import { describe, expect, it } from 'vitest';
import { multiply3, transpose3 } from '../../../src/math/matrix3.ts';
import { angleBetweenRotations, rotationFromVector } from '../../../src/math/rotation.ts';
import type { RotationCamera } from '../../../src/stitching/cameras.ts';
import { straighten } from '../../../src/stitching/straighten.ts';
import { degrees, lookAt, photoInfo } from './synthetic-graph.ts';

const tilt = rotationFromVector(0.3, 1.1, -0.4);

/** Level cameras as an arbitrary frame sees them. */
function tilted(directions: readonly (readonly [number, number])[], focal = 1000): RotationCamera[] {
  return directions.map(([heading, pitch], photo) => ({
    photo,
    focal,
    cx: 499.5,
    cy: 374.5,
    k1: 0,
    k2: 0,
    R: multiply3(lookAt(heading * degrees, pitch * degrees, 0), tilt),
  }));
}

const photos = Array.from({ length: 16 }, (_, i) => photoInfo(`p${i}`, 1000, 750));
const heading = ({ R }: RotationCamera): number => Math.atan2(R[6], R[8]) / degrees;
/** Degrees between a camera's right axis and the horizontal plane. */
const roll = ({ R }: RotationCamera): number => Math.asin(Math.abs(R[1])) / degrees;

describe('straighten', () => {
  it('levels one row and puts its middle ahead', () => {
    const cameras = straighten(
      tilted([
        [200, 0],
        [230, 0],
        [260, 0],
        [290, 0],
      ]),
      photos,
    );
    for (const camera of cameras) expect(roll(camera)).toBeLessThan(0.1);
    expect(cameras.map(heading).map(Math.round)).toEqual([-45, -15, 15, 45]);
  });

  it('levels rows that look up and down', () => {
    const rows = [-20, 15, 50].flatMap((pitch) => [0, 35, 70].map((h) => [h, pitch] as const));
    for (const camera of straighten(tilted(rows), photos)) expect(roll(camera)).toBeLessThan(1.5);
  });

  it('keeps a single column upright', () => {
    const cameras = straighten(
      tilted([
        [0, -25],
        [0, 0],
        [0, 25],
      ]),
      photos,
    );
    for (const camera of cameras) {
      expect(roll(camera)).toBeLessThan(0.1);
      expect(Math.abs(heading(camera))).toBeLessThan(0.1);
    }
    expect(cameras[1].R[4]).toBeGreaterThan(0.999);
  });

  it('has y down in a full circle, and changes no relative rotation', () => {
    const before = tilted(Array.from({ length: 12 }, (_, i) => [30 * i, 0]));
    const after = straighten(before, photos);
    after.forEach((camera, i) => {
      expect(camera.R[4]).toBeGreaterThan(0.999);
      const was = multiply3(before[i].R, transpose3(before[0].R));
      const is = multiply3(camera.R, transpose3(after[0].R));
      expect(angleBetweenRotations(is, was)).toBeLessThan(1e-9);
    });
  });
});
