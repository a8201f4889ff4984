import { bFromA } from '../../dataset/sfm/relative-pose.ts';
import { identity3, invert3, transpose3, type Matrix3 } from '../../math/matrix3.ts';
import { quaternionFromRotation } from '../../math/rotation.ts';
import type { SfmGeometry } from '../../scene/sfm-set.ts';
import { fundamentalToColmap, homographyToColmap } from './colmap-pixels.ts';

/** COLMAP's `TwoViewGeometry::ConfigurationType`, as far as it is written. */
export const colmapConfigs = {
  degenerate: 1,
  calibrated: 2,
  uncalibrated: 3,
  planar: 4,
  panoramic: 5,
  flat: 6,
} as const;

/** Columns of `two_view_geometries`; null where not known. */
export interface GeometryColumns {
  readonly config: number;
  readonly F: Matrix3 | null;
  readonly E: Matrix3 | null;
  readonly H: Matrix3 | null;
  /** Camera 2 from camera 1: unit quaternion (w, x, y, z) and translation. */
  readonly qvec: readonly number[] | null;
  readonly tvec: readonly number[] | null;
}

const unset = { F: null, E: null, H: null, qvec: null, tvec: null };

/**
 * What COLMAP keeps of a geometry.
 * @param isSwapped whether photo b is COLMAP's first image, so that everything has to lead the other way
 */
export function geometryColumns(geometry: SfmGeometry | null, isSwapped: boolean): GeometryColumns {
  if (geometry === null) return { ...unset, config: colmapConfigs.degenerate };
  const config = colmapConfigs[geometry.kind];
  const turned = isSwapped ? swapped(geometry) : geometry;
  switch (turned.kind) {
    case 'planar':
    case 'panoramic':
    case 'flat':
      return { ...unset, config, H: homographyToColmap(turned.homography) };
    case 'uncalibrated':
      return { ...unset, config, F: fundamentalToColmap(turned.fundamental) };
    case 'calibrated':
      return {
        ...unset,
        config,
        F: fundamentalToColmap(turned.fundamental),
        E: turned.essential,
        qvec: quaternionFromRotation(turned.R),
        tvec: turned.t,
      };
  }
}

/** The geometry of photo a from photo b. */
function swapped(geometry: SfmGeometry): SfmGeometry {
  switch (geometry.kind) {
    case 'planar':
    case 'panoramic':
    case 'flat':
      // What two photos can show has an inverse.
      return { ...geometry, homography: invert3(geometry.homography)! };
    case 'uncalibrated':
      return { ...geometry, fundamental: transpose3(geometry.fundamental) };
    case 'calibrated':
      return {
        kind: 'calibrated',
        fundamental: transpose3(geometry.fundamental),
        essential: transpose3(geometry.essential),
        ...bFromA(geometry, { R: identity3, t: [0, 0, 0] }),
      };
  }
}
