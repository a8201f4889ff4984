import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join, posix, resolve } from 'node:path';

/** Where a program finds the photos. */
export interface NamedPhotos {
  /** Absolute path of the folder that the names are relative to. */
  readonly folder: string;
  /** One for each photo, in their order, with `/` between folders. */
  readonly names: readonly string[];
  /** What its user should know of the names; null where nothing changed. */
  readonly note: string | null;
}

/**
 * Names for a program that tells photos apart by a part of their names only, such as the file's name without its
 * folder. Where that part is the same for two photos, all are linked into a folder `photos` of the output, under names
 * that differ: a folder's name goes before its photos' (`left/1.jpg` is `left-1.jpg`).
 * @param names of the photos within `photoFolder`
 * @param keyOf the part that has to differ; upper and lower case are the same, as some file systems have it
 * @param output the folder as it will be called once it is whole
 * @param temporary the folder as it is called now
 */
export async function namePhotos(
  names: readonly string[],
  photoFolder: string,
  keyOf: (name: string) => string,
  output: string,
  temporary: string,
): Promise<NamedPhotos> {
  const distinct = distinctNames(names, keyOf);
  if (distinct === names) return { folder: resolve(photoFolder), names, note: null };
  await mkdir(join(temporary, 'photos'));
  for (const [i, name] of distinct.entries()) {
    await link(resolve(photoFolder, names[i]), join(temporary, 'photos', name));
  }
  const i = names.findIndex((name, n) => name !== distinct[n]);
  return {
    folder: resolve(output, 'photos'),
    names: distinct,
    note: `Photos of different folders share names, so they go by others here (${names[i]} is ${distinct[i]}): see the links in ${join(output, 'photos')}.`,
  };
}

/** The names as they are where their keys differ, else names without folders whose keys do. */
export function distinctNames(names: readonly string[], keyOf: (name: string) => string): readonly string[] {
  const comparable = (name: string): string => keyOf(name).normalize('NFC').toLowerCase();
  if (new Set(names.map(comparable)).size === names.length) return names;
  const taken = new Set<string>();
  return names.map((name) => {
    const flat = name.replaceAll('/', '-');
    const extension = posix.extname(flat);
    const stem = flat.slice(0, flat.length - extension.length);
    let distinct = flat;
    for (let n = 2; taken.has(comparable(distinct)); n++) distinct = `${stem}-${n}${extension}`;
    taken.add(comparable(distinct));
    return distinct;
  });
}

/** A link takes no space; a copy where the system gives users no links (Windows). */
async function link(photo: string, place: string): Promise<void> {
  await symlink(photo, place, 'file').catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPERM' && error.code !== 'ENOSYS' && error.code !== 'ENOTSUP') throw error;
    await copyFile(photo, place);
  });
}

/**
 * The names of photos within the folder that they have in common.
 * @param paths with `/` between folders
 */
export function namesWithin(paths: readonly string[]): string[] {
  const folders = paths.map((path) => posix.dirname(path).split('/'));
  const [first = []] = folders;
  const differs = first.findIndex((part, i) => folders.some((other) => other[i] !== part));
  const common = differs === -1 ? first : first.slice(0, differs);
  return paths.map((path) =>
    path
      .split('/')
      .slice(path.includes('/') ? common.length : 0)
      .join('/'),
  );
}
