import { readdir } from 'node:fs/promises';
import { DataError, UsageError } from '../../errors.ts';
import { readBinaryRecords } from './colmap-binary.ts';
import { joinRecords } from './colmap-records.ts';
import { readTextRecords } from './colmap-text.ts';
import type { SfmModel } from './model.ts';

const tables = ['cameras', 'images', 'points3D'] as const;

/**
 * Reads a sparse COLMAP model: `cameras`, `images` and `points3D`, all `.bin` or all `.txt` (binary first). Newer
 * COLMAP's `rigs` and `frames` are not needed.
 * @throws UsageError for a folder that does not exist; DataError, naming the file, for one that holds no model or a damaged one
 */
export async function readColmapModel(folder: string): Promise<SfmModel> {
  const names = await readdir(folder).catch(() => {
    throw new UsageError(`${folder}: no such folder. Expected the folder of a COLMAP model (cameras.bin, …).`);
  });
  const has = (extension: string): boolean => tables.every((table) => names.includes(`${table}.${extension}`));
  if (has('bin')) return joinRecords(await readBinaryRecords(folder), folder);
  if (has('txt')) return joinRecords(await readTextRecords(folder), folder);
  const inside = names.filter((name) => /^\d+$/.test(name));
  const hint =
    inside.length > 0
      ? `COLMAP's mapper puts each model in a folder of its own: name one, such as ${folder}/${inside[0]}.`
      : 'Name the folder that holds them.';
  throw new DataError(
    `${folder}: expected ${tables.map((table) => `${table}.bin`).join(', ')} (or the same in .txt). ${hint}`,
  );
}
