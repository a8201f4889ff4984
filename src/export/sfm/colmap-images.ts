import type { Database } from 'node-sqlite3-wasm';
import { DataError, UsageError } from '../../errors.ts';
import type { SfmFeatures, SfmPhoto } from '../../scene/sfm-set.ts';
import { keypointColumns } from './colmap-features.ts';
import { type ColmapRow, countIn, numbersIn } from './colmap-values.ts';

/** An image of a database with the camera that it refers to, and how many keypoints it has. */
export interface ColmapImage {
  readonly id: number;
  readonly name: string;
  readonly cameraId: number;
  /** Px, of the camera. */
  readonly width: number;
  readonly height: number;
  readonly keypointCount: number;
  /** Values a keypoint; 0 where the image has no keypoints. */
  readonly keypointColumns: number;
}

const query = `
  SELECT image_id, name, camera_id, width, height, keypoints.rows, keypoints.cols
  FROM images LEFT JOIN cameras USING (camera_id) LEFT JOIN keypoints USING (image_id) ORDER BY image_id`;

/**
 * The images of a database in the order of their ids.
 * @throws DataError where one has no camera or no name
 */
export function readColmapImages(db: Database, path: string): ColmapImage[] {
  return (db.all(query) as ColmapRow[]).map((row): ColmapImage => {
    const where = `${path}: image ${row.image_id}`;
    if (typeof row.name !== 'string' || row.name === '') throw new DataError(`${where} has no name.`);
    if (row.width === null)
      throw new DataError(`${where} (${row.name}) has camera ${row.camera_id}, which is not there.`);
    return {
      id: countIn(row, 'image_id', where),
      name: row.name,
      cameraId: countIn(row, 'camera_id', where),
      width: countIn(row, 'width', where),
      height: countIn(row, 'height', where),
      keypointCount: row.rows === null ? 0 : countIn(row, 'rows', where),
      keypointColumns: row.cols === null ? 0 : countIn(row, 'cols', where),
    };
  });
}

/**
 * Which photo each image of a database is: its index.
 * @throws UsageError, naming the image, where one is no photo of the set or has another size
 */
export function photosOfImages(
  images: readonly ColmapImage[],
  photos: readonly SfmPhoto[],
  path: string,
): Map<number, ColmapImage> {
  const indexOf = new Map(photos.map(({ name }, index) => [name, index]));
  return new Map(
    images.map((image) => {
      const index = indexOf.get(image.name);
      if (index === undefined) {
        throw foreign(path, `its image "${image.name}" is none of the ${photos.length} photos`);
      }
      const { width, height } = photos[index];
      if (width !== image.width || height !== image.height) {
        const sizes = `${image.width}×${image.height} px but the photo is ${width}×${height}`;
        throw foreign(path, `its image "${image.name}" has a camera of ${sizes}`);
      }
      return [index, image];
    }),
  );
}

/**
 * Checks that matches of an image still mean the same keypoints: those that were detected come first, with the sizes and angles they had. Their
 * places may have changed, and so may what other photos led to.
 * @param ours rows of the photo's keypoints (`keypointRows`)
 * @throws UsageError, naming the image; DataError where the database is damaged
 */
export function requireSameKeypoints(
  db: Database,
  image: ColmapImage,
  { count, detected }: SfmFeatures,
  ours: Float32Array,
  path: string,
): void {
  const { id, name, keypointCount, keypointColumns: columns } = image;
  const isOther = detected === undefined ? keypointCount !== count : keypointCount < detected;
  if (isOther || columns !== keypointColumns) {
    const found = columns === keypointColumns ? `${keypointCount} keypoints` : `keypoints of ${columns} columns`;
    throw foreign(path, `its image "${name}" has ${found} but the photo has ${count}`);
  }
  const row = (db.get('SELECT data FROM keypoints WHERE image_id = ?', id) ?? {}) as ColmapRow;
  const known = numbersIn(Float32Array, row, 'data', keypointCount * columns, `${path}: keypoints of ${name}`);
  for (let k = 0; k < (detected ?? count) * columns; k++) {
    const isPlace = k % columns < 2;
    if (!isPlace && known[k] !== ours[k]) throw foreign(path, `its image "${name}" has other keypoints than the photo`);
  }
}

function foreign(path: string, why: string): UsageError {
  return new UsageError(
    `${path}: cannot add to this database, as ${why}: it was made from other photos, by another program or with other ` +
      'options. It is unchanged. Give the name of a new file, or remove this one.',
  );
}
