import type { PhotoSize } from '../geometry/plane-pairs.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { multiply3, transformPoint } from '../math/matrix3.ts';

/** A view of a photo from the side, far away: turned by `direction` radians, then squeezed by `tilt` along x. */
export interface SimulatedView {
  /** 1 is the photo itself. */
  readonly tilt: number;
  readonly direction: number;
}

/**
 * Tilts and directions so dense that between the views of two photos any pair of viewpoints is nearly met, up to a tilt of 16 from one to the
 * other (Morel & Yu, "ASIFT: a new framework for fully affine invariant image comparison", SIAM J. Imaging Sciences 2009). The areas of all
 * views together are six times that of the photo.
 */
export function simulatedViews(tilts: readonly number[] = [1, 2, 4]): SimulatedView[] {
  return tilts.flatMap((tilt) => {
    const count = tilt === 1 ? 1 : Math.round((Math.PI * tilt) / directionStep);
    return Array.from({ length: count }, (_, i) => ({ tilt, direction: (i * Math.PI) / count }));
  });
}

/** Radians between directions at a tilt of 1: 72°, as ASIFT. */
const directionStep = (72 * Math.PI) / 180;

/** Where a view shows what: the whole photo fits into it. */
export interface ViewFrame extends PhotoSize {
  readonly viewFromPhoto: Matrix3;
}

export function viewFrame({ tilt, direction }: SimulatedView, photo: PhotoSize): ViewFrame {
  const [cos, sin] = [Math.cos(direction), Math.sin(direction)];
  return frameAround([cos / tilt, sin / tilt, 0, -sin, cos, 0, 0, 0, 1], photo);
}

/** Moves what a homography shows of a photo to where pixels begin; the photo must lie in front of its horizon. */
function frameAround(h: Matrix3, { width, height }: PhotoSize): ViewFrame {
  const corners = [
    [-0.5, -0.5],
    [width - 0.5, -0.5],
    [-0.5, height - 0.5],
    [width - 0.5, height - 0.5],
  ].map(([x, y]) => transformPoint(h, x, y));
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return {
    viewFromPhoto: multiply3([1, 0, -0.5 - left, 0, 1, -0.5 - top, 0, 0, 1], h),
    width: Math.max(1, Math.ceil(Math.max(...xs) - left)),
    height: Math.max(1, Math.ceil(Math.max(...ys) - top)),
  };
}
