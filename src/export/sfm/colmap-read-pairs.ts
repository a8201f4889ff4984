import type { Database } from 'node-sqlite3-wasm';
import { DataError } from '../../errors.ts';
import type { Matrix3 } from '../../math/matrix3.ts';
import type { SfmFeatures, SfmPair, SfmSet } from '../../scene/sfm-set.ts';
import { colmapConfigs, type GeometryColumns } from './colmap-geometry.ts';
import { readGeometry, type VerifiedPoints } from './colmap-geometry-read.ts';
import type { ColmapImage } from './colmap-images.ts';
import { joinMatches } from './colmap-matches.ts';
import { reading } from './colmap-open.ts';
import { imageIdsOf } from './colmap-pair-id.ts';
import { type ColmapRow, countIn, numbersIn, optionalNumbersIn } from './colmap-values.ts';

/** The pair after another; each table has an index of its key. */
const nextPair = `
  SELECT min(pair_id) AS pair_id FROM (
    SELECT min(pair_id) AS pair_id FROM matches WHERE pair_id > ?1
    UNION ALL SELECT min(pair_id) FROM two_view_geometries WHERE pair_id > ?1)`;

/**
 * The pairs that have matches or a geometry, by id: as images are ordered by theirs, by photo a and then b.
 * @param set without its pairs
 * @throws DataError where a pair is of unknown images or keypoints
 */
export async function* readColmapPairs(
  db: Database,
  path: string,
  images: readonly ColmapImage[],
  set: Omit<SfmSet, 'pairs'>,
): AsyncGenerator<SfmPair> {
  const indexOf = new Map(images.map(({ id }, index) => [id, index]));
  for (let pairId = -1n; ;) {
    const next = reading(path, () => db.get(nextPair, pairId) as ColmapRow).pair_id;
    if (next === null || next === undefined) return;
    pairId = BigInt(next as number | bigint);
    const [a, b] = imageIdsOf(pairId).map((id) => indexOf.get(id));
    if (a === undefined || b === undefined || a === b) {
      throw new DataError(
        `${path}: matches ${pairId} are of images ${imageIdsOf(pairId).join(' and ')}, which are not there.`,
      );
    }
    yield await readPair(db, path, pairId, images, set, a, b);
  }
}

async function readPair(
  db: Database,
  path: string,
  pairId: bigint,
  images: readonly ColmapImage[],
  set: Omit<SfmSet, 'pairs'>,
  a: number,
  b: number,
): Promise<SfmPair> {
  const where = `${path}: matches of ${images[a].name} and ${images[b].name}`;
  const row = (table: string): ColmapRow | null =>
    reading(path, () => db.get(`SELECT * FROM ${table} WHERE pair_id = ?`, pairId)) as ColmapRow | null;
  const verifiedRow = row('two_view_geometries');
  const columns = geometryColumnsOf(verifiedRow, where);
  const isVerified = columns.config > colmapConfigs.degenerate;
  const read = (found: ColmapRow | null): Uint32Array => matchesIn(found, images[a], images[b], where);
  const verified = read(verifiedRow);
  const { matches, inliers } = joinMatches(read(row('matches')), isVerified ? verified : new Uint32Array(0));
  const probability = new Float32Array(matches.length / 2).fill(1);
  const points: VerifiedPoints = {
    cameraA: set.cameras[set.photos[a].camera],
    cameraB: set.cameras[set.photos[b].camera],
    read: async () => pointsOf(matches, inliers, await set.features(a), await set.features(b)),
  };
  const { geometry, agreeing } = await readGeometry(columns, points);
  return {
    a,
    b,
    matches,
    probability,
    geometry,
    inliers: agreeing === 'all' ? inliers : agreeing.map((k) => inliers[k]),
  };
}

/** The keypoints of a row of either table, two a match. */
function matchesIn(row: ColmapRow | null, imageA: ColmapImage, imageB: ColmapImage, where: string): Uint32Array {
  if (row === null) return new Uint32Array(0);
  const matches = numbersIn(Uint32Array, row, 'data', 2 * countIn(row, 'rows', where), where);
  for (let k = 0; k < matches.length; k += 2) {
    if (matches[k] < imageA.keypointCount && matches[k + 1] < imageB.keypointCount) continue;
    throw new DataError(
      `${where}: keypoints ${matches[k]} and ${matches[k + 1]} match, but there are ${imageA.keypointCount} and ` +
        `${imageB.keypointCount}. The database is damaged.`,
    );
  }
  return matches;
}

function geometryColumnsOf(row: ColmapRow | null, where: string): GeometryColumns {
  if (row === null) return { config: 0, F: null, E: null, H: null, qvec: null, tvec: null };
  const matrix = (name: string): Matrix3 | null => optionalNumbersIn(row, name, 9, where) as Matrix3 | null;
  return {
    config: countIn(row, 'config', where),
    F: matrix('F'),
    E: matrix('E'),
    H: matrix('H'),
    qvec: optionalNumbersIn(row, 'qvec', 4, where),
    tvec: optionalNumbersIn(row, 'tvec', 3, where),
  };
}

function pointsOf(matches: Uint32Array, inliers: Uint32Array, a: SfmFeatures, b: SfmFeatures): Float64Array {
  const points = new Float64Array(4 * inliers.length);
  inliers.forEach((m, k) => {
    const [i, j] = [matches[2 * m], matches[2 * m + 1]];
    points.set([a.x[i], a.y[i], b.x[j], b.y[j]], 4 * k);
  });
  return points;
}
