import { DataError } from '../../errors.ts';
import { rotationFromQuaternion } from '../../math/rotation.ts';
import type { SfmCamera } from './camera.ts';
import type { PosedPhoto, SfmModel, Vector3 } from './model.ts';

/** What stands in COLMAP's files, before the references between them are followed. */
export interface ColmapRecords {
  readonly cameras: ReadonlyMap<number, SfmCamera>;
  readonly images: readonly ColmapImage[];
  readonly points: readonly ColmapPoint[];
}

export interface ColmapImage {
  readonly name: string;
  readonly cameraId: number;
  /** Unit quaternion (w, x, y, z) and translation: camera from world. */
  readonly rotation: readonly [number, number, number, number];
  readonly translation: Vector3;
  /** Pixels as COLMAP counts them (first centre at 0.5), and the number of the point or −1. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly pointId: Float64Array;
}

export interface ColmapPoint {
  readonly id: number;
  readonly position: Vector3;
}

/**
 * Joins COLMAP's tables.
 * @param folder for errors
 * @throws DataError where an image names a camera or a point that is not there
 */
export function joinRecords({ cameras, images, points }: ColmapRecords, folder: string): SfmModel {
  const indexOfPoint = new Map(points.map(({ id }, index) => [id, index]));
  const photos = images.map((image): PosedPhoto => {
    const camera = cameras.get(image.cameraId);
    if (camera === undefined) {
      throw new DataError(
        `${folder}: the photo ${image.name} has camera ${image.cameraId}, which is not among the model's ` +
          `${cameras.size} cameras: are these files of one model?`,
      );
    }
    const seen = [...image.pointId.keys()].filter((i) => image.pointId[i] >= 0);
    const missing = seen.find((i) => !indexOfPoint.has(image.pointId[i]));
    if (missing !== undefined) {
      throw new DataError(
        `${folder}: the photo ${image.name} sees point ${image.pointId[missing]}, which is not among the model's ` +
          `${points.length} points: are these files of one model?`,
      );
    }
    return {
      name: image.name,
      camera,
      R: rotationFromQuaternion(...unit(image.rotation)),
      t: image.translation,
      observations: {
        // COLMAP's first pixel has its centre at (0.5, 0.5).
        x: Float64Array.from(seen, (i) => image.x[i] - 0.5),
        y: Float64Array.from(seen, (i) => image.y[i] - 0.5),
        point: Uint32Array.from(seen, (i) => indexOfPoint.get(image.pointId[i])!),
      },
    };
  });
  return {
    photos: photos.sort((a, b) => (a.name < b.name ? -1 : 1)),
    points: { count: points.length, position: Float64Array.from(points.flatMap(({ position }) => position)) },
  };
}

/** COLMAP's text format rounds. */
function unit([w, x, y, z]: ColmapImage['rotation']): [number, number, number, number] {
  const length = Math.hypot(w, x, y, z);
  return [w / length, x / length, y / length, z / length];
}
