import { patchSide } from '../features/patches.ts';
import type { Matrix2 } from '../math/matrix2.ts';

/**
 * Px of the photo from px of a keypoint's patch.
 * @param k of the patch frame: the side of the patch in the photo is k · size
 */
export function keypointFrame(size: number, angle: number, k: number): Matrix2 {
  const scale = (k * size) / patchSide;
  const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  return [cos, -sin, sin, cos];
}
