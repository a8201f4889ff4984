import type { Matrix3 } from '../../math/matrix3.ts';
import type { SfmCamera } from './camera.ts';

export type Vector3 = readonly [number, number, number];

/** What structure from motion found out: posed photos and the places they saw. Pixel (0, 0) is the centre of the first. */
export interface SfmModel {
  /** In the order of their names. */
  readonly photos: readonly PosedPhoto[];
  readonly points: SparsePoints;
}

export interface PosedPhoto {
  /** As the reconstruction names it: relative to its folder of photos. */
  readonly name: string;
  readonly camera: SfmCamera;
  /** x_camera = R x_world + t; x right, y down, z forward. */
  readonly R: Matrix3;
  readonly t: Vector3;
  /** What of `points` was seen in this photo. */
  readonly observations: Observations;
}

/** Sparse points seen in one photo. */
export interface Observations {
  /** Where, px. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Indices of points. */
  readonly point: Uint32Array;
}

/** Places in the world, three numbers each. */
export interface SparsePoints {
  readonly count: number;
  readonly position: Float64Array;
}

/** Where a camera stands: −Rᵀ t. */
export function centreOf({ R, t }: Pick<PosedPhoto, 'R' | 't'>): Vector3 {
  return [
    -(R[0] * t[0] + R[3] * t[1] + R[6] * t[2]),
    -(R[1] * t[0] + R[4] * t[1] + R[7] * t[2]),
    -(R[2] * t[0] + R[5] * t[1] + R[8] * t[2]),
  ];
}

/** R x + t. */
export function toCamera({ R, t }: Pick<PosedPhoto, 'R' | 't'>, x: number, y: number, z: number): Vector3 {
  return [
    R[0] * x + R[1] * y + R[2] * z + t[0],
    R[3] * x + R[4] * y + R[5] * z + t[1],
    R[6] * x + R[7] * y + R[8] * z + t[2],
  ];
}

/** The photo as if it had been resized: x' = (x + 0.5)·s − 0.5 along each axis. */
export function resizePhoto(photo: PosedPhoto, width: number, height: number): PosedPhoto {
  const { camera, observations } = photo;
  const [sx, sy] = [width / camera.width, height / camera.height];
  const resizedX = (x: number): number => (x + 0.5) * sx - 0.5;
  const resizedY = (y: number): number => (y + 0.5) * sy - 0.5;
  return {
    ...photo,
    camera: {
      ...camera,
      width,
      height,
      fx: camera.fx * sx,
      fy: camera.fy * sy,
      cx: resizedX(camera.cx),
      cy: resizedY(camera.cy),
    },
    observations: { ...observations, x: observations.x.map(resizedX), y: observations.y.map(resizedY) },
  };
}
