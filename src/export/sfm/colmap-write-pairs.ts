import type { Database } from 'node-sqlite3-wasm';
import type { SfmPair, SfmSet } from '../../scene/sfm-set.ts';
import { type GeometryColumns, geometryColumns } from './colmap-geometry.ts';
import { matchRows } from './colmap-matches.ts';
import { imageIdsOf, pairIdOf } from './colmap-pair-id.ts';
import { countRows, upsert } from './colmap-upsert.ts';
import { blobOf, type ColmapRow, countIn, numbersIn } from './colmap-values.ts';
import type { ColmapIds } from './colmap-write-photos.ts';

export interface ColmapPairChanges {
  readonly pairsKept: number;
  readonly pairsUpdated: number;
  readonly pairsAdded: number;
}

/**
 * Writes raw matches and geometries, of pairs without one too: COLMAP's matchers then leave them alone.
 * @param step is told the photo whose pairs come next
 */
export async function writeColmapPairs(
  db: Database,
  path: string,
  set: SfmSet,
  { images, unmoved }: ColmapIds,
  step: (photo: number) => void,
): Promise<ColmapPairChanges> {
  const before = countRows(db, 'matches');
  let [written, total] = [0, 0];
  const seen = new Set<bigint>();
  for await (const pair of set.pairs()) {
    step(pair.a);
    total++;
    seen.add(pairIdOf(images[pair.a], images[pair.b]));
    if (writePair(db, pair, images[pair.a], images[pair.b])) written++;
  }
  dropMovedMatches(db, path, seen, unmoved);
  const pairsAdded = countRows(db, 'matches') - before;
  return { pairsKept: total - written, pairsUpdated: written - pairsAdded, pairsAdded };
}

/** Returns whether anything was not there as it is. */
function writePair(db: Database, pair: SfmPair, idA: number, idB: number): boolean {
  const isSwapped = idA > idB;
  const id = pairIdOf(idA, idB);
  const geometry = geometryColumns(pair.geometry, isSwapped);
  const isNew = [
    upsert(db, 'matches', { pair_id: id, ...matchColumns(matchRows(pair.matches, isSwapped)) }),
    upsert(db, 'two_view_geometries', {
      pair_id: id,
      ...matchColumns(matchRows(pair.matches, isSwapped, pair.inliers)),
      ...geometryBlobs(geometry),
    }),
  ];
  return isNew.includes(true);
}

/** Of pairs that are not in the set, matches of keypoints that were not detected: these have other numbers now, or none. */
function dropMovedMatches(
  db: Database,
  path: string,
  seen: ReadonlySet<bigint>,
  unmoved: ReadonlyMap<number, number>,
): void {
  if (unmoved.size === 0) return;
  for (const table of ['matches', 'two_view_geometries']) {
    const rows = db.all(`SELECT pair_id FROM ${table} WHERE rows > 0`) as { pair_id: number | bigint }[];
    for (const { pair_id: written } of rows) {
      const id = BigInt(written);
      if (seen.has(id)) continue;
      const where = `${path}: ${table} of pair ${id}`;
      const row = db.get(`SELECT rows, data FROM ${table} WHERE pair_id = ?`, id) as ColmapRow;
      const matches = numbersIn(Uint32Array, row, 'data', 2 * countIn(row, 'rows', where), where);
      const most = imageIdsOf(id).map((image) => unmoved.get(image) ?? Infinity);
      const kept = [...matches.keys()].filter(
        (k) => matches[k - (k % 2)] < most[0] && matches[k - (k % 2) + 1] < most[1],
      );
      if (kept.length === matches.length) continue;
      const { rows: count, data } = matchColumns(Uint32Array.from(kept, (k) => matches[k]));
      db.run(`UPDATE ${table} SET rows = ?, data = ? WHERE pair_id = ?`, [count, data, id]);
    }
  }
}

function matchColumns(rows: Uint32Array): { rows: number; cols: number; data: Uint8Array } {
  return { rows: rows.length / 2, cols: 2, data: blobOf(rows) };
}

function geometryBlobs({ config, ...columns }: GeometryColumns): Record<string, number | Uint8Array | null> {
  const blobs = Object.entries(columns).map(([name, values]: [string, readonly number[] | null]) => [
    name,
    values && blobOf(Float64Array.from(values)),
  ]);
  return { config, ...Object.fromEntries(blobs) };
}
