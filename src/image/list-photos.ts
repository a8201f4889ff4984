import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DataError, UsageError } from '../errors.ts';
import { naturalOrder } from '../natural-order.ts';
import { isPhotoName, readableExtensions } from './photo-formats.ts';

/**
 * The photos that files and folders name, in the order given. A folder is read one level deep: files with a photo's
 * extension (case ignored, RAW and HEIC among them, so that reading them says what to do), natural order, path =
 * folder as given + '/' + name. Files given by name are taken whatever they are called. A file reached twice (also
 * through links) is listed once, under its first name.
 * @throws UsageError for no input and for a path that does not exist or cannot be opened
 * @throws DataError for a folder without photos
 */
export async function listPhotos(inputs: readonly string[]): Promise<string[]> {
  if (inputs.length === 0) throw new UsageError('expected photos or a folder of photos but received none');
  const paths: string[] = [];
  for (const input of inputs) {
    const stats = await statOrThrow(input);
    if (stats.isDirectory()) paths.push(...(await photosIn(input)));
    else paths.push(input);
  }
  return withoutRepeats(paths);
}

/**
 * Checks that a path leads to one file.
 * @throws UsageError for a path that does not exist, cannot be opened, or is a folder
 */
export async function requirePhotoPath(path: string): Promise<void> {
  const stats = await statOrThrow(path);
  if (stats.isDirectory()) throw new UsageError(`${path}: expected a photo, but it is a folder. Name a file in it.`);
}

async function photosIn(folder: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw unusablePath(folder, error);
  }
  const base = folder.replace(/(?<=.)\/+$/, '');
  const prefix = base.endsWith('/') ? base : `${base}/`;
  const names: string[] = [];
  for (const entry of entries) {
    if (isPhotoName(entry.name) && (await isFile(entry, prefix + entry.name))) names.push(entry.name);
  }
  if (names.length === 0) {
    throw new DataError(
      `${folder}: no photos in this folder. Files ending in ${readableExtensions.map((e) => `.${e}`).join(', ')} ` +
        'are looked for, directly in the folder (folders in it are not searched).',
    );
  }
  return names.sort(naturalOrder).map((name) => prefix + name);
}

/** A link counts as what it leads to; one that leads nowhere is listed, so that reading it says so. */
async function isFile(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  try {
    return (await stat(path)).isFile();
  } catch {
    return true;
  }
}

async function withoutRepeats(paths: readonly string[]): Promise<string[]> {
  const seen = new Set<string>();
  const kept: string[] = [];
  for (const path of paths) {
    const file = await realpath(path).catch(() => resolve(path));
    if (!seen.has(file)) kept.push(path);
    seen.add(file);
  }
  return kept;
}

async function statOrThrow(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    throw unusablePath(path, error);
  }
}

function unusablePath(path: string, error: unknown): UsageError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new UsageError(`${path}: no such file or folder. Check the spelling and the folder you are in.`);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new UsageError(`${path}: may not be read (permission denied). Check its access rights.`);
  }
  return new UsageError(`${path}: cannot be opened (${message})`);
}
