import { drawPairSheet } from '../src/dataset/pair-sheet.ts';
import { indexPatches } from '../src/dataset/patch-index.ts';
import type { PatchSet } from '../src/dataset/patch-set.ts';
import { readPatchSet } from '../src/dataset/read-patch-set.ts';
import { outputFormat } from '../src/image/output-limits.ts';
import { writeImage } from '../src/image/write-image.ts';
import type { DatasetShowOptions } from './dataset-show-options.ts';
import { type Observer, silentObserver } from './observer.ts';
import { requireWritableFolders } from './output.ts';

/** How much there is in a set. */
export interface PatchSetSummary {
  readonly patches: number;
  readonly points: number;
  /** Points with two patches or more. */
  readonly sharedPoints: number;
  readonly photos: number;
  /** Two patches of one point and of two photos. */
  readonly rightPairs: number;
  /** Anchors with look-alikes; null where nothing was mined. */
  readonly anchors: number | null;
  readonly patchScale: number | null;
  /** Notes on files left out. */
  readonly skipped: readonly string[];
}

/**
 * Reads a set, counts what there is and, where a picture is asked for, draws right pairs of it.
 * @throws what reading a set throws, OutputError where the picture cannot be written
 */
export async function showPatchSet(
  folder: string,
  { output, columns, rows, seed }: DatasetShowOptions,
  signal?: AbortSignal,
  observe: Observer = silentObserver,
): Promise<PatchSetSummary> {
  if (output !== undefined) {
    outputFormat(output);
    await requireWritableFolders([output]);
  }
  const set = await readPatchSet(folder, {
    signal,
    progress: (done, total) => observe({ type: 'progress', stage: 'read', done, total }),
  });
  for (const text of set.skipped) observe({ type: 'message', level: 'warning', text });
  if (output !== undefined) {
    const { width, height, pixels } = drawPairSheet(set, columns, rows, seed);
    const data = Uint8Array.from({ length: 3 * pixels.length }, (_, i) => pixels[Math.floor(i / 3)]);
    await writeImage(output, { width, height, channels: 3, depth: 8, data }, { signal });
  }
  return { ...countPairs(set), anchors: set.anchors?.count ?? null, patchScale: set.patchScale, skipped: set.skipped };
}

function countPairs(
  set: PatchSet,
): Pick<PatchSetSummary, 'patches' | 'points' | 'sharedPoints' | 'photos' | 'rightPairs'> {
  const { byPoint, pointStart, photoOf, photoStart } = indexPatches(set);
  let sharedPoints = 0;
  let rightPairs = 0;
  for (let point = 0; point + 1 < pointStart.length; point++) {
    const patches = byPoint.subarray(pointStart[point], pointStart[point + 1]);
    if (patches.length > 1) sharedPoints++;
    for (let i = 1; i < patches.length; i++) {
      for (let j = 0; j < i; j++) if (photoOf[patches[i]] !== photoOf[patches[j]]) rightPairs++;
    }
  }
  return { patches: set.count, points: pointStart.length - 1, sharedPoints, photos: photoStart.length - 1, rightPairs };
}

/** The summary for people. */
export function summaryText(summary: PatchSetSummary): string {
  const rows: [string, string][] = [
    ['patches', String(summary.patches)],
    ['points', `${summary.points}, ${summary.sharedPoints} of them seen more than once`],
    ['photos', String(summary.photos)],
    ['right pairs', String(summary.rightPairs)],
    ['anchors', summary.anchors === null ? 'none: mine them with "tessera dataset mine"' : String(summary.anchors)],
    ['patch scale', summary.patchScale === null ? 'unknown' : `${summary.patchScale} keypoint sizes`],
  ];
  return [...rows.map(([name, value]) => `${name.padEnd(12)} ${value}`), ...summary.skipped].join('\n');
}
