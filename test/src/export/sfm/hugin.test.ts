import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Camera } from '../../../../fixtures/synthetic/camera.ts';
import { randomRotationScene } from '../../../../fixtures/synthetic/rotation-scene.ts';
import { DataError, OutputError, UsageError } from '../../../../src/errors.ts';
import { huginLens } from '../../../../src/export/sfm/hugin-lens.ts';
import { pickControlPoints } from '../../../../src/export/sfm/hugin-points.ts';
import { rotationFromAngles } from '../../../../src/export/sfm/hugin-rotations.ts';
import { writeHuginProject } from '../../../../src/export/sfm/hugin.ts';
import { type HuginProject, readHuginProject } from '../../../../src/export/sfm/read-hugin.ts';
import { multiply3, transpose3 } from '../../../../src/math/matrix3.ts';
import { angleBetweenRotations } from '../../../../src/math/rotation.ts';
import type { SfmCamera } from '../../../../src/scene/sfm-set.ts';
import { inlierPoints, relativeRotation, rotationSet } from './rotation-set.ts';

const names = ['a.jpg', 'first floor/ü 2.jpg', '日本 3.jpg', '4.jpg', '5.jpg', '6.jpg', '7.jpg', '8.jpg', '9.jpg', '10.jpg', '11.jpg']; // prettier-ignore

let folder: string;
let project: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-hugin-'));
  project = join(folder, 'my project.pto');
});
afterEach(() => rm(folder, { recursive: true }));

const photoFolder = (): string => join(folder, 'the photos');

function hasTool(name: string): boolean {
  try {
    execFileSync('which', [name]);
    return true;
  } catch {
    return false;
  }
}
const hasHugin = ['autooptimiser', 'pto_gen', 'pto_var'].every(hasTool);
if (!hasHugin) console.warn("SKIPPED: projects in Hugin's own tools (apt-get install hugin-tools)");

function worstAngle(cameras: readonly Camera[], { photos }: HuginProject): number {
  const found = photos.map(rotationFromAngles);
  const errors = cameras.flatMap((camera, i) =>
    cameras
      .slice(0, i)
      .map((other, j) =>
        angleBetweenRotations(relativeRotation(other, camera), multiply3(found[i], transpose3(found[j]))),
      ),
  );
  return (Math.max(...errors) * 180) / Math.PI;
}

describe('writeHuginProject', () => {
  test('is read back: photos, lens, directions and control points', async () => {
    const cameras = randomRotationScene(7, { photos: 4, jitter: 6, principalOffset: [0.01, -0.02] });
    const set = rotationSet(cameras, { names });
    await writeHuginProject(project, set, { photoFolder: photoFolder() });

    const read = await readHuginProject(project);
    expect(read.photos.map(({ path }) => path)).toEqual(names.slice(0, 4).map((name) => join(photoFolder(), name)));
    for (const { width, height, focal, d, e } of read.photos) {
      expect({ width, height }).toEqual({ width: 800, height: 600 });
      expect(focal).toBeCloseTo(cameras[0].focal, 3);
      expect([d, e]).toEqual([8, -16]);
    }
    expect(worstAngle(cameras, read)).toBeLessThan(1e-4);
    const text = await readFile(project, 'utf8');
    expect(text).toContain('n"the photos/first floor/ü 2.jpg"');
    expect(text).toContain('the centre of the top-left pixel is (0, 0)');
  });

  test('keeps 25 inliers a pair, spread over what the photos share, the most probable of each part', async () => {
    const cameras = randomRotationScene(7, { photos: 2 });
    const set = rotationSet(cameras, { names, matches: 400 });
    await writeHuginProject(project, set, { photoFolder: folder });

    const { controlPoints } = await readHuginProject(project);
    expect(controlPoints).toHaveLength(25);
    for await (const pair of set.pairs()) {
      const points = await inlierPoints(set, pair);
      const rank = controlPoints.map(({ xa, ya, xb, yb }) =>
        [...points.keys()].findIndex((m) => [xa, ya, xb, yb].every((v, i) => Math.abs(v - points[4 * m + i]) < 1e-3)),
      );
      expect(rank).not.toContain(-1);
      // Of 400 the best of 25 cells are among the first 150 or so.
      expect(Math.max(...rank)).toBeLessThan(200);
      const spread = (values: number[]): number => Math.max(...values) - Math.min(...values);
      const all = (column: number): number[] => [...points].filter((_, i) => i % 4 === column);
      expect(spread(controlPoints.map(({ xa }) => xa))).toBeGreaterThan(0.85 * spread(all(0)));
      expect(spread(controlPoints.map(({ ya }) => ya))).toBeGreaterThan(0.85 * spread(all(1)));
    }
  });

  test('tells of photos that nothing connects', async () => {
    const [first, second, ...others] = randomRotationScene(7, { photos: 6, yawStep: 30 });
    const apart = rotationSet([first, second, ...others.slice(2)], { names });
    const notes = await writeHuginProject(project, apart, { photoFolder: folder });
    expect(notes).toEqual([expect.stringMatching(/2 photos around a\.jpg; 2 photos around 日本 3\.jpg/)]);

    const connected = rotationSet([first, second], { names });
    expect(await writeHuginProject(project, connected, { photoFolder: folder })).toEqual([]);
  });

  test('refuses names that the format cannot hold; leaves nothing where it cannot write', async () => {
    const set = rotationSet(randomRotationScene(7, { photos: 2 }), { names: ['a "quoted" one.jpg', 'b.jpg'] });
    await expect(writeHuginProject(project, set, { photoFolder: folder })).rejects.toThrow(DataError);
    const plain = { ...set, photos: set.photos.map((photo, i) => ({ ...photo, name: names[i] })) };
    const nowhere = join(folder, 'no such folder', 'p.pto');
    await expect(writeHuginProject(nowhere, plain, { photoFolder: folder })).rejects.toThrow(OutputError);
    expect(await readdir(folder)).toEqual([]);
  });
});

