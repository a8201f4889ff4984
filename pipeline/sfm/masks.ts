import { stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import type { Observer } from '../observer.ts';
import { fileHash } from '../workspace.ts';
import type { MaskFile } from './workspace.ts';

/**
 * The masks of photos, null where there is none.
 * @throws UsageError where the folder is none
 */
export async function findMasks(
  folder: string | undefined,
  names: readonly string[],
  observe: Observer,
): Promise<(MaskFile | null)[]> {
  if (folder === undefined) return names.map(() => null);
  const entry = await stat(folder).catch(() => null);
  if (!entry?.isDirectory()) throw new UsageError(`${folder}: there is no such folder of masks`);
  const masks: (MaskFile | null)[] = [];
  for (const name of names) masks.push(await findMask(folder, name));
  if (masks.every((mask) => mask === null)) {
    const text = `no mask in ${folder} belongs to a photo: expected names such as ${names[0]}.png`;
    observe({ type: 'message', level: 'warning', text });
  }
  return masks;
}

/** `photo.jpg.png` as COLMAP has it, or `photo.png`, in the same place within the folder of masks. */
async function findMask(folder: string, name: string): Promise<MaskFile | null> {
  const stem = name.slice(0, name.length - extname(name).length);
  const path = [`${name}.png`, `${stem}.png`].map((file) => join(folder, file)).find((file) => existsSync(file));
  return path === undefined ? null : { path, contentHash: await fileHash(path) };
}
