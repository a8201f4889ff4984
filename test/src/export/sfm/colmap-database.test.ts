import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'node-sqlite3-wasm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError, OutputError, UsageError } from '../../../../src/errors.ts';
import { writeColmapDatabase } from '../../../../src/export/sfm/colmap-database.ts';
import { readColmapDatabase } from '../../../../src/export/sfm/colmap-read.ts';
import { type Matrix3, multiply3, transformPoint, transpose3, unitMatrix3 } from '../../../../src/math/matrix3.ts';
import type { SfmFeatures, SfmGeometry, SfmPair, SfmSet } from '../../../../src/scene/sfm-set.ts';
import { names, pairsOf, readBack, withDatabase, withPairs } from './colmap-use.ts';
import { ringSet } from './ring-set.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera colmap é-'));
  path = join(folder, 'database.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const H: Matrix3 = [0.9, -0.2, 30, 0.1, 1.1, -12, 1e-4, -2e-4, 1];

/** The set with geometries of every kind. */
function manyGeometries(set: SfmSet): SfmSet {
  return withPairs(set, (pair, k) => {
    const { fundamental } = pair.geometry as Extract<SfmGeometry, { kind: 'calibrated' }>;
    const geometries: readonly (SfmGeometry | null)[] = [
      pair.geometry,
      { kind: 'uncalibrated', fundamental },
      { kind: 'planar', homography: H },
      { kind: 'panoramic', homography: H },
      { kind: 'flat', homography: H },
      null,
    ];
    const geometry = geometries[k % geometries.length];
    return { ...pair, geometry, inliers: geometry === null ? new Uint32Array(0) : pair.inliers };
  });
}

function expectNear(values: readonly number[], expected: readonly number[]): void {
  values.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 9));
}

function expectSameGeometry(found: SfmGeometry | null, expected: SfmGeometry | null): void {
  expect(found?.kind).toBe(expected?.kind);
  if (found === null || expected === null) return;
  const numbersOf = (geometry: SfmGeometry): number[] =>
    Object.values(geometry).flatMap((value) => {
      if (typeof value === 'string') return [];
      return value.length === 9 ? [...unitMatrix3(value as Matrix3)] : [...(value as readonly number[])];
    });
  expectNear(numbersOf(found), numbersOf(expected));
}

describe.each(['3', '4'] as const)('a database for COLMAP %s', (schema) => {
  it('reads back as it was written', async () => {
    const set = manyGeometries(ringSet(names));
    const steps: [number, number][] = [];
    const changes = await writeColmapDatabase(path, set, {
      schema,
      onProgress: (done, total) => steps.push([done, total]),
    });
    expect(changes).toEqual({ photosKept: 0, photosAdded: 6, pairsKept: 0, pairsUpdated: 0, pairsAdded: 15 });
    // The last photo has no pairs with later ones.
    expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12].map((done) => [done, 12]));
    await readBack(path, async (read) => {
      expect(read.cameras).toEqual(set.cameras);
      expect(read.photos).toEqual(set.photos);
      for (const photo of set.photos.keys()) {
        const [found, expected] = [await read.features(photo), await set.features(photo)];
        expect(found.count).toBe(expected.count);
        expectNearFloats(found, expected);
      }
      const [found, expected] = [await pairsOf(read), await pairsOf(set)];
      expect(found.map(({ a, b, matches, inliers }) => ({ a, b, matches, inliers }))).toEqual(
        expected.map(({ a, b, matches, inliers }) => ({ a, b, matches, inliers })),
      );
      found.forEach(({ geometry }, k) => expectSameGeometry(geometry, expected[k].geometry));
    });
    expect(await readdir(folder)).toEqual(['database.db']);
  });

  it('grows: ids stay, photos and pairs come in, what changed is updated and the rest is left alone', async () => {
    await writeColmapDatabase(path, ringSet(names.slice(2, 5), 2), { schema });
    const idsBefore = idsByName();
    const set = ringSet(names);
    const isChanged = ({ a, b }: SfmPair): boolean => a === 2 && b === 4;
    const changed = withPairs(set, (pair) => (isChanged(pair) ? { ...pair, inliers: pair.inliers.slice(10) } : pair));
    const moved: SfmSet = {
      ...changed,
      features: async (photo) => {
        const features = await set.features(photo);
        return photo === 3 ? { ...features, x: features.x.map((x) => x + 0.25) } : features;
      },
    };
    const changes = await writeColmapDatabase(path, moved, { schema: '3' });
    expect(changes).toEqual({ photosKept: 3, photosAdded: 3, pairsKept: 2, pairsUpdated: 1, pairsAdded: 12 });
    expect(idsByName()).toEqual(expect.objectContaining(idsBefore));
    expect(Object.keys(idsByName()).sort()).toEqual([...names].sort());
    await readBack(path, async (read) => {
      expect(read.cameras).toHaveLength(2);
      const place = read.photos.findIndex(({ name }) => name === names[3]);
      expect((await read.features(place)).x[7]).toBeCloseTo((await set.features(3)).x[7] + 0.25, 3);
      // Ids of new photos are larger than those of old ones that come after them in the set: such pairs are turned round.
      const expected = new Map((await pairsOf(moved)).map((pair) => [pairName(moved, pair), pair]));
      const found = await pairsOf(read);
      expect(found).toHaveLength(15);
      for (const pair of found) {
        const original = expected.get(pairName(read, pair))!;
        expect(original.inliers.length).toBe(pair.inliers.length);
        expect(matchNames(read, pair)).toEqual(matchNames(moved, original));
        const same = read.photos[pair.a].name === moved.photos[original.a].name;
        expectSameGeometry(pair.geometry, same ? original.geometry : turned(original.geometry!));
      }
    });
    const again = await writeColmapDatabase(path, moved, { schema: '3' });
    expect(again).toEqual({ photosKept: 6, photosAdded: 0, pairsKept: 15, pairsUpdated: 0, pairsAdded: 0 });
  });
});

