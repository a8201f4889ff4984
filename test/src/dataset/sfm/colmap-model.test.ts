import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { normalisedFromPixel, pixelFromNormalised } from '../../../../src/dataset/sfm/camera.ts';
import { readColmapModel } from '../../../../src/dataset/sfm/colmap-model.ts';
import { DataError, UsageError } from '../../../../src/errors.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'tessera-colmap-'))));
afterEach(() => rm(folder, { recursive: true }));

/** Three cameras, three photos (one without points, one whose name has a space), two points. */
const cameras = [
  { id: 1, model: 'SIMPLE_RADIAL', number: 2, size: [640, 480], params: [500.5, 320, 240, -0.05] },
  { id: 2, model: 'OPENCV', number: 4, size: [800, 600], params: [700, 710, 401.25, 299, 0.1, -0.02, 0.001, -0.002] },
  { id: 7, model: 'PINHOLE', number: 1, size: [64, 48], params: [50, 51, 32, 24] },
];
const images = [
  {
    id: 4,
    q: [0.5, 0.5, 0.5, 0.5],
    t: [1, 2, 3.5],
    camera: 2,
    name: 'b photo.jpg',
    points: [
      [10.5, 20.25, 12],
      [30, 40, -1],
      [50.5, 60.5, 3],
    ],
  },
  { id: 2, q: [1, 0, 0, 0], t: [0, 0, 0.25], camera: 1, name: 'a.jpg', points: [[100.5, 99.5, 12]] },
  { id: 9, q: [1, 0, 0, 0], t: [0, 0, 0], camera: 7, name: 'sub/c.jpg', points: [] },
];
const points = [
  { id: 3, position: [0.125, -1, 7] },
  { id: 12, position: [-3, 0.5, 9.75] },
];

const texts = {
  'cameras.txt':
    '# Camera list\n' +
    cameras.map(({ id, model, size, params }) => [id, model, ...size, ...params].join(' ')).join('\n') +
    '\n',
  'images.txt':
    '# Image list\n# Number of images: 3\n' +
    images
      .map(
        ({ id, q, t, camera, name, points }) =>
          `${[id, ...q, ...t, camera, name].join(' ')}\n${points.flat().join(' ')}\n`,
      )
      .join(''),
  'points3D.txt':
    '# 3D point list\n' +
    points.map(({ id, position }) => `${[id, ...position].join(' ')} 9 8 7 0.5 4 0 2 0\n`).join(''),
};

async function writeText(changes: Partial<typeof texts> = {}): Promise<void> {
  for (const [name, text] of Object.entries({ ...texts, ...changes })) await writeFile(join(folder, name), text);
}

/** Little-endian fields one after the other. */
function bytes(fields: readonly (readonly ['u8' | 'u32' | 'i32' | 'u64' | 'f64' | 'text', number | string])[]): Buffer {
  return Buffer.concat(
    fields.map(([type, value]) => {
      if (type === 'text') return Buffer.from(`${value}\0`);
      const field = Buffer.alloc({ u8: 1, u32: 4, i32: 4, u64: 8, f64: 8 }[type]);
      if (type === 'u8') field.writeUInt8(Number(value));
      if (type === 'u32') field.writeUInt32LE(Number(value));
      if (type === 'i32') field.writeInt32LE(Number(value));
      if (type === 'u64') field.writeBigInt64LE(BigInt(value));
      if (type === 'f64') field.writeDoubleLE(Number(value));
      return field;
    }),
  );
}

async function writeBinary(): Promise<void> {
  const f64 = (values: readonly number[]): (readonly ['f64', number])[] => values.map((v) => ['f64', v] as const);
  await writeFile(
    join(folder, 'cameras.bin'),
    bytes([
      ['u64', cameras.length],
      ...cameras.flatMap(
        ({ id, number, size, params }) =>
          [['u32', id], ['i32', number], ['u64', size[0]], ['u64', size[1]], ...f64(params)] as const,
      ),
    ]),
  );
  await writeFile(
    join(folder, 'images.bin'),
    bytes([
      ['u64', images.length],
      ...images.flatMap(
        ({ id, q, t, camera, name, points }) =>
          [
            ['u32', id],
            ...f64(q),
            ...f64(t),
            ['u32', camera],
            ['text', name],
            ['u64', points.length],
            ...points.flatMap(([x, y, point]) => [...f64([x, y]), ['u64', point] as const]),
          ] as const,
      ),
    ]),
  );
  await writeFile(
    join(folder, 'points3D.bin'),
    bytes([
      ['u64', points.length],
      ...points.flatMap(
        ({ id, position }) =>
          [
            ['u64', id],
            ...f64(position),
            ...([9, 8, 7] as const).map((v) => ['u8', v] as const),
            ['f64', 0.5],
            ['u64', 2],
            ...[4, 0, 2, 0].map((v) => ['u32', v] as const),
          ] as const,
      ),
    ]),
  );
}

