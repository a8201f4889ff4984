import { existsSync } from 'node:fs';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { OutputError } from '../errors.ts';
import { writeWhole } from '../write-whole.ts';
import { type BenchmarkAnchor, type BenchmarkKeypoints, keypointDecimals } from './homography-benchmark.ts';
import {
  anchorColumns,
  anchorsTable,
  keypointColumns,
  keypointPatchScale,
  keypointsTable,
} from './keypoint-benchmark.ts';
import { requireFree } from './write-patch-set.ts';

/** What is known of one sequence. */
export interface BenchmarkSequence {
  readonly name: string;
  /** Of each photo, by its number. */
  readonly keypoints: ReadonlyMap<number, BenchmarkKeypoints>;
  /** Of each photo but the first, by its number. */
  readonly anchors: ReadonlyMap<number, readonly BenchmarkAnchor[]>;
}

/** The file that says how a benchmark was made; nothing else reads it. */
const aboutFile = 'benchmark.json';

/**
 * Writes a benchmark as `readKeypointBenchmark` reads it. The folder appears whole or not at all.
 * @param folder must not exist, or be empty
 * @param made how: command and options
 * @throws UsageError where the folder holds something, OutputError where it cannot be written
 */
export async function writeHomographyBenchmark(
  folder: string,
  sequences: readonly BenchmarkSequence[],
  made: Readonly<Record<string, unknown>>,
): Promise<void> {
  await requireFree(folder);
  const path = resolve(folder);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, async (temporary) => {
      await mkdir(temporary);
      for (const { name, keypoints } of sequences) {
        for (const [image, columns] of keypoints) {
          await writeFile(join(temporary, keypointsTable(`${name}.${image}`)), keypointsText(columns));
        }
      }
      await writeFile(join(temporary, anchorsTable), anchorsText(sequences));
      const about = { version: 1, patchScale: keypointPatchScale, made };
      await writeFile(join(temporary, aboutFile), `${JSON.stringify(about, null, 1)}\n`);
      // Not every system renames over an empty folder.
      if (existsSync(path)) await rmdir(path);
    });
  } catch (error) {
    throw new OutputError(`${folder} could not be written (${(error as Error).message}); choose another place`);
  }
}

function keypointsText({ count, x, y, size, angle }: BenchmarkKeypoints): string {
  const { px, degrees } = keypointDecimals;
  const rows = Array.from({ length: count }, (_, i) =>
    [x[i].toFixed(px), y[i].toFixed(px), size[i].toFixed(px), ((angle[i] * 180) / Math.PI).toFixed(degrees)].join(','),
  );
  return lines([keypointColumns.join(','), ...rows]);
}

function anchorsText(sequences: readonly BenchmarkSequence[]): string {
  const rows = sequences.flatMap(({ name, anchors }) =>
    [...anchors].flatMap(([image, list]) =>
      list.map(({ keypoint1, true2, random2, hard2 }) =>
        [name, image, keypoint1, true2, random2, hard2.join(' ')].join(','),
      ),
    ),
  );
  return lines([anchorColumns.join(','), ...rows]);
}

function lines(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join('');
}