function expectNearFloats(found: SfmFeatures, expected: SfmFeatures): void {
  for (const column of ['x', 'y', 'size', 'angle'] as const) {
    const worst = Math.max(...found[column].map((value, i) => Math.abs(value - expected[column][i])));
    expect(worst).toBeLessThan(1e-4);
  }
}

const idsByName = (): Record<string, unknown> =>
  withDatabase(path, (db) =>
    Object.fromEntries(
      db.all('SELECT image_id, camera_id, name FROM images').map((row) => [row.name, [row.image_id, row.camera_id]]),
    ),
  );

const pairName = ({ photos }: SfmSet, { a, b }: SfmPair): string => [photos[a].name, photos[b].name].sort().join('|');

/** Each match as "photo:keypoint" twice, whichever photo comes first. */
const matchNames = ({ photos }: SfmSet, { a, b, matches }: SfmPair): string[] =>
  Array.from({ length: matches.length / 2 }, (_, m) =>
    [`${photos[a].name}:${matches[2 * m]}`, `${photos[b].name}:${matches[2 * m + 1]}`].sort().join(' '),
  );

function turned(geometry: SfmGeometry): SfmGeometry {
  if (geometry.kind !== 'calibrated') throw new Error('only poses are asked for');
  const R = transpose3(geometry.R);
  const [x, y, z] = geometry.t;
  const t = [0, 1, 2].map((r) => -(R[3 * r] * x + R[3 * r + 1] * y + R[3 * r + 2] * z));
  return {
    kind: 'calibrated',
    fundamental: transpose3(geometry.fundamental),
    essential: transpose3(geometry.essential),
    R,
    t: t as unknown as readonly [number, number, number],
  };
}

