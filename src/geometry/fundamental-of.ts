import type { Matrix3 } from '../math/matrix3.ts';
import type { FoundGeometry } from './pair-geometry.ts';
import { fundamentalFromEssential } from './pinhole.ts';

/** The fundamental matrix of photos whose camera moved, px: x2ᵀ F x1 = 0; null of those that one homography explains. */
export function fundamentalOf(geometry: FoundGeometry): Matrix3 | null {
  switch (geometry.kind) {
    case 'homography':
      return null;
    case 'fundamental':
      return geometry.matrix;
    case 'essential':
      return fundamentalFromEssential(geometry.matrix, geometry.camera1, geometry.camera2);
  }
}
