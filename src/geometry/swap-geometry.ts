import { invert3, transpose3 } from '../math/matrix3.ts';
import type { PairGeometry } from './pair-geometry.ts';

/** The same geometry of the two photos in the other order. */
export function swapGeometry(geometry: PairGeometry): PairGeometry {
  switch (geometry.kind) {
    case 'none':
      return geometry;
    case 'homography':
      // H x1 = w x2 gives H⁻¹ x2 = x1 / w: w stays positive in front of the camera. What two photos can show has an inverse.
      return { ...geometry, matrix: invert3(geometry.matrix)! };
    case 'fundamental':
      return { ...geometry, matrix: transpose3(geometry.matrix) };
    case 'essential': {
      const { R, t, camera1, camera2 } = geometry;
      const inverse = transpose3(R);
      const back = [0, 3, 6].map((row) => -(inverse[row] * t[0] + inverse[row + 1] * t[1] + inverse[row + 2] * t[2]));
      return {
        ...geometry,
        matrix: transpose3(geometry.matrix),
        camera1: camera2,
        camera2: camera1,
        R: inverse,
        t: back as unknown as readonly [number, number, number],
      };
    }
  }
}
