import type { Database } from 'node-sqlite3-wasm';
import type { SfmPair, SfmSet } from '../../scene/sfm-set.ts';
import { type GeometryColumns, geometryColumns } from './colmap-geometry.ts';
import { matchRows } from './colmap-matches.ts';
import { pairIdOf } from './colmap-pair-id.ts';
import { countRows, upsert } from './colmap-upsert.ts';
import { blobOf } from './colmap-values.ts';
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
  set: SfmSet,
  { images }: ColmapIds,
  step: (photo: number) => void,
): Promise<ColmapPairChanges> {
  const before = countRows(db, 'matches');
  let [written, total] = [0, 0];
  for await (const pair of set.pairs()) {
    step(pair.a);
    total++;
    if (writePair(db, pair, images[pair.a], images[pair.b])) written++;
  }
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
