import type { Database } from 'node-sqlite3-wasm';
import type { SfmCamera, SfmSet } from '../../scene/sfm-set.ts';
import { keypointColumns, keypointRows } from './colmap-features.ts';
import { photosOfImages, readColmapImages, requireSameKeypoints } from './colmap-images.ts';
import { cameraParamsToColmap } from './colmap-pixels.ts';
import { cameraSensor, colmapCameraModels, tablesOf } from './colmap-schema.ts';
import { countRows, insert, upsert } from './colmap-upsert.ts';
import { blobOf } from './colmap-values.ts';

export interface ColmapIds {
  /** COLMAP's id of each photo. */
  readonly images: readonly number[];
  /** Of images whose keypoints changed, by their ids, how many are those they were: the first. */
  readonly unmoved: ReadonlyMap<number, number>;
  /** How many of the photos were there. */
  readonly kept: number;
}

/**
 * Writes cameras, images and keypoints; of those that are there, only keypoints: their places, and all of those that no detector found.
 * @param step is told how many photos are done
 * @throws UsageError where the database is of other photos or keypoints
 */
export async function writeColmapPhotos(
  db: Database,
  path: string,
  set: SfmSet,
  step: (done: number) => void,
): Promise<ColmapIds> {
  const { cameras, photos } = set;
  const known = photosOfImages(readColmapImages(db, path), photos, path);
  const withFrames = hasFrames(db);
  const cameraIds = new Map<number, number>();
  for (const [photo, { cameraId }] of known) {
    if (!cameraIds.has(photos[photo].camera)) cameraIds.set(photos[photo].camera, cameraId);
  }
  // In their order, so that they are read back in it.
  for (const camera of new Set(photos.map((photo) => photo.camera).sort((a, b) => a - b))) {
    if (!cameraIds.has(camera)) cameraIds.set(camera, insertCamera(db, cameras[camera]));
  }
  const images: number[] = [];
  const unmoved = new Map<number, number>();
  for (const [photo, { name, camera }] of photos.entries()) {
    step(photo);
    const features = await set.features(photo);
    const rows = keypointRows(features);
    const image = known.get(photo);
    if (image !== undefined) requireSameKeypoints(db, image, features, rows, path);
    const cameraId = cameraIds.get(camera)!;
    const imageId = image?.id ?? insert(db, 'images', { name, camera_id: cameraId });
    if (image === undefined && withFrames) insertFrame(db, imageId, cameraId);
    const isChanged = upsert(db, 'keypoints', {
      image_id: imageId,
      rows: features.count,
      cols: keypointColumns,
      data: blobOf(rows),
    });
    images.push(imageId);
    if (isChanged && image !== undefined) unmoved.set(imageId, features.detected ?? features.count);
  }
  return { images, unmoved, kept: known.size };
}

function insertCamera(db: Database, { model, width, height, params, isFocalKnown }: SfmCamera): number {
  return insert(db, 'cameras', {
    model: colmapCameraModels.indexOf(model),
    width,
    height,
    params: blobOf(Float64Array.from(cameraParamsToColmap(model, params))),
    prior_focal_length: isFocalKnown ? 1 : 0,
  });
}

/** COLMAP 4 wants a frame of every image, or, in a database that an older one made, of none. */
function hasFrames(db: Database): boolean {
  if (!tablesOf(db).has('frames')) return false;
  return countRows(db, 'frames') > 0 || countRows(db, 'images') === 0;
}

/** A rig of one camera, and a frame of one image, as COLMAP makes them of photos without rigs. */
function insertFrame(db: Database, imageId: number, cameraId: number): void {
  const rig = db.get(
    `SELECT rig_id FROM rigs WHERE ref_sensor_id = ?1 AND ref_sensor_type = ?2
     UNION SELECT rig_id FROM rig_sensors WHERE sensor_id = ?1 AND sensor_type = ?2`,
    [cameraId, cameraSensor],
  );
  const rigId =
    rig === null
      ? insert(db, 'rigs', { ref_sensor_id: cameraId, ref_sensor_type: cameraSensor })
      : (rig.rig_id as number);
  const frameId = insert(db, 'frames', { rig_id: rigId });
  insert(db, 'frame_data', {
    frame_id: frameId,
    data_id: imageId,
    sensor_id: cameraId,
    sensor_type: cameraSensor,
  });
}
