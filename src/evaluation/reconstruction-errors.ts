import { centreOf, type Vector3 } from '../dataset/sfm/model.ts';
import { type Matrix3, multiply3, transpose3 } from '../math/matrix3.ts';
import { median } from '../math/median.ts';
import { angleBetweenRotations, rotationFromCorrelation } from '../math/rotation.ts';

/** Where a photo was taken from: X_camera = R X_world + t. */
export interface NamedPose {
  readonly name: string;
  readonly R: Matrix3;
  readonly t: Vector3;
}

export interface ReconstructionErrors {
  /** Of the reconstructed photos, how many have a true pose. */
  readonly photos: number;
  /** Median over their pairs of the angle between the true and the found relative rotation, degrees; NaN for fewer than two. */
  readonly rotationDegrees: number;
  /**
   * Median distance of the true and the found positions once the found are moved, turned and scaled to lie best on the true, % of the
   * diagonal of the box around all true positions; NaN for fewer than three.
   */
  readonly positionPct: number;
}

/** How far the cameras of a reconstruction, whose world is its own, are from the true ones. */
export function reconstructionErrors(truth: readonly NamedPose[], found: readonly NamedPose[]): ReconstructionErrors {
  const trueOf = new Map(truth.map((pose) => [pose.name, pose]));
  const pairs = found.flatMap((pose) => {
    const known = trueOf.get(pose.name);
    return known === undefined ? [] : [{ known, pose }];
  });
  const turns = pairs.flatMap((q, i) =>
    pairs.slice(0, i).map((p) => {
      const error = angleBetweenRotations(relative(p.known, q.known), relative(p.pose, q.pose));
      return (180 / Math.PI) * error;
    }),
  );
  const distances = fittedDistances(
    pairs.map(({ known }) => centreOf(known)),
    pairs.map(({ pose }) => centreOf(pose)),
  );
  return {
    photos: pairs.length,
    rotationDegrees: median(turns),
    positionPct: pairs.length < 3 ? NaN : (100 * median(distances)) / boxDiagonal(truth.map(centreOf)),
  };
}

const relative = (a: NamedPose, b: NamedPose): Matrix3 => multiply3(b.R, transpose3(a.R));

function boxDiagonal(points: readonly Vector3[]): number {
  const sides = [0, 1, 2].map((axis) => {
    const values = points.map((point) => point[axis]);
    return Math.max(...values) - Math.min(...values);
  });
  return Math.hypot(...sides);
}

/**
 * Distances of the points b from the points a under the similarity a → s R a + t that makes their squares least (Umeyama, "Least-squares
 * estimation of transformation parameters between two point patterns", 1991; the rotation by Horn 1987).
 */
function fittedDistances(b: readonly Vector3[], a: readonly Vector3[]): number[] {
  const [fromA, fromB] = [aboutMean(a), aboutMean(b)];
  const correlation = [0, 1, 2].flatMap((i) =>
    [0, 1, 2].map((j) => fromA.reduce((sum, point, n) => sum + point[i] * fromB[n][j], 0)),
  );
  const R = rotationFromCorrelation(correlation);
  const turned = fromA.map(([x, y, z]): Vector3 => [
    R[0] * x + R[1] * y + R[2] * z,
    R[3] * x + R[4] * y + R[5] * z,
    R[6] * x + R[7] * y + R[8] * z,
  ]);
  const scale = sumOfProducts(fromB, turned) / sumOfProducts(fromA, fromA);
  return turned.map((point, n) => Math.hypot(...point.map((value, axis) => fromB[n][axis] - scale * value)));
}

function aboutMean(points: readonly Vector3[]): Vector3[] {
  const mean = [0, 1, 2].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
  return points.map(([x, y, z]) => [x - mean[0], y - mean[1], z - mean[2]]);
}

function sumOfProducts(a: readonly Vector3[], b: readonly Vector3[]): number {
  return a.reduce((sum, [x, y, z], n) => sum + x * b[n][0] + y * b[n][1] + z * b[n][2], 0);
}