test('the same model in text and in binary is the same', async () => {
  await writeText();
  const fromText = await readColmapModel(folder);
  await writeBinary();
  expect(await readColmapModel(folder)).toEqual(fromText);
  expect(fromText.photos.map(({ name }) => name)).toEqual(['a.jpg', 'b photo.jpg', 'sub/c.jpg']);
});

test('pixels are counted from the centre of the first, quaternions become rotations', async () => {
  await writeBinary();
  const [a, b, c] = (await readColmapModel(folder)).photos;
  expect(a.camera).toEqual({
    width: 640,
    height: 480,
    fx: 500.5,
    fy: 500.5,
    cx: 319.5,
    cy: 239.5,
    k1: -0.05,
    k2: 0,
    p1: 0,
    p2: 0,
  });
  expect(b.camera).toMatchObject({
    fx: 700,
    fy: 710,
    cx: 400.75,
    cy: 298.5,
    k1: 0.1,
    k2: -0.02,
    p1: 0.001,
    p2: -0.002,
  });
  // A third of a turn about (1, 1, 1): x → y → z → x.
  expect(b.R).toEqual([0, 0, 1, 1, 0, 0, 0, 1, 0]);
  expect(b.t).toEqual([1, 2, 3.5]);
  // Only what was triangulated; point 12 is the second, 3 the first.
  expect(b.observations).toEqual({
    x: Float64Array.of(10, 50),
    y: Float64Array.of(19.75, 60),
    point: Uint32Array.of(1, 0),
  });
  expect(c.observations.point).toHaveLength(0);
});

describe('what cannot be read names the file and what to do', () => {
  const failure = async (): Promise<Error> =>
    readColmapModel(folder).then(
      () => expect.fail('read'),
      (error: Error) => error,
    );

  test('no folder, no model, a folder of models', async () => {
    await expect(readColmapModel(join(folder, 'nowhere'))).rejects.toThrow(UsageError);
    expect((await failure()).message).toMatch(/expected cameras\.bin, images\.bin, points3D\.bin/);
    await writeFile(join(folder, '0'), '');
    expect((await failure()).message).toContain(`${folder}/0`);
  });

  test('a file cut short', async () => {
    await writeBinary();
    await truncate(join(folder, 'images.bin'), 300);
    const error = await failure();
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toMatch(/images\.bin: ends at byte 300/);
  });

  test('a count that cannot be', async () => {
    await writeBinary();
    await writeFile(join(folder, 'points3D.bin'), bytes([['u64', 1e12]]));
    expect((await failure()).message).toMatch(/points3D\.bin: announces 1000000000000 records/);
  });

  test('a camera model that is not known', async () => {
    await writeText({ 'cameras.txt': '1 FISHEYE 640 480 500 320 240 0.1\n' });
    expect((await failure()).message).toMatch(/cameras\.txt: camera 1 is of model FISHEYE.*image_undistorter/);
  });

  test('a line that is not what stands there', async () => {
    await writeText({ 'cameras.txt': '1 PINHOLE 640 480 500 x 320 240\n' });
    expect((await failure()).message).toMatch(
      /cameras\.txt, line 1: expected CAMERA_ID PINHOLE WIDTH HEIGHT fx fy cx cy/,
    );
    await writeText({ 'images.txt': '1 1 0 0 0 0 0 0 1 a.jpg\n10 20\n' });
    expect((await failure()).message).toMatch(/images\.txt, line 2: expected X Y POINT3D_ID/);
  });

  test('files of two models', async () => {
    await writeText({ 'points3D.txt': '3 0 0 1 9 8 7 0.5 4 0\n' });
    expect((await failure()).message).toMatch(/a\.jpg sees point 12|b photo\.jpg sees point 12/);
    await writeText({ 'images.txt': '1 1 0 0 0 0 0 0 5 a.jpg\n\n' });
    expect((await failure()).message).toMatch(/a\.jpg has camera 5/);
  });
});

test('the lens and its inverse', () => {
  const camera = {
    width: 800,
    height: 600,
    fx: 700,
    fy: 710,
    cx: 400.75,
    cy: 298.5,
    k1: 0.1,
    k2: -0.02,
    p1: 0.001,
    p2: -0.002,
  };
  for (const [px, py] of [
    [0, 0],
    [799, 10],
    [400, 590],
    [123.4, 456.7],
  ]) {
    const [x, y] = normalisedFromPixel(camera, px, py);
    const back = pixelFromNormalised(camera, x, y);
    expect(Math.hypot(back.x - px, back.y - py)).toBeLessThan(1e-8);
    const e = 1e-6;
    const right = pixelFromNormalised(camera, x + e, y);
    const down = pixelFromNormalised(camera, x, y + e);
    const slopes = [right.x - back.x, down.x - back.x, right.y - back.y, down.y - back.y].map((d) => d / e);
    expect(Math.max(...slopes.map((slope, i) => Math.abs(slope - back.derivative[i])))).toBeLessThan(1e-2);
  }
  // A lens that folds the picture back has no inverse out there.
  expect(normalisedFromPixel({ ...camera, k1: -1, k2: 0 }, 799, 599)[0]).toBeNaN();
});
