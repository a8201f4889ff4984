import { cover, paint } from '../../../fixtures/synthetic/color.ts';
import { focalFromHorizontalFov, lookTowards, translationFromCentre } from '../../../fixtures/synthetic/camera.ts';
import { mural } from '../../../fixtures/synthetic/materials/mural.ts';
import { band } from '../../../fixtures/synthetic/noise.ts';
import { renderPlanePhoto } from '../../../fixtures/synthetic/render.ts';
import type { Material } from '../../../fixtures/synthetic/scene.ts';
import type { Image } from '../../../src/image/image.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { multiply3 } from '../../../src/math/matrix3.ts';

export const wallSize = { width: 640, height: 480 };

const radians = Math.PI / 180;
const wrap = (value: number, period: number): number => value - period * Math.floor(value / period);

/** A wall of windows, each like the others, every `width` × `height` m; without end. */
export function equalWindows(width: number, height: number): Material {
  return (u, v, footprint, out) => {
    paint(out, [0.55, 0.5, 0.42], 0.9);
    const [a, b] = [wrap(u, width) - width / 2, wrap(v, height) - height / 2];
    const [w, h] = [0.25 * width, 0.32 * height];
    const inside = (x: number, half: number): number => band(Math.abs(x), -1, half, footprint);
    const pane = inside(a, w) * inside(b, h);
    cover(out, [0.7, 0.68, 0.62], 1, inside(a, 1.15 * w) * inside(b, 1.1 * h));
    cover(out, [0.04, 0.05, 0.07], 1, pane);
    // A curtain, bars, a sill, a bell: corners and blobs for keypoints.
    cover(out, [0.3, 0.26, 0.2], 1, pane * band(a / w + 0.3 * Math.sin((3 * b) / h), -2, -0.4, footprint / w));
    cover(out, [0.8, 0.78, 0.7], 1, inside(b, h) * inside(a, 0.03 * width));
    cover(out, [0.8, 0.78, 0.7], 1, inside(a, w) * inside(b - 0.25 * h, 0.02 * height));
    cover(out, [0.5, 0.48, 0.45], 1, inside(a, 1.4 * w) * inside(b - 1.2 * h, 0.03 * height));
    cover(out, [0.45, 0.1, 0.08], 1, band(Math.hypot(a - 1.35 * w, b - 0.2 * h), -1, 0.05 * width, footprint));
    return true;
  };
}

/** A wall on which the same bills are posted again and again, every `period` m. */
export function equalBills(period: number, seed: number): Material {
  const bills = mural(5, seed);
  return (u, v, footprint, out) => bills(wrap(u, period), wrap(v, period), footprint, out);
}

/** Bills, none like another, that hang over a wall at some places: from left, top, width, height, m. */
export function withBills(
  wall: Material,
  places: readonly (readonly [number, number, number, number])[],
  seed: number,
): Material {
  const bills = mural(5, seed);
  return (u, v, footprint, out) => {
    const isOver = places.some(([x, y, width, height]) => u > x && v > y && u < x + width && v < y + height);
    return isOver ? bills(u, v, footprint, out) : wall(u, v, footprint, out);
  };
}

/** Where a camera stands that looks at place `aim` (m) of a wall from `distance` m; degrees. */
export interface WallView {
  readonly yaw: number;
  readonly pitch: number;
  readonly distance: number;
  readonly aim: readonly [number, number];
}

/** Pixel from place on the wall, m. */
export function imageFromWall({ yaw, pitch, distance, aim }: WallView): Matrix3 {
  const { width, height } = wallSize;
  const focal = focalFromHorizontalFov(width, 52 * radians);
  const R = lookTowards(yaw * radians, pitch * radians, 0);
  const centre = [aim[0] - distance * R[6], aim[1] - distance * R[7], -distance * R[8]] as const;
  const t = translationFromCentre(R, ...centre);
  const K: Matrix3 = [focal, 0, (width - 1) / 2, 0, focal, (height - 1) / 2, 0, 0, 1];
  return multiply3(K, [R[0], R[1], t[0], R[3], R[4], t[1], R[6], R[7], t[2]]);
}

/** The photo, with a sensor's noise. */
export function photographWall(wall: Material, view: WallView, seed: number): Image {
  const sensor = { exposureEv: 0.2 * (seed % 2), vignetting: 0.15, readNoise: 0.0015, shotNoise: 0.011, seed };
  return renderPlanePhoto(wall, imageFromWall(view), wallSize, sensor);
}