describe('pixels', () => {
  it('are those of COLMAP, whose first centre is at (0.5, 0.5)', async () => {
    const set = manyGeometries(ringSet(names));
    await writeColmapDatabase(path, set);
    const [[features, row, params], pairs] = withDatabase(path, (db) => [
      [
        set.features(0),
        new Float32Array(blobIn(db, 'SELECT data FROM keypoints WHERE image_id = 1')),
        new Float64Array(blobIn(db, 'SELECT params AS data FROM cameras WHERE camera_id = 1')),
      ] as const,
      [2, 3, 4, 5].map((b) => ({
        F: matrixIn(db, `SELECT F AS data FROM two_view_geometries WHERE pair_id = ${2147483647 + b}`),
        H: matrixIn(db, `SELECT H AS data FROM two_view_geometries WHERE pair_id = ${2147483647 + b}`),
      })),
    ]);
    const { x, y, size, angle } = await features;
    expectNearFloatsOf(row.subarray(0, 4), [x[0] + 0.5, y[0] + 0.5, size[0] / 2, angle[0]]);
    expect([...params]).toEqual([520, 515, 321.5, 238.5]);
    const [xb, yb] = transformPoint(H, 100, 50);
    expectNear(transformPoint(pairs[2].H!, 100.5, 50.5), [xb + 0.5, yb + 0.5]);
    expect(pairs[2].F).toBeNull();
    // Of the pair 1, 2: keypoints of a right match lie on each other's lines.
    const [first] = await pairsOf(set);
    const [i, j] = [...first.matches.slice(2 * first.inliers[0], 2 * first.inliers[0] + 2)];
    const b = await set.features(1);
    const [u, v] = [x[i] + 0.5, y[i] + 0.5];
    const F = unitMatrix3(pairs[0].F!);
    const line = [0, 3, 6].map((r) => F[r] * u + F[r + 1] * v + F[r + 2]);
    const off = (line[0] * (b.x[j] + 0.5) + line[1] * (b.y[j] + 0.5) + line[2]) / Math.hypot(line[0], line[1]);
    expect(Math.abs(off)).toBeLessThan(1e-3);
  });
});

function expectNearFloatsOf(values: Float32Array, expected: readonly number[]): void {
  values.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
}

const blobIn = (db: Database, sql: string): ArrayBuffer => (db.get(sql) as { data: Uint8Array }).data.slice().buffer;

function matrixIn(db: Database, sql: string): Matrix3 | null {
  const { data } = db.get(sql) as { data: Uint8Array | null };
  return data && ([...new Float64Array(data.slice().buffer)] as unknown as Matrix3);
}

it('that has no place to go is an OutputError that names it', async () => {
  const nowhere = join(folder, 'no such folder', 'database.db');
  const writing = writeColmapDatabase(nowhere, ringSet(names));
  await expect(writing).rejects.toThrow(/no such folder\/database\.db could not be written/);
  await expect(writing).rejects.toThrow(OutputError);
});

