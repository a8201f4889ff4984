import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../../../../src/errors.ts';
import { writeColmapDatabase } from '../../../../src/export/sfm/colmap-database.ts';
import { readColmapDatabase } from '../../../../src/export/sfm/colmap-read.ts';
import type { SfmFeatures, SfmPair, SfmSet } from '../../../../src/scene/sfm-set.ts';
import { names, pairsOf, readBack, withDatabase, withPairs } from './colmap-use.ts';
import { ringSet } from './ring-set.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera colmap é-'));
  path = join(folder, 'database.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Of a pair the matches of keypoints up to a number. */
function within(pair: SfmPair, count: number): SfmPair {
  const kept = [...pair.probability.keys()].filter(
    (m) => Math.max(pair.matches[2 * m], pair.matches[2 * m + 1]) < count,
  );
  return {
    ...pair,
    matches: Uint32Array.from(kept.flatMap((m) => [pair.matches[2 * m], pair.matches[2 * m + 1]])),
    probability: Float32Array.from(kept, (m) => pair.probability[m]),
    inliers: Uint32Array.from([...pair.inliers].filter((m) => kept.includes(m)).map((m) => kept.indexOf(m))),
  };
}

function truncated(features: SfmFeatures, count: number): SfmFeatures {
  const { x, y, size, angle, response } = features;
  const [first, second, third, fourth, fifth] = [x, y, size, angle, response].map((column) => column.slice(0, count));
  return { ...features, count, x: first, y: second, size: third, angle: fourth, response: fifth };
}

describe('a database that is there', () => {
  /** Tries to add and gives what is said; the file must be the very same afterwards. */
  async function refusal(set: SfmSet): Promise<Error> {
    const before = await readFile(path);
    const error = await writeColmapDatabase(path, set).then(
      () => new Error('it was written'),
      (reason: Error) => reason,
    );
    expect((await readFile(path)).equals(before)).toBe(true);
    expect(await readdir(folder)).toEqual(['database.db']);
    return error;
  }

  it('is refused, unchanged, where it is of other photos', async () => {
    await writeColmapDatabase(path, ringSet(names));
    const other = await refusal(ringSet(['a.jpg', 'b.jpg']));
    expect(other).toBeInstanceOf(UsageError);
    expect(other.message).toMatch(/database\.db.*"with space\.jpg" is none of the 2 photos.*new file/);
    const set = ringSet(names);
    const resized = await refusal({
      ...set,
      photos: set.photos.map((photo, i) => (i === 3 ? { ...photo, width: 641 } : photo)),
    });
    expect(resized.message).toMatch(/"day 1\/left\/a\.jpg".*640×480 px but the photo is 641×480/);
    const found = await refusal({
      ...set,
      features: async (photo) => truncated(await set.features(photo), 300 - photo),
    });
    expect(found).toBeInstanceOf(UsageError);
    expect(found.message).toMatch(/"with space\.jpg" has 300 keypoints but the photo has 299/);
    const others = await refusal({
      ...set,
      features: async (photo) => {
        const features = await set.features(photo);
        return { ...features, size: features.size.toReversed() };
      },
    });
    expect(others.message).toMatch(/"a\.jpg" has other keypoints than the photo/);
  });

  it('takes other keypoints where no detector found them, and leaves no match that means one which is gone', async () => {
    const set = ringSet(names);
    const whole = (await set.features(0)).count;
    const [detected, fewer] = [200, 230];
    const withDetected = (count: number, of: SfmSet): SfmSet => ({
      ...of,
      features: async (photo) => ({ ...truncated(await of.features(photo), count), detected }),
    });
    await writeColmapDatabase(path, withDetected(whole, set));
    const later = withPairs(withDetected(fewer, set), (pair) => (pair.a > 0 ? within(pair, fewer) : null));
    await writeColmapDatabase(path, later);
    await readBack(path, async (read) => {
      expect((await read.features(0)).count).toBe(fewer);
      const expected = await pairsOf(set);
      for (const [k, pair] of (await pairsOf(read)).entries()) {
        const limit = pair.a > 0 ? fewer : detected;
        const { matches } = within(expected[k], limit);
        expect([...pair.matches].toSorted(), `pair ${k}`).toEqual([...matches].toSorted());
        expect(Math.max(...pair.matches)).toBeGreaterThan(limit - 30);
      }
    });
  });

  it('is refused, unchanged, where it is no database of COLMAP', async () => {
    await writeFile(path, 'a letter');
    expect(await refusal(ringSet(names))).toBeInstanceOf(DataError);
    await rm(path);
    withDatabase(path, (db) => db.exec('CREATE TABLE letters (text)'));
    expect((await refusal(ringSet(names))).message).toMatch(/has no table cameras/);
  });

  it('stays as it was, with nothing beside it, where writing is aborted', async () => {
    await writeColmapDatabase(path, ringSet(names.slice(0, 4)));
    const before = await readFile(path);
    const controller = new AbortController();
    const onProgress = (done: number): void => (done === 9 ? controller.abort(new Error('enough')) : undefined);
    const writing = writeColmapDatabase(path, ringSet(names), { signal: controller.signal, onProgress });
    await expect(writing).rejects.toThrow('enough');
    expect((await readFile(path)).equals(before)).toBe(true);
    expect(await readdir(folder)).toEqual(['database.db']);
  });

  it('keeps what COLMAP had not yet brought into it when it was killed', async () => {
    const original = join(folder, 'in use', 'database.db');
    await mkdir(dirname(original));
    await writeColmapDatabase(original, ringSet(names.slice(0, 4)));
    const db = new sqlite.Database(original);
    db.exec('PRAGMA locking_mode = exclusive; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
    db.exec('UPDATE cameras SET prior_focal_length = 1 WHERE camera_id = 2');
    // Killed here: the copy is what it leaves.
    for (const end of ['', '-wal']) await copyFile(original + end, path + end);
    db.close();
    await rm(dirname(original), { recursive: true });
    expect(await readBack(path, async ({ cameras }) => cameras[1].isFocalKnown)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['database.db', 'database.db-wal']);
    await writeColmapDatabase(path, ringSet(names));
    expect(await readdir(folder)).toEqual(['database.db']);
    await readBack(path, async ({ cameras, photos }) => {
      expect(cameras[1].isFocalKnown).toBe(true);
      expect(photos).toHaveLength(6);
    });
    // The byte that says whether changes go to a file of their own.
    expect((await readFile(path))[18]).toBe(1);
  });

  it('is not read half changed', async () => {
    await writeColmapDatabase(path, ringSet(names));
    await writeFile(`${path}-journal`, Buffer.from('d9d505f920a163d7000000', 'hex'));
    await expect(readColmapDatabase(path)).rejects.toThrow(/database\.db: a program was interrupted.*sqlite3/);
    await expect(writeColmapDatabase(path, ringSet(names))).rejects.toThrow(DataError);
  });

  it('is read, and grows, whatever lock a run that was killed has left', async () => {
    await writeColmapDatabase(path, ringSet(names.slice(0, 4)));
    await mkdir(`${path}.lock`);
    expect(await readBack(path, async ({ photos }) => photos.length)).toBe(4);
    await writeColmapDatabase(path, ringSet(names));
    expect(await readBack(path, async ({ photos }) => photos.length)).toBe(6);
    await writeFile(`${path}-wal`, 'not empty');
    await expect(writeColmapDatabase(path, ringSet(names))).rejects.toThrow(/remove the folder .*database\.db\.lock/);
  });

  it('of COLMAP 4 has a rig of each camera and a frame of each image; one without frames gets none', async () => {
    await writeColmapDatabase(path, ringSet(names.slice(0, 3)), { schema: '4' });
    await writeColmapDatabase(path, ringSet(names));
    const rigs = 'SELECT ref_sensor_id, ref_sensor_type FROM rigs ORDER BY rig_id';
    const frames = `SELECT data_id, sensor_id, ref_sensor_id, camera_id FROM frame_data JOIN frames USING (frame_id)
      JOIN rigs USING (rig_id) JOIN images ON data_id = image_id ORDER BY data_id`;
    withDatabase(path, (db) => {
      expect(db.all(rigs)).toEqual([1, 2].map((id) => ({ ref_sensor_id: id, ref_sensor_type: 0 })));
      expect(db.all(frames)).toEqual(
        [1, 2, 3, 4, 5, 6].map((id) => {
          const camera = ((id + 1) % 2) + 1;
          return { data_id: id, sensor_id: camera, ref_sensor_id: camera, camera_id: camera };
        }),
      );
      db.exec('DELETE FROM frames; DELETE FROM rigs');
    });
    await writeColmapDatabase(path, ringSet([...names, 'late.jpg']));
    withDatabase(path, (db) => expect(db.all('SELECT * FROM frames')).toEqual([]));
  });
});
