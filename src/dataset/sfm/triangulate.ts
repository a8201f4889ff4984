import { choleskyFactor, choleskySubstitute } from '../../math/cholesky.ts';
import { normalisedFromPixel, pixelFromNormalised } from './camera.ts';
import { type PosedPhoto, toCamera, type Vector3 } from './model.ts';

/** Where a photo saw a place, px. */
export interface Sighting {
  readonly photo: PosedPhoto;
  readonly x: number;
  readonly y: number;
}

const steps = 8;

export interface TriangulatedPlace {
  readonly position: Vector3;
  /** Distance (px) from where the place projects to where it was seen, in the worst sighting, and which that is. */
  readonly largestError: number;
  readonly worst: number;
}

/**
 * The place that projects nearest to where at least two photos saw it: least squares on the pixels by Gauss and Newton,
 * from the place nearest to all rays.
 * @returns null where the rays do not determine it or it lies behind a camera
 */
export function triangulate(sightings: readonly Sighting[]): TriangulatedPlace | null {
  let position = nearestToRays(sightings);
  for (let step = 0; step < steps && position !== null; step++) position = refine(sightings, position);
  if (position === null) return null;
  const errors: number[] = [];
  for (const { photo, x, y } of sightings) {
    const [X, Y, Z] = toCamera(photo, ...position);
    if (!(Z > 0)) return null;
    const seen = pixelFromNormalised(photo.camera, X / Z, Y / Z);
    errors.push(Math.hypot(seen.x - x, seen.y - y));
  }
  const largestError = Math.max(...errors);
  return { position, largestError, worst: errors.indexOf(largestError) };
}

/** The least-squares solution of (I − d dᵀ)(X − centre) = 0 over all rays, d their directions. */
function nearestToRays(sightings: readonly Sighting[]): Vector3 | null {
  const normal = new Float64Array(9);
  const right = new Float64Array(3);
  for (const { photo, x, y } of sightings) {
    const { R, t } = photo;
    const [u, v] = normalisedFromPixel(photo.camera, x, y);
    const length = Math.hypot(u, v, 1);
    const d = [0, 1, 2].map((i) => (R[i] * u + R[3 + i] * v + R[6 + i]) / length);
    const centre = [0, 1, 2].map((i) => -(R[i] * t[0] + R[3 + i] * t[1] + R[6 + i] * t[2]));
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const m = (i === j ? 1 : 0) - d[i] * d[j];
        normal[3 * i + j] += m;
        right[i] += m * centre[j];
      }
    }
  }
  return solve3(normal, right);
}

function refine(sightings: readonly Sighting[], position: Vector3): Vector3 | null {
  const normal = new Float64Array(9);
  const right = new Float64Array(3);
  for (const { photo, x, y } of sightings) {
    const { R, camera } = photo;
    const [X, Y, Z] = toCamera(photo, ...position);
    if (!(Z > 0)) return null;
    const [u, v] = [X / Z, Y / Z];
    const seen = pixelFromNormalised(camera, u, v);
    const [a, b, c, d] = seen.derivative;
    const rows = [0, 1, 2].map((i) => {
      const du = (R[i] - u * R[6 + i]) / Z;
      const dv = (R[3 + i] - v * R[6 + i]) / Z;
      return [a * du + b * dv, c * du + d * dv] as const;
    });
    const error = [x - seen.x, y - seen.y];
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) normal[3 * i + j] += rows[i][0] * rows[j][0] + rows[i][1] * rows[j][1];
      right[i] += rows[i][0] * error[0] + rows[i][1] * error[1];
    }
  }
  const step = solve3(normal, right);
  return step && [position[0] + step[0], position[1] + step[1], position[2] + step[2]];
}

function solve3(normal: Float64Array, right: Float64Array): Vector3 | null {
  if (!choleskyFactor(normal, 3)) return null;
  choleskySubstitute(normal, 3, right);
  return right.every(Number.isFinite) ? [right[0], right[1], right[2]] : null;
}
