import { existsSync } from 'node:fs';
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { OutputError, TesseraError, UsageError } from '../errors.ts';
import { writeWhole } from '../write-whole.ts';
import { writeGreyBmp } from './brown/bmp.ts';
import { infoFile, infoLine, type PatchIds } from './brown/info.ts';
import { type KeypointColumns, keypointLine, keypointsFile, keypointsHeader } from './brown/keypoints-file.ts';
import { brownSide, layMosaic, mosaicName, mosaicSide, patchesPerMosaic } from './brown/mosaics.ts';
import { pairLine, pairsFileName, type VerificationPairs } from './brown/pairs-file.ts';
import { type PatchSetFacts, setFile, setFileText } from './brown/set-file.ts';
import { openTextSink, type TextSink } from './brown/text-sink.ts';

/** Patches with their columns, to be added to a set. */
export interface PatchChunk extends PatchIds {
  readonly count: number;
  /** `count × 64 × 64` grey values, row-major. */
  readonly patches: Uint8Array;
  /** Null where nobody knows: then in every chunk. */
  readonly keypoints: KeypointColumns | null;
}

/** What comes after the last chunk; nothing is written of what is null. */
export interface PatchSetEnd {
  readonly facts: PatchSetFacts | null;
  readonly pairs: VerificationPairs | null;
}

/** Adds patches behind those that are there. */
export type AppendPatches = (chunk: PatchChunk) => Promise<void>;

const patchPixels = brownSide * brownSide;

/**
 * Writes a set of patches as `readPatchSet` reads it. The folder appears whole or not at all; no more than a mosaic is
 * kept in memory.
 * @param folder must not exist, or be empty
 * @param fill calls `append` for one chunk after the other, waiting for each, and returns what else there is
 * @throws UsageError where the folder holds something; OutputError where it cannot be written; what `fill` throws; the
 *   signal's reason once aborted
 */
export async function writePatchSet(
  folder: string,
  fill: (append: AppendPatches) => Promise<PatchSetEnd>,
  signal?: AbortSignal,
): Promise<void> {
  await requireFree(folder);
  const path = resolve(folder);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(
      path,
      async (temporary) => {
        await mkdir(temporary);
        await writeInto(temporary, fill, signal);
        // Not every system renames over an empty folder.
        if (existsSync(path)) await rmdir(path);
      },
      signal,
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof TesseraError || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new OutputError(`${folder} could not be written (${(error as Error).message}); choose another place`);
  }
}

/**
 * Checks that a set can be written here: worth knowing before hours of work.
 * @throws UsageError where there is something
 */
export async function requireFree(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError(`expected a new or empty folder but ${folder} is none (${error.code})`);
  });
  if (names.length === 0) return;
  throw new UsageError(`expected a new or empty folder but ${folder} holds ${names[0]}; choose another or empty it`);
}

async function writeInto(
  folder: string,
  fill: (append: AppendPatches) => Promise<PatchSetEnd>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const info = await openTextSink(join(folder, infoFile));
  let keypoints: TextSink | null = null;
  const mosaic = new Uint8Array(patchesPerMosaic * patchPixels);
  let count = 0;
  const writeMosaic = async (): Promise<void> => {
    const patches = count % patchesPerMosaic || patchesPerMosaic;
    const name = mosaicName(Math.ceil(count / patchesPerMosaic) - 1);
    const pixels = layMosaic(mosaic.subarray(0, patches * patchPixels));
    await writeFile(join(folder, name), writeGreyBmp(pixels, mosaicSide, mosaicSide));
  };
  const append: AppendPatches = async (chunk) => {
    signal?.throwIfAborted();
    if (count === 0 && chunk.count > 0 && chunk.keypoints !== null) {
      keypoints = await openTextSink(join(folder, keypointsFile));
      await keypoints.write(keypointsHeader);
    }
    if (chunk.count > 0 && (keypoints === null) !== (chunk.keypoints === null)) {
      throw new TypeError('expected keypoints in every chunk or in none');
    }
    for (let i = 0; i < chunk.count; i++) {
      mosaic.set(
        chunk.patches.subarray(i * patchPixels, (i + 1) * patchPixels),
        (count++ % patchesPerMosaic) * patchPixels,
      );
      if (count % patchesPerMosaic === 0) await writeMosaic();
      await info.write(infoLine(chunk.point[i], chunk.photo[i]));
      if (chunk.keypoints !== null) await keypoints?.write(keypointLine(chunk.keypoints, i));
    }
  };
  let end: PatchSetEnd;
  try {
    end = await fill(append);
    if (count % patchesPerMosaic !== 0) await writeMosaic();
  } finally {
    await info.close();
    await (keypoints as TextSink | null)?.close();
  }
  if (end.pairs !== null) await writePairs(folder, end.pairs);
  if (end.facts !== null) await writeFile(join(folder, setFile), setFileText(end.facts));
}

async function writePairs(folder: string, pairs: VerificationPairs): Promise<void> {
  const sink = await openTextSink(join(folder, pairsFileName(pairs)));
  try {
    for (let i = 0; i < pairs.count; i++) await sink.write(pairLine(pairs, i));
  } finally {
    await sink.close();
  }
}
