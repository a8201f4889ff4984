import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { DataError, UsageError, type Rejection } from '../../src/errors.ts';
import type { PhotoInfo } from '../../src/image/image.ts';
import type { StoredPixels } from '../../src/image/orientation.ts';
import { isPhotoName } from '../../src/image/photo-formats.ts';
import { probeShot } from '../../src/image/read-photo.ts';
import type { Shot } from '../../src/image/shot.ts';
import { naturalOrder } from '../../src/natural-order.ts';
import { mapAhead } from '../in-order.ts';
import type { Observer } from '../observer.ts';
import { rejectionOf } from '../photo-set.ts';

/** A photo of the folder, before its pixels were looked at. */
export interface SourcePhoto {
  /** Path within the folder, with `/` between folders. */
  readonly name: string;
  readonly info: PhotoInfo;
  readonly shot: Shot;
  readonly stored: StoredPixels;
}

/** Photos opened at a time: disks serve several readers faster than one, and each holds a file in memory. */
const openAtOnce = 4;

/**
 * The photos in a folder and the folders in it, by name in natural order, or those of a list.
 * @param list file of names, one a line; others are left out
 * @param without a folder of masks: where it lies within the photos' folder, what is in it is no photo
 * @throws UsageError where folder or list cannot be read, DataError where a listed photo is not there, or no two are
 */
export async function listNames(
  folder: string,
  { list, without }: { readonly list?: string; readonly without?: string } = {},
): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      throw new UsageError(`expected a folder of photos but ${folder} cannot be read as a folder (${error.code})`);
    },
  );
  const nameOf = (path: string): string => relative(folder, path).split(sep).join('/');
  // The photos' folder itself may hold the masks: then they are told by their names alone.
  const masks = without === undefined ? '' : nameOf(resolve(without));
  const isMask = (name: string): boolean => masks !== '' && name.startsWith(`${masks}/`);
  const names = entries
    .filter((entry) => !entry.isDirectory() && isPhotoName(entry.name))
    .map((entry) => nameOf(join(entry.parentPath, entry.name)))
    .filter((name) => !isMask(name) && !name.split('/').some((part) => part.startsWith('.')));
  const chosen = list === undefined ? names : await listed(list, new Set(names), folder);
  if (chosen.length < 2) {
    throw new DataError(`${list ?? folder}: expected two photos at least, found ${chosen.length}`);
  }
  return chosen.sort(naturalOrder);
}

async function listed(list: string, present: ReadonlySet<string>, folder: string): Promise<string[]> {
  const text = await readFile(list, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${list}: the list of photos cannot be read (${error.code})`);
  });
  const names = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const missing = names.find((name) => !present.has(name));
  if (missing !== undefined) {
    throw new DataError(`${list} names "${missing}", which is no photo in ${folder}; names are as within that folder`);
  }
  return [...new Set(names)];
}

/** Reads every photo's header; what cannot be read is rejected with the reason. */
export async function openPhotos(
  folder: string,
  names: readonly string[],
  limitPixels: number,
  observe: Observer,
  signal?: AbortSignal,
): Promise<{ photos: SourcePhoto[]; rejected: Rejection[] }> {
  const photos: SourcePhoto[] = [];
  const rejected: Rejection[] = [];
  const open = async (name: string): Promise<SourcePhoto | Rejection> => {
    try {
      return { name, ...(await probeShot(join(folder, name), { limitPixels, signal })) };
    } catch (error) {
      return rejectionOf(error);
    }
  };
  let done = 0;
  observe({ type: 'progress', stage: 'read', done, total: names.length });
  for await (const photo of mapAhead(names, openAtOnce, open)) {
    signal?.throwIfAborted();
    if ('code' in photo) rejected.push(photo);
    else photos.push(photo);
    observe({ type: 'progress', stage: 'read', done: ++done, total: names.length });
  }
  return { photos, rejected };
}
