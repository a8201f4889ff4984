/**
 * Pixels of COLMAP: the centre of the top-left pixel is (0.5, 0.5) there and (0, 0) in an `SfmSet`; x to the right and y
 * down in both. Keypoints, principal points, homographies and fundamental matrices are shifted here; essential matrices
 * and poses, of points in focal lengths from the principal points, are the same.
 */
import { type Matrix3, multiply3, transpose3 } from '../../math/matrix3.ts';
import { type SfmCameraModel, sfmCameraModels } from '../../scene/sfm-set.ts';

/** COLMAP's pixel is ours plus this, in x and y. */
export const colmapShift = 0.5;

const shift = (by: number): Matrix3 => [1, 0, by, 0, 1, by, 0, 0, 1];
const colmapFromOurs = shift(colmapShift);
const oursFromColmap = shift(-colmapShift);

/** x_b ~ H x_a in COLMAP's pixels. */
export function homographyToColmap(homography: Matrix3): Matrix3 {
  return multiply3(multiply3(colmapFromOurs, homography), oursFromColmap);
}

export function homographyFromColmap(homography: Matrix3): Matrix3 {
  return multiply3(multiply3(oursFromColmap, homography), colmapFromOurs);
}

/** x_bᵀ F x_a = 0 in COLMAP's pixels. */
export function fundamentalToColmap(fundamental: Matrix3): Matrix3 {
  return multiply3(multiply3(transpose3(oursFromColmap), fundamental), oursFromColmap);
}

export function fundamentalFromColmap(fundamental: Matrix3): Matrix3 {
  return multiply3(multiply3(transpose3(colmapFromOurs), fundamental), colmapFromOurs);
}

export function cameraParamsToColmap(model: SfmCameraModel, params: readonly number[]): number[] {
  return movePrincipalPoint(model, params, colmapShift);
}

export function cameraParamsFromColmap(model: SfmCameraModel, params: readonly number[]): number[] {
  return movePrincipalPoint(model, params, -colmapShift);
}

function movePrincipalPoint(model: SfmCameraModel, params: readonly number[], by: number): number[] {
  const names: readonly string[] = sfmCameraModels[model];
  return params.map((value, i) => (names[i] === 'cx' || names[i] === 'cy' ? value + by : value));
}
