import { invert3, type Matrix3, transpose3, unitMatrix3 } from '../../../src/math/matrix3.ts';
import type { SfmGeometry } from '../../../src/scene/sfm-set.ts';

/**
 * How far apart two geometries of one photo pair are: the largest difference of their matrices, whatever sign and scale.
 * @param isTurned whether the first is of the photos in the other order
 */
export function matrixDistance(one: SfmGeometry, other: SfmGeometry, isTurned: boolean): number {
  const turned = (geometry: SfmGeometry): Matrix3 =>
    'homography' in geometry ? invert3(geometry.homography)! : transpose3(geometry.fundamental);
  const plain = (geometry: SfmGeometry): Matrix3 =>
    'homography' in geometry ? geometry.homography : geometry.fundamental;
  const [a, b] = [unitMatrix3(isTurned ? turned(one) : plain(one)), unitMatrix3(plain(other))];
  const apart = (sign: number): number => Math.max(...a.map((value, i) => Math.abs(value - sign * b[i])));
  return Math.min(apart(1), apart(-1));
}