test('pickControlPoints leaves a cluster of the most probable matches for the rest of the overlap', () => {
  const cluster = Array.from({ length: 300 }, (_, i) => [100 + (i % 20), 100 + i / 20, i, i]);
  const around = Array.from({ length: 25 }, (_, i) => [200 * (i % 5), 200 * Math.floor(i / 5), i, i]);
  const picked = pickControlPoints(Float64Array.from([...cluster, ...around].flat()));
  expect(picked).toHaveLength(25);
  // The cluster's cell gives its best; each other cell the one it has.
  expect(picked).toEqual([0, ...Array.from({ length: 24 }, (_, i) => 301 + i)]);
});

test('huginLens shows every radius where the camera does', () => {
  const size = { width: 3000, height: 2000, isFocalKnown: true } as const;
  const simple: SfmCamera = { ...size, model: 'SIMPLE_RADIAL', params: [2500, 1499.5, 999.5, -0.12] };
  const radial: SfmCamera = { ...size, model: 'RADIAL', params: [2500, 1499.5, 999.5, -0.12, 0.05] };
  for (const { camera, k2, within } of [
    { camera: simple, k2: 0, within: 1e-6 },
    { camera: radial, k2: 0.05, within: 0.1 },
  ]) {
    const { hfov, a, b, c, d, e } = huginLens(camera);
    expect([d, e]).toEqual([0, 0]);
    const focal = 1500 / Math.tan((hfov * Math.PI) / 360);
    for (let t = 0; t <= 0.72; t += 0.02) {
      const r = (focal * t) / 1000;
      const shown = 1000 * r * (a * r ** 3 + b * r ** 2 + c * r + 1 - a - b - c);
      expect(Math.abs(shown - 2500 * t * (1 - 0.12 * t ** 2 + k2 * t ** 4))).toBeLessThan(within);
    }
  }
});

describe.skipIf(!hasHugin)("Hugin's tools", () => {
  const optimise = async (): Promise<HuginProject> => {
    const output = join(folder, 'out.pto');
    execFileSync('autooptimiser', ['-n', '-o', output, project], { stdio: 'ignore' });
    return readHuginProject(output);
  };

  test('autooptimiser finds rotations and focal length, starting from one 5 % off', async () => {
    const cameras = randomRotationScene(11, { photos: 5, jitter: 8, k1: -0.08 });
    const { width, height, focal, cx, cy } = cameras[0];
    const camera: SfmCamera = { model: 'SIMPLE_RADIAL', width, height, params: [1.05 * focal, cx, cy, 0], isFocalKnown: false }; // prettier-ignore
    await writeHuginProject(project, rotationSet(cameras, { names, camera }), { photoFolder: photoFolder() });

    expect(worstAngle(cameras, await readHuginProject(project))).toBeGreaterThan(0.5);
    const solved = await optimise();
    expect(worstAngle(cameras, solved)).toBeLessThan(0.02);
  });

  test('autooptimiser closes a full circle of photos with a quarter of a pixel of noise', async () => {
    const cameras = randomRotationScene(5, { photos: 11, horizontalFov: 60, yawStep: 360 / 11, jitter: 3 });
    const { width, height, focal, cx, cy } = cameras[0];
    const camera: SfmCamera = { model: 'SIMPLE_PINHOLE', width, height, params: [1.03 * focal, cx, cy], isFocalKnown: false }; // prettier-ignore
    await writeHuginProject(project, rotationSet(cameras, { names, camera, noisePx: 0.25 }), { photoFolder: folder });

    const solved = await optimise();
    expect(worstAngle(cameras, solved)).toBeLessThan(0.15);
    expect(Math.abs(solved.photos[3].focal! / focal - 1)).toBeLessThan(0.003);
  });

  test('a known lens, as it is written, is the lens that autooptimiser sees', async () => {
    const cameras = randomRotationScene(3, { photos: 2, k1: -0.1, principalOffset: [0.02, 0.01] });
    await writeHuginProject(project, rotationSet(cameras, { names }), { photoFolder: folder });

    // Two photos of a known focal length: only directions are optimised.
    const solved = await optimise();
    expect(worstAngle(cameras, solved)).toBeLessThan(1e-3);
    expect(solved.photos[1].focal).toBeCloseTo((await readHuginProject(project)).photos[1].focal!, 6);
  });

  test('projects of pto_gen and pto_var are read', async () => {
    await mkdir(photoFolder());
    const files = ['one 1.jpg', 'zwei ü.jpg'].map((name) => join(photoFolder(), name));
    for (const file of files) await sharp({ create: { width: 320, height: 240, channels: 3, background: '#888' } }).toFile(file); // prettier-ignore
    execFileSync('pto_gen', ['-o', project, '-f', '50', ...files], { stdio: 'ignore' });
    const set = ['--set', 'y=20*i,r=-3,a=0.01', '--link', 'v', '-o', project, project];
    execFileSync('pto_var', set, { stdio: 'ignore' });

    const { photos } = await readHuginProject(project);
    expect(photos.map(({ path }) => path)).toEqual(files);
    expect(photos.map(({ yaw }) => yaw)).toEqual([0, 20]);
    for (const { roll, a, hfov, focal, width } of photos) {
      expect({ roll, a, width }).toEqual({ roll: -3, a: 0.01, width: 320 });
      expect(hfov).toBeCloseTo(50, 6);
      expect(focal).toBeCloseTo(160 / Math.tan((25 * Math.PI) / 180), 4);
    }
  });
});