describe('reading', () => {
  const change = (sql: string, values: Parameters<Database['run']>[1] = []): void =>
    withDatabase(path, (db) => void db.run(sql, values));
  const readAll = (): Promise<void> =>
    readBack(path, async (read) => {
      for (const photo of read.photos.keys()) await read.features(photo);
      await pairsOf(read);
    });

  beforeEach(() => writeColmapDatabase(path, ringSet(names.slice(0, 2))).then(() => undefined));

  it.each([
    ['a camera model that is not known', 'UPDATE cameras SET model = 5', /camera 1 is of model OPENCV_FISHEYE/],
    ['a model of a COLMAP to come', 'UPDATE cameras SET model = 99', /camera 1 is of model number 99/],
    ['parameters cut short', "UPDATE cameras SET params = x'00'", /camera 1: expected 32 bytes in params.*1 bytes/],
    ['a width that is a word', "UPDATE cameras SET width = 'wide'", /camera 1: expected a count in width.*"wide"/],
    ['keypoints cut short', "UPDATE keypoints SET data = x'0000'", /keypoints of a\.jpg: expected 4800 bytes/],
    ['keypoints of five values', 'UPDATE keypoints SET cols = 5', /keypoints of a\.jpg: expected 2, 4 or 6 columns/],
    ['more rows than there are', 'UPDATE matches SET rows = 1e15', /matches of a\.jpg and with space\.jpg/],
    [
      'matches of other keypoints',
      "UPDATE matches SET rows = 1, data = x'0000000000020000'",
      /keypoints 0 and 512 match, but there are 300 and 300/,
    ],
    ['matches of no image', 'UPDATE matches SET pair_id = 5', /matches 5 are of images 0 and 5/],
    ['a matrix cut short', "UPDATE two_view_geometries SET F = x'00'", /with space\.jpg: expected 72 bytes in F/],
    ['an image without a camera', 'PRAGMA foreign_keys = OFF; DELETE FROM cameras', /image 1 .a\.jpg. has camera 1/],
  ])('names %s', async (_, sql, message) => {
    withDatabase(path, (db) => db.exec(sql));
    await expect(readAll()).rejects.toThrow(message);
    await expect(readAll()).rejects.toThrow(DataError);
  });

  it('names a file that is not there, or is damaged', async () => {
    await expect(readColmapDatabase(join(folder, 'none.db'))).rejects.toThrow(UsageError);
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, 4096 * 3));
    await expect(readAll()).rejects.toThrow(/database\.db: SQLite could not read/);
  });

  it('takes keypoints of two and six columns', async () => {
    const set = (columns: readonly number[]): void =>
      change('UPDATE keypoints SET rows = 1, cols = ?, data = ?', [
        columns.length,
        new Uint8Array(Float32Array.from(columns).buffer),
      ]);
    set([10.5, 20.5]);
    const first = await readBack(path, (read) => read.features(0));
    expect([first.x[0], first.y[0], first.size[0], first.angle[0]]).toEqual([10, 20, 2, 0]);
    const [c, s] = [3 * Math.cos(0.4), 3 * Math.sin(0.4)];
    set([10.5, 20.5, c, -s, s, c]);
    const second = await readBack(path, (read) => read.features(0));
    expect(second.size[0]).toBeCloseTo(6, 5);
    expect(second.angle[0]).toBeCloseTo(0.4, 5);
  });

  it('gives SIFT descriptors unit length, and refuses those of other keypoints', async () => {
    const bytes = Uint8Array.from({ length: 300 * 128 }, (_, i) => i % 7);
    change('INSERT INTO descriptors (image_id, rows, cols, data) VALUES (1, 300, 128, ?)', [bytes]);
    const { descriptors, descriptorLength } = await readBack(path, (read) => read.features(0));
    expect(descriptorLength).toBe(128);
    expect(Math.hypot(...descriptors.subarray(128, 256))).toBeCloseTo(1, 5);
    expect(descriptors[2] / descriptors[1]).toBeCloseTo(2, 5);
    change('UPDATE descriptors SET rows = 299, data = ?', [bytes.subarray(128)]);
    await expect(readAll()).rejects.toThrow(/descriptors of a\.jpg: expected one a keypoint, 300, but found 299/);
  });

  it('finds geometries that are left out: as matches_importer and old scripts do, and the pose as COLMAP 3 does', async () => {
    const [original] = await pairsOf(ringSet(names.slice(0, 2)));
    change('UPDATE two_view_geometries SET qvec = zeroblob(32), tvec = zeroblob(24)');
    const [withPose] = await readBack(path, pairsOf);
    expectSameGeometry(withPose.geometry, original.geometry);
    const identity = new Uint8Array(Float64Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]).buffer);
    for (const empty of [null, identity]) {
      change('UPDATE two_view_geometries SET F = ?, E = ?, H = ?', [empty, empty, empty]);
      const [{ geometry, inliers, matches }] = await readBack(path, pairsOf);
      expect(geometry!.kind).toBe('uncalibrated');
      const { fundamental } = geometry as Extract<SfmGeometry, { kind: 'uncalibrated' }>;
      const K: Matrix3 = [520, 0, 321, 0, 515, 238, 0, 0, 1];
      const essential = unitMatrix3(multiply3(multiply3(transpose3(K), fundamental), K));
      const truth = unitMatrix3((original.geometry as Extract<SfmGeometry, { kind: 'calibrated' }>).essential);
      const sign = Math.sign(essential.reduce((sum, value, i) => sum + value * truth[i], 0));
      essential.forEach((value, i) => expect(sign * value).toBeCloseTo(truth[i], 3));
      expect(inliers).toHaveLength(original.inliers.length);
      expect(matches).toHaveLength(original.matches.length);
    }
  });

  it('joins verified matches that are not among the raw ones, no keypoint twice', async () => {
    const rows = (values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
    change('UPDATE matches SET rows = 4, data = ?', [rows([0, 0, 1, 5, 2, 2, 3, 2])]);
    change('UPDATE two_view_geometries SET rows = 2, data = ?', [rows([1, 1, 2, 2])]);
    const [{ matches, inliers }] = await readBack(path, pairsOf);
    expect([...matches]).toEqual([0, 0, 2, 2, 1, 1]);
    expect([...inliers]).toEqual([1, 2]);
  });
});
