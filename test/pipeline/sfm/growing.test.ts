import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sfm } from '../../../pipeline/index.ts';
import { matrixDistance } from './matrix-distance.ts';
import { contentOf, copyPhotos, normal, square } from './sfm-runs.ts';

const images = join(square, 'images');
const names = ['01.jpg', '02.jpg', '03.jpg', '04.jpg', '05.jpg'];
const same = (chosen: readonly string[]): Record<string, string> =>
  Object.fromEntries(chosen.map((name) => [name, name]));

let folder: string;
/** All five photos in one run, kept in a workspace of its own. */
let whole: { photos: string; workspace: string; colmap: string };
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera sfm-'));
  whole = { photos: at('photos'), workspace: at('work'), colmap: at('whole.db') };
  await copyPhotos(whole.photos, images, same(names));
  await sfm(whole.photos, { ...normal, workspace: whole.workspace, colmap: whole.colmap });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The entries of a workspace, and a number for each that another writing would change. */
async function entriesOf(workspace: string): Promise<Map<string, bigint>> {
  const entries = await readdir(workspace, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const inodes = await Promise.all(files.map(async (file) => (await stat(file, { bigint: true })).ino));
  return new Map(files.map((file, i) => [file.slice(workspace.length + 1), inodes[i]]));
}

const countOf = (entries: ReadonlyMap<string, unknown>, kind: string): number =>
  [...entries.keys()].filter((name) => name.startsWith(kind)).length;

const idsOf = (path: string): Record<string, unknown> => {
  const db = new sqlite.Database(path, { readOnly: true });
  const rows = db.all('SELECT name, image_id FROM images') as { name: string; image_id: number }[];
  db.close();
  return Object.fromEntries(rows.map(({ name, image_id: id }) => [name, id]));
};

describe('photos that come later', () => {
  it('keep the ids of the earlier ones, work on nothing twice, and give what one run gives', async () => {
    const [photos, workspace, colmap] = [at('growing'), at('growing work'), at('growing.db')];
    // Names that come before and after those that are there.
    await copyPhotos(photos, images, same(['02.jpg', '03.jpg', '05.jpg']));
    await sfm(photos, { ...normal, workspace, colmap });
    const [ids, before] = [idsOf(colmap), await entriesOf(workspace)];
    expect([countOf(before, 'features'), countOf(before, 'pairs')]).toEqual([3, 3]);

    await copyPhotos(photos, images, same(['01.jpg', '04.jpg']));
    const result = await sfm(photos, { ...normal, workspace, colmap });
    expect(result).toMatchObject({ photos: 5, pairs: { compared: 10 } });
    expect(idsOf(colmap)).toMatchObject(ids);
    const after = await entriesOf(workspace);
    expect([countOf(after, 'features'), countOf(after, 'pairs')]).toEqual([5, 10]);
    for (const [name, inode] of before) if (!name.startsWith('verified')) expect(after.get(name), name).toBe(inode);

    const [grown, fresh] = [await contentOf(colmap), await contentOf(whole.colmap)];
    expect(grown.names.toSorted()).toEqual(fresh.names);
    for (const name of fresh.names) expect(grown.features.get(name), name).toEqual(fresh.features.get(name));
    expect(grown.pairs.size).toBe(fresh.pairs.size);
    for (const pair of fresh.pairs.values()) {
      const [a, b] = pair.names;
      const forth = grown.pairs.get(`${a}|${b}`);
      const { matches, inliers, geometry } = forth ?? grown.pairs.get(`${b}|${a}`)!;
      // Of a pair the photo with the smaller id comes first: it may be the other one.
      const seen = forth === undefined ? matches.map((_, i) => matches[i ^ 1]) : matches;
      expect([...seen], pair.names.join()).toEqual([...pair.matches]);
      expect([...inliers]).toEqual([...pair.inliers]);
      expect(geometry?.kind).toBe(pair.geometry?.kind);
      if (geometry !== null) expect(matrixDistance(geometry, pair.geometry!, forth === undefined)).toBeLessThan(1e-6);
    }
  });

  it('run again with nothing new: nothing is written to the workspace, and the database stays as it is', async () => {
    const [before, bytes] = [await entriesOf(whole.workspace), await readFile(whole.colmap)];
    await sfm(whole.photos, { ...normal, workspace: whole.workspace, colmap: whole.colmap });
    expect(await entriesOf(whole.workspace)).toEqual(before);
    expect((await readFile(whole.colmap)).equals(bytes)).toBe(true);
  });
});

describe('shards', () => {
  const shard = (part: number, workspace: string): ReturnType<typeof sfm> =>
    sfm(whole.photos, { ...normal, workspace, shard: `${part}/2` });
  const expectWhole = async (colmap: string): Promise<void> =>
    expect((await readFile(colmap)).equals(await readFile(whole.colmap))).toBe(true);

  it('in workspaces of their own, then merged: the same database, with nothing left to match', async () => {
    const [one, two, three, colmap] = [at('shard 1'), at('shard 2'), at('shards'), at('shards.db')];
    const halves = [await shard(1, one), await shard(2, two)];
    expect(halves.map(({ pairs }) => pairs.compared)).toEqual([5, 5]);
    const pairNames = (entries: Map<string, bigint>): string[] =>
      [...entries.keys()].filter((n) => n.startsWith('pairs'));
    const parts = (await Promise.all([one, two].map(entriesOf))).map(pairNames);
    expect(parts.map(({ length }) => length)).toEqual([5, 5]);

    await sfm(whole.photos, { ...normal, workspace: three, merge: `${one}, ${two}`, colmap });
    await expectWhole(colmap);
    const merged = await entriesOf(three);
    expect(pairNames(merged).toSorted()).toEqual(parts.flat().toSorted());
    expect(countOf(merged, 'features')).toBe(5);
  });

  it('at the same time in one workspace', async () => {
    const [workspace, colmap] = [at('shared'), at('shared.db')];
    const halves = await Promise.all([shard(1, workspace), shard(2, workspace)]);
    expect(halves.map(({ pairs }) => pairs.compared)).toEqual([5, 5]);
    const before = await entriesOf(workspace);
    expect([countOf(before, 'features'), countOf(before, 'pairs')]).toEqual([5, 10]);
    await sfm(whole.photos, { ...normal, workspace, colmap });
    await expectWhole(colmap);
    const after = await entriesOf(workspace);
    for (const [name, inode] of before) expect(after.get(name), name).toBe(inode);
  });
});
