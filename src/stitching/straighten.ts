import { symmetricEigen } from '../math/eigen.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { multiply3, transpose3 } from '../math/matrix3.ts';
import { cross3 } from '../math/vector3.ts';
import type { PhotoInfo } from '../image/image.ts';
import type { RotationCamera } from './cameras.ts';

type Vector3 = readonly [number, number, number];

/**
 * Turns the panorama frame so that y points down along gravity and z towards the middle of the panorama ("wave correction";
 * Brown & Lowe, "Automatic Panoramic Image Stitching using Invariant Features", IJCV 2007, §5): photographers
 * seldom roll the camera, so the cameras' x axes lie in the horizontal plane. Where they hardly spread (few photos, one column),
 * that plane is undecided, and the mean of the cameras' own down axes decides.
 */
export function straighten(cameras: readonly RotationCamera[], photos: readonly PhotoInfo[]): RotationCamera[] {
  const down = downDirection(cameras);
  const level = frameWithDown(down);
  const heading = middleHeading(cameras, photos, level);
  const [s, c] = [Math.sin(heading), Math.cos(heading)];
  // Rows: the new x, y, z axes in the level frame.
  const turn: Matrix3 = [c, 0, -s, 0, 1, 0, s, 0, c];
  const panoramaFromNew = transpose3(multiply3(turn, level));
  return cameras.map((camera) => ({ ...camera, R: multiply3(camera.R, panoramaFromNew) }));
}

/** How much a camera's own down axis counts against its x axis; small, as photos look up and down but are not rolled. */
const DOWN_WEIGHT = 0.02;

/** Gravity in the panorama frame: minimises Σ (xᵢ·d)² − 2 λ Σ yᵢ·d over unit vectors d. */
function downDirection(cameras: readonly RotationCamera[]): Vector3 {
  const scatter = new Float64Array(9);
  const mean = [0, 0, 0];
  for (const { R } of cameras) {
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) scatter[3 * i + j] += R[i] * R[j];
      mean[i] += R[3 + i];
    }
  }
  const n = cameras.length;
  const { values, vectors } = symmetricEigen(scatter, 3);
  const g = [0, 1, 2].map((k) => {
    const v = vectors.subarray(3 * k, 3 * k + 3);
    return DOWN_WEIGHT * (v[0] * mean[0] + v[1] * mean[1] + v[2] * mean[2]);
  });
  // Stationary points are d = (A + μ I)⁻¹ λ Σ y with |d| = 1; the minimum has μ > −smallest eigenvalue.
  const length = (mu: number): number => Math.hypot(...g.map((b, k) => b / (values[k] + mu)));
  let low = -values[0] + 1e-12 * n;
  let high = -values[0] + 2 * n + 1;
  if (length(low) < 1) return signed(vectors.subarray(0, 3), mean);
  for (let i = 0; i < 100; i++) {
    const mid = (low + high) / 2;
    if (length(mid) > 1) low = mid;
    else high = mid;
  }
  const d = [0, 0, 0];
  for (let k = 0; k < 3; k++) for (let i = 0; i < 3; i++) d[i] += (g[k] / (values[k] + low)) * vectors[3 * k + i];
  return normalise(d);
}

function signed(v: ArrayLike<number>, like: readonly number[]): Vector3 {
  const sign = v[0] * like[0] + v[1] * like[1] + v[2] * like[2] < 0 ? -1 : 1;
  return normalise([sign * v[0], sign * v[1], sign * v[2]]);
}

function normalise(v: readonly number[]): Vector3 {
  const n = Math.hypot(v[0], v[1], v[2]);
  return [v[0] / n, v[1] / n, v[2] / n];
}

/** A rotation whose second row is `down`: level frame from panorama frame. */
function frameWithDown(down: Vector3): Matrix3 {
  const helper: Vector3 = Math.abs(down[2]) < 0.9 ? [0, 0, 1] : [1, 0, 0];
  const x = normalise(cross3(down, helper));
  return [...x, ...down, ...cross3(x, down)] as unknown as Matrix3;
}

/** Heading (atan2(x, z) in the level frame) of the middle: opposite the middle of the widest gap between what the photos cover. */
function middleHeading(cameras: readonly RotationCamera[], photos: readonly PhotoInfo[], level: Matrix3): number {
  const spans = cameras.map((camera) => {
    const z = camera.R.slice(6, 9);
    const x = level[0] * z[0] + level[1] * z[1] + level[2] * z[2];
    const depth = level[6] * z[0] + level[7] * z[1] + level[8] * z[2];
    const half = Math.atan(photos[camera.photo].width / 2 / camera.focal);
    const centre = Math.atan2(x, depth);
    return { from: centre - half, to: centre + half, centre };
  });
  const turn = 2 * Math.PI;
  const wrap = (a: number): number => a - turn * Math.floor(a / turn);
  let best = { gap: -Infinity, middle: 0 };
  for (const { to } of spans) {
    // The gap after this photo: how far until the next photo begins; negative where one overlaps its end.
    const gap = Math.min(
      ...spans.map((s) => (wrap(to - s.from) <= s.to - s.from && s.to !== to ? -wrap(s.to - to) : wrap(s.from - to))),
    );
    if (gap > best.gap + 1e-9) best = { gap, middle: to + gap / 2 };
  }
  // All round: nothing is the middle; the first photo is as good as any and does not depend on rounding.
  if (best.gap <= 0) return spans[0].centre;
  return best.middle + Math.PI;
}