describe('readHuginProject', () => {
  test('takes other versions: linked values, unknown keys and lines, other lenses, lines as control points', async () => {
    const text = [
      '# hugin project file', '#hugin_ptoversion 3', 'p f2 w3000 h1500 v360  n"JPEG_m q90"', 'm g1 i0 f0', '',
      '#-hugin  cropFactor=1.5 disabled',
      'i w4000 h3000 f0 v60 Ra0.1 Eev13.5 Er1 r0.5 p-1.25 y1e-05 TrX0 j0 a0.01 b-0.02 c0 d12 e-3 g0 t0 Va1 Vm5 Zz9 S10,20,30,40 n"C:\\\\x y\\ä.jpg"',
      'i w4000 h3000 f0 v=0 r0 p0 y-30 a=0 b=0 c=0 d=0 e=0 n"/abs/b.tif" k1 k0',
      'i w1000 h1000 f3 v=1 a0 b0 c0 n"sub/fish.jpg"',
      'i n"no angles.jpg" w800 h600',
      'v y1 p1', 'v',
      'c n0 N1 x10.5 y20.25 X30 Y40.125 t0', 'c n1 N1 x1 y2 X3 Y4 t1', 'c n0 N2 x1 y2 X3 Y4 t3', 'c n2 N0 x1 y2 X3 Y4',
      '*', '#hugin_optimizeReferenceImage 0', 'o f0 x', ''].join('\r\n'); // prettier-ignore
    await writeFile(project, text);

    const { photos, controlPoints } = await readHuginProject(project);
    expect(photos).toHaveLength(4);
    expect(photos[1]).toMatchObject({ path: '/abs/b.tif', hfov: 60, yaw: -30, a: 0.01, b: -0.02, c: 0, d: 12, e: -3 });
    expect(photos[0]).toMatchObject({ yaw: 1e-5, pitch: -1.25, roll: 0.5 });
    expect(photos[1].focal).toBeCloseTo(2000 / Math.tan(Math.PI / 6), 6);
    expect(photos[2]).toMatchObject({ path: join(folder, 'sub/fish.jpg'), projection: 3, hfov: 60 });
    expect(photos[2].focal).toBeCloseTo(1000 / (Math.PI / 3), 6);
    expect(photos[3]).toMatchObject({ yaw: 0, hfov: 0, focal: null });
    expect(controlPoints).toEqual([
      { a: 0, b: 1, xa: 10.5, ya: 20.25, xb: 30, yb: 40.125 },
      { a: 2, b: 0, xa: 1, ya: 2, xb: 3, yb: 4 },
    ]);
  });

  test.each([
    ['no photos', 'p f2 w10 h5', /no photos/],
    ['a photo without a name', 'i w10 h10 f0 v50', /line 1: a photo without a name/],
    ['a photo without a size', 'i f0 v50 n"a.jpg"', /without a size/],
    ['no number', 'i w10 h10 v5x n"a.jpg"', /line 1: expected a number after v but found "5x"/],
    ['a link to nowhere', 'i w10 h10 v=7 n"a.jpg"', /v=7 is linked/],
    ['links in a circle', 'i w1 h1 v=1 n"a.jpg"\ni w1 h1 v=0 n"b.jpg"', /circle/],
    ['a point in no photo', 'i w1 h1 n"a.jpg"\nc n0 N3 x1 y1 X1 Y1 t0', /line 2: a control point in photo 3/],
    ['a point without a place', 'i w1 h1 n"a"\ni w1 h1 n"b"\nc n0 N1 x1 y1 X1 t0', /line 3: .*after Y/],
  ])('says what is wrong with %s', async (_, text, message) => {
    await writeFile(project, text);
    await expect(readHuginProject(project)).rejects.toThrow(message);
    await expect(readHuginProject(project)).rejects.toThrow(DataError);
  });

  test('a file that is not there', async () => {
    await expect(readHuginProject(project)).rejects.toThrow(UsageError);
  });
});
