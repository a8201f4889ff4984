import type { Database } from 'node-sqlite3-wasm';
import { type SfmCameraModel, sfmCameraModels } from '../../scene/sfm-set.ts';

/** Whose a new database is: COLMAP 3.8's, which any later one brings up to date, or 4.0's, with rigs and frames. */
export type ColmapSchema = '3' | '4';

/** COLMAP's number of a camera model is its place here. */
export const colmapCameraModels: readonly SfmCameraModel[] = Object.keys(sfmCameraModels) as SfmCameraModel[];

/** Models that COLMAP numbers after them, for messages. */
export const otherCameraModels: readonly string[] = [
  'OPENCV_FISHEYE',
  'FULL_OPENCV',
  'FOV',
  'SIMPLE_RADIAL_FISHEYE',
  'RADIAL_FISHEYE',
  'THIN_PRISM_FISHEYE',
  'RAD_TAN_THIN_PRISM_FISHEYE',
  'SIMPLE_DIVISION',
  'DIVISION',
  'SIMPLE_FISHEYE',
  'FISHEYE',
  'EUCM',
  'EQUIRECTANGULAR',
];

/** COLMAP's number of the sensors that are cameras. */
export const cameraSensor = 0;

const id = 'INTEGER PRIMARY KEY NOT NULL';
const newId = 'INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL';
const integer = 'INTEGER NOT NULL';
const matrixColumns = `rows ${integer}, cols ${integer}, data BLOB`;
const ofImage = 'FOREIGN KEY(image_id) REFERENCES images(image_id) ON DELETE CASCADE';
const ofRig = 'FOREIGN KEY(rig_id) REFERENCES rigs(rig_id) ON DELETE CASCADE';
const ofFrame = 'FOREIGN KEY(frame_id) REFERENCES frames(frame_id) ON DELETE CASCADE';
/** COLMAP's `image_t` is 32 bits wide, and pair ids are made of two. */
const imageChecks =
  'CONSTRAINT image_id_check CHECK(image_id >= 0 AND image_id < 2147483647), ' +
  'FOREIGN KEY(camera_id) REFERENCES cameras(camera_id)';
const priorPose = ['qw', 'qx', 'qy', 'qz', 'tx', 'ty', 'tz'].map((name) => `prior_${name} REAL`).join(', ');

const shared = {
  cameras:
    `camera_id ${newId}, model ${integer}, width ${integer}, height ${integer}, params BLOB, ` +
    `prior_focal_length ${integer}`,
  keypoints: `image_id ${id}, ${matrixColumns}, ${ofImage}`,
  matches: `pair_id ${id}, ${matrixColumns}`,
  two_view_geometries:
    `pair_id ${id}, ${matrixColumns}, config ${integer}, ` +
    ['F', 'E', 'H', 'qvec', 'tvec'].map((name) => `${name} BLOB`).join(', '),
};

const tables: Readonly<Record<ColmapSchema, Readonly<Record<string, string>>>> = {
  '3': {
    ...shared,
    images: `image_id ${newId}, name TEXT NOT NULL UNIQUE, camera_id ${integer}, ${priorPose}, ${imageChecks}`,
    descriptors: `image_id ${id}, ${matrixColumns}, ${ofImage}`,
  },
  '4': {
    rigs: `rig_id ${newId}, ref_sensor_id ${integer}, ref_sensor_type ${integer}`,
    rig_sensors: `rig_id ${integer}, sensor_id ${integer}, sensor_type ${integer}, sensor_from_rig BLOB, ${ofRig}`,
    frames: `frame_id ${newId}, rig_id ${integer}, ${ofRig}`,
    frame_data: `frame_id ${integer}, data_id ${integer}, sensor_id ${integer}, sensor_type ${integer}, ${ofFrame}`,
    ...shared,
    images: `image_id ${newId}, name TEXT NOT NULL UNIQUE, camera_id ${integer}, ${imageChecks}`,
    pose_priors:
      `pose_prior_id ${id}, corr_data_id ${integer}, corr_sensor_id ${integer}, corr_sensor_type ${integer}, ` +
      `position BLOB, position_covariance BLOB, gravity BLOB, coordinate_system ${integer}`,
    descriptors: `image_id ${id}, type ${integer}, ${matrixColumns}, ${ofImage}`,
  },
};

const indices: Readonly<Record<ColmapSchema, Readonly<Record<string, string>>>> = {
  '3': { index_name: 'images(name)' },
  '4': {
    index_name: 'images(name)',
    rig_ref_sensor_assignment: 'rigs(ref_sensor_id, ref_sensor_type)',
    rig_sensor_assignment: 'rig_sensors(sensor_id, sensor_type)',
    frame_sensor_assignment: 'frame_data(data_id, sensor_type)',
    pose_prior_data_assignment: 'pose_priors(corr_data_id, corr_sensor_id, corr_sensor_type)',
  },
};

/** COLMAP 3.8 counts 3800, COLMAP 4.0.0 4000000; later ones bring databases up to date by it. */
const userVersions: Readonly<Record<ColmapSchema, number>> = { '3': 3800, '4': 4_000_000 };

/** The tables that both schemas have, without which a file is no database of COLMAP's. */
export const colmapTables: readonly string[] = [...Object.keys(shared), 'images'];

/** Makes the tables of COLMAP (its `database.cc`; for 4 `database_sqlite.cc`) in an empty database. */
export function createColmapTables(db: Database, schema: ColmapSchema): void {
  for (const [table, columns] of Object.entries(tables[schema])) db.exec(`CREATE TABLE ${table} (${columns})`);
  for (const [index, on] of Object.entries(indices[schema])) db.exec(`CREATE UNIQUE INDEX ${index} ON ${on}`);
  db.exec(`PRAGMA user_version = ${userVersions[schema]}`);
}

/** Names of the tables of a database. */
export function tablesOf(db: Database): Set<string> {
  return new Set(db.all("SELECT name FROM sqlite_master WHERE type = 'table'").map(({ name }) => String(name)));
}
