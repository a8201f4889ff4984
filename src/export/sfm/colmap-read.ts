/** COLMAP's `database.db` as an `SfmSet`. Pixels: colmap-pixels.ts. */
import type { Database } from 'node-sqlite3-wasm';
import { unknownCameraModel } from '../../dataset/sfm/colmap-errors.ts';
import { DataError } from '../../errors.ts';
import { type SfmCamera, type SfmFeatures, sfmCameraModels, type SfmPhoto, type SfmSet } from '../../scene/sfm-set.ts';
import { featuresFromRows, isKeypointLayout, unitRows } from './colmap-features.ts';
import { type ColmapImage, readColmapImages } from './colmap-images.ts';
import { openColmapLinked, reading } from './colmap-open.ts';
import { cameraParamsFromColmap } from './colmap-pixels.ts';
import { readColmapPairs } from './colmap-read-pairs.ts';
import { colmapCameraModels, otherCameraModels, tablesOf } from './colmap-schema.ts';
import { type ColmapRow, countIn, numbersIn } from './colmap-values.ts';

/**
 * Reads a database of COLMAP 3.3 or later, whoever filled it; the file stays as it is. Photos come in the order of their
 * ids. COLMAP keeps neither how strong a keypoint is (0) nor how probable a match is (1). Where it keeps verified matches
 * without a geometry, or without a pose, these are estimated from them.
 * @returns the set, which reads from the file until it is closed; its methods throw DataErrors where it is damaged
 * @throws UsageError where there is no file; DataError where it is no database of COLMAP's, is damaged, or has a camera
 *   of a model that is not known
 */
export async function readColmapDatabase(path: string): Promise<SfmSet & { close(): void }> {
  const { db, close } = await openColmapLinked(path);
  try {
    return { ...reading(path, () => readSet(db, path)), close };
  } catch (error) {
    close();
    throw error;
  }
}

function readSet(db: Database, path: string): SfmSet {
  const cameras = readCameras(db, path);
  const images = readColmapImages(db, path);
  const indexOf = new Map([...cameras.keys()].map((id, index) => [id, index]));
  const photos = images.map(({ name, width, height, cameraId }): SfmPhoto => {
    return { name, width, height, camera: indexOf.get(cameraId)! };
  });
  const hasDescriptors = tablesOf(db).has('descriptors');
  const features = async (photo: number): Promise<SfmFeatures> =>
    reading(path, () => readFeatures(db, images[photo], hasDescriptors, path));
  const set = { cameras: [...cameras.values()], photos, features };
  return { ...set, pairs: () => readColmapPairs(db, path, images, set) };
}

/** Cameras by their ids, ascending. */
function readCameras(db: Database, path: string): Map<number, SfmCamera> {
  const rows = db.all('SELECT * FROM cameras ORDER BY camera_id') as ColmapRow[];
  return new Map(
    rows.map((row) => {
      const where = `${path}: camera ${row.camera_id}`;
      const id = countIn(row, 'camera_id', where);
      const model = colmapCameraModels[countIn(row, 'model', where)];
      if (model === undefined) {
        const other = otherCameraModels[Number(row.model) - colmapCameraModels.length];
        throw unknownCameraModel(path, id, other ?? `number ${row.model}`);
      }
      const params = numbersIn(Float64Array, row, 'params', sfmCameraModels[model].length, where);
      const camera: SfmCamera = {
        model,
        width: countIn(row, 'width', where),
        height: countIn(row, 'height', where),
        params: cameraParamsFromColmap(model, [...params]),
        isFocalKnown: countIn(row, 'prior_focal_length', where) !== 0,
      };
      return [id, camera];
    }),
  );
}

function readFeatures(db: Database, image: ColmapImage, hasDescriptors: boolean, path: string): SfmFeatures {
  const where = `${path}: keypoints of ${image.name}`;
  const { id, keypointCount: count, keypointColumns: columns } = image;
  const row = (db.get('SELECT data FROM keypoints WHERE image_id = ?', id) ?? {}) as ColmapRow;
  if (count > 0 && !isKeypointLayout(columns)) {
    throw new DataError(`${where}: expected 2, 4 or 6 columns but found ${columns}.`);
  }
  const rows = numbersIn(Float32Array, row, 'data', count * columns, where);
  const found = hasDescriptors ? db.get('SELECT * FROM descriptors WHERE image_id = ?', id) : null;
  return { ...featuresFromRows(rows, columns || 2), ...readDescriptors(found as ColmapRow | null, image, path) };
}

/** COLMAP's `FeatureExtractorType`: SIFT in bytes; learned ones (ALIKED) are 32-bit floats kept as bytes. */
const siftType = 0;
const undefinedType = -1;

function readDescriptors(
  row: ColmapRow | null,
  { name, keypointCount }: ColmapImage,
  path: string,
): Pick<SfmFeatures, 'descriptors' | 'descriptorLength'> {
  const where = `${path}: descriptors of ${name}`;
  const type = row?.type ?? siftType;
  if (row === null || type === undefinedType || countIn(row, 'rows', where) === 0) {
    return { descriptors: new Float32Array(0), descriptorLength: 0 };
  }
  const count = countIn(row, 'rows', where);
  const bytes = countIn(row, 'cols', where);
  if (count !== keypointCount) {
    throw new DataError(
      `${where}: expected one a keypoint, ${keypointCount}, but found ${count}: they are of other keypoints.`,
    );
  }
  if (type === siftType) {
    return {
      descriptors: unitRows(numbersIn(Uint8Array, row, 'data', count * bytes, where), bytes),
      descriptorLength: bytes,
    };
  }
  const length = bytes / Float32Array.BYTES_PER_ELEMENT;
  return {
    descriptors: unitRows(numbersIn(Float32Array, row, 'data', count * length, where), length),
    descriptorLength: length,
  };
}
