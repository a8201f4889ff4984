import type { Keypoints } from './keypoints.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { transformPoint } from '../math/matrix3.ts';

/** A picture's size, px. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Marks the keypoints of a view whose whole patch shows the photograph: nothing of what was filled in beyond it. Where a
 * patch leaves the view itself, the view's border pixels count, as they go on there.
 * @param photoFromView homography, w > 0 all over the view
 * @param k side of the patch in keypoint sizes
 * @returns 1 or 0 a keypoint
 */
export function patchesInside(
  { count, x, y, size, angle }: Pick<Keypoints, 'count' | 'x' | 'y' | 'size' | 'angle'>,
  k: number,
  view: Size,
  photoFromView: Matrix3,
  photo: Size,
): Uint8Array {
  const isInside = (px: number, py: number): boolean => {
    const [u, v] = [Math.min(view.width - 1, Math.max(0, px)), Math.min(view.height - 1, Math.max(0, py))];
    const [sx, sy] = transformPoint(photoFromView, u, v);
    return sx >= 0 && sy >= 0 && sx <= photo.width - 1 && sy <= photo.height - 1;
  };
  return Uint8Array.from({ length: count }, (_, i) => {
    const half = (k * size[i]) / 2;
    const [cos, sin] = [half * Math.cos(angle[i]), half * Math.sin(angle[i])];
    const corners = [
      [cos - sin, sin + cos],
      [cos + sin, sin - cos],
      [-cos + sin, -sin - cos],
      [-cos - sin, -sin + cos],
    ];
    return corners.every(([dx, dy]) => isInside(x[i] + dx, y[i] + dy)) ? 1 : 0;
  });
}
