import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMatcher, match, type Matcher, type MatchesFile } from '../../pipeline/index.ts';
import { readHomographySequences } from '../../src/dataset/homography-sequences.ts';
import { type PoseTruth, readPairTruths } from '../../src/dataset/pair-truths.ts';
import { cornerError, poseError } from '../../src/evaluation/pair-errors.ts';
import { matchesFileSchema } from '../../src/export/matches-file.ts';
import { multiply3, type Matrix3, transformPoint } from '../../src/math/matrix3.ts';
import { createRandom } from '../../src/math/random.ts';

/** Matching the rendered pairs, whose truth is known exactly. */
const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const pairs = join(fixtures, 'pairs');
const square = join(fixtures, 'scenes/square');
const options = { device: 'cpu', cache: false } as const;

let folder: string;
let matcher: Matcher;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-match-'));
  matcher = await createMatcher(options);
});
afterAll(async () => {
  await matcher.close();
  await rm(folder, { recursive: true, force: true });
});

function homographyOf({ geometry }: MatchesFile): Matrix3 {
  expect(geometry).toMatchObject({ kind: 'homography', verdict: 'ok' });
  return geometry.matrix!;
}

describe('planes', () => {
  it.each(['plane-moderate', 'plane-rotated', 'plane-wide'])('%s: the homography within a pixel', async (name) => {
    const [{ path1, others }] = await readHomographySequences(pairs, name);
    for (const { path, imageFromImage1 } of others) {
      const file = await matcher.match(path1, path);
      expect(cornerError(imageFromImage1, homographyOf(file), file.image1), path).toBeLessThan(1);
      expect(file.geometry.inliers.length, path).toBeGreaterThan(60);
    }
  });

  it('swapped photos give the same matches with columns swapped, and the inverse homography', async () => {
    const [first, second] = [join(pairs, 'plane-wide/1.jpg'), join(pairs, 'plane-wide/2.jpg')];
    const forth = await matcher.match(first, second);
    const back = await matcher.match(second, first);
    expect(back.matches.map(([x1, y1, x2, y2, p]) => [x2, y2, x1, y1, p])).toEqual(forth.matches);
    expect(back.geometry.inliers).toEqual(forth.geometry.inliers);
    const product = multiply3(homographyOf(back), homographyOf(forth));
    product.forEach((value, i) => expect(value / product[8]).toBeCloseTo(i % 4 === 0 ? 1 : 0, 6));
  });

  it('probabilities say how many matches are right', async () => {
    const file = await matcher.match(join(pairs, 'plane-wide/1.jpg'), join(pairs, 'plane-wide/3.jpg'));
    const expected = file.matches.reduce((sum, row) => sum + row[4], 0);
    expect(Math.abs(expected / file.geometry.inliers.length - 1)).toBeLessThan(0.05);
    const probabilities = file.matches.map((row) => row[4]);
    expect(probabilities).toEqual(probabilities.toSorted((p, q) => q - p));
  });
});

describe('turned photos', () => {
  const [photo, other] = [join(pairs, 'plane-moderate/1.jpg'), join(pairs, 'plane-moderate/2.jpg')];
  const turned = async (path: string, angle: number): Promise<string> => {
    const output = join(folder, `turned-${angle}.png`);
    await sharp(path).rotate(angle, { background: '#777' }).png().toFile(output);
    return output;
  };

  it('by a quarter turn: as many matches as by none', async () => {
    const upright = await matcher.match(photo, other);
    for (const angle of [90, 180, 270]) {
      const file = await matcher.match(photo, await turned(other, angle));
      expect(file.geometry.inliers.length / upright.geometry.inliers.length, `${angle}°`).toBeGreaterThan(0.95);
    }
  });

  it.each([30, 60, 120, 150, 210, 240, 300, 330])('by %i°: the homography is that turn', async (angle) => {
    const file = await matcher.match(photo, await turned(photo, angle));
    const found = homographyOf(file);
    const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
    const [cx, cy] = [(file.image1.width - 1) / 2, (file.image1.height - 1) / 2];
    // The canvas is cut to whole pixels: where its middle lies is left open.
    const [u, v] = transformPoint(found, cx, cy);
    const truth: Matrix3 = [cos, -sin, u - cos * cx + sin * cy, sin, cos, v - sin * cx - cos * cy, 0, 0, 1];
    expect(cornerError(truth, found, file.image1)).toBeLessThan(0.5);
    expect(file.geometry.inliers.length).toBeGreaterThan(500);
  });
});

it('a plane squeezed to a third in opposite directions: seen only by simulated views', async () => {
  const photo = join(pairs, 'plane-wide/1.jpg');
  const { width, height } = await sharp(photo).metadata();
  const squeezed = async (name: string, columns: number, rows: number): Promise<string> => {
    const path = join(folder, name);
    await sharp(photo).resize(columns, rows, { fit: 'fill' }).png().toFile(path);
    return path;
  };
  const narrow = await squeezed('narrow.png', Math.round(width / 3), height);
  const low = await squeezed('low.png', width, Math.round(height / 3));
  expect((await matcher.match(narrow, low)).geometry.kind).toBe('none');
  const file = await match(narrow, low, { ...options, quality: 'best' });
  const [sx, sy] = [file.image2.width / file.image1.width, file.image2.height / file.image1.height];
  const truth: Matrix3 = [sx, 0, (sx - 1) / 2, 0, sy, (sy - 1) / 2, 0, 0, 1];
  expect(cornerError(truth, homographyOf(file), file.image1)).toBeLessThan(5);
}, 120_000);

describe('a scene with depth', () => {
  const posedPair = async (): Promise<{ path1: string; path2: string; truth: PoseTruth }> => {
    const scenes = join(folder, 'scenes');
    await mkdir(join(scenes, 'square'), { recursive: true });
    await copyFile(join(square, 'truth.json'), join(scenes, 'square/cameras.json'));
    await cp(join(square, 'images'), join(scenes, 'square/images'), { recursive: true });
    const [{ truth, ...paths }] = await readPairTruths(scenes);
    return { ...paths, truth: truth as PoseTruth };
  };

  it('with known cameras: the relative pose within a degree', async () => {
    const { path1, path2, truth } = await posedPair();
    const { geometry } = await matcher.match(path1, path2, truth);
    expect(geometry).toMatchObject({ kind: 'essential', verdict: 'ok' });
    expect(poseError(truth, { R: geometry.R!, t: geometry.t! })).toBeLessThan(1);
  });

  it('without: a fundamental matrix; one camera alone is refused', async () => {
    const { path1, path2, truth } = await posedPair();
    expect((await matcher.match(path1, path2)).geometry.kind).toBe('fundamental');
    await expect(matcher.match(path1, path2, { camera1: truth.camera1 })).rejects.toThrow('--k2');
  });
});

it('photos of different places share nothing, and the reason is given', async () => {
  const file = await matcher.match(join(pairs, 'plane-moderate/1.jpg'), join(fixtures, 'panoramas/row/01.jpg'));
  expect(file.geometry).toMatchObject({ kind: 'none', verdict: 'no-overlap', inliers: [] });
  expect(file.geometry.reason).toMatch(/chance/);
});

describe('a façade of equal windows', () => {
  const [width, height] = [120, 150];
  /** Seen from `left`, `top`, with noise of its own; `columns` windows wide. */
  const facade = async (name: string, columns: number, left: number, top: number, seed: number): Promise<string> => {
    const window = await sharp(join(pairs, 'plane-moderate/1.jpg'))
      .extract({ left: 300, top: 200, width, height })
      .toBuffer();
    const windows = Array.from({ length: columns * 9 }, (_, i) => ({
      input: window,
      left: (i % columns) * width + 40,
      top: Math.floor(i / columns) * height + 40,
    }));
    const wall = sharp({
      create: { width: columns * width + 80, height: 9 * height + 80, channels: 3, background: '#999' },
    });
    const whole = await wall.composite(windows).png().toBuffer();
    const { data } = await sharp(whole)
      .extract({ left, top, width: 900, height: 650 })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const random = createRandom(seed);
    for (let i = 0; i < data.length; i++) data[i] = Math.min(255, Math.max(0, data[i] + 4 * random.normal()));
    const path = join(folder, name);
    await sharp(data, { raw: { width: 900, height: 650, channels: 3 } })
      .png()
      .toFile(path);
    return path;
  };

  it('seen without its borders is called ambiguous', async () => {
    const [first, second] = [await facade('a.png', 14, 60, 70, 1), await facade('b.png', 14, 97, 91, 2)];
    const { geometry } = await matcher.match(first, second);
    expect(geometry.verdict).toBe('ambiguous');
    expect(geometry.reason).toMatch(/repeats itself/);
  });

  it('seen with its borders is laid over itself where they fit, and is no scene with depth', async () => {
    const [first, second] = [await facade('c.png', 7, 0, 0, 3), await facade('d.png', 7, 20, 15, 4)];
    const file = await matcher.match(first, second);
    // The next window would be 120 px away.
    expect(cornerError([1, 0, -20, 0, 1, -15, 0, 0, 1], homographyOf(file), file.image1)).toBeLessThan(15);
  });
});

it('a blank photo has too little texture', async () => {
  const blank = join(folder, 'blank.png');
  await sharp({ create: { width: 400, height: 300, channels: 3, background: '#88a' } })
    .png()
    .toFile(blank);
  const file = await matcher.match(blank, join(pairs, 'plane-moderate/1.jpg'));
  expect(file.geometry).toMatchObject({ kind: 'none', verdict: 'little-texture' });
  expect(file.geometry.reason).toContain(blank);
});

describe('match()', () => {
  const [first, second] = [join(pairs, 'plane-moderate/1.jpg'), join(pairs, 'plane-moderate/2.jpg')];
  const fast = { ...options, quality: 'fast' } as const;

  it('writes matches.json, a table and a drawing', async () => {
    const [json, csv, png] = ['matches.json', 'matches.csv', 'matches.png'].map((name) => join(folder, name));
    const file = await match(first, second, { ...fast, output: json, draw: png });
    expect(matchesFileSchema.parse(JSON.parse(await readFile(json, 'utf8')))).toEqual(file);
    await match(first, second, { ...fast, output: csv });
    expect((await readFile(csv, 'utf8')).trim().split('\n')).toHaveLength(file.matches.length + 1);
    const { width, height, format } = await sharp(png).metadata();
    expect({ width, format }).toEqual({ width: 1800, format: 'png' });
    expect(height).toBeGreaterThan(600);
  });

  it('does nothing twice where it may keep what it computed', async () => {
    const workspace = join(folder, 'workspace');
    const run = async (): Promise<{ file: MatchesFile; stages: Set<string> }> => {
      const stages = new Set<string>();
      const onProgress = (event: { type: string; stage?: string }): void =>
        void (event.type === 'progress' && stages.add(event.stage!));
      const file = await match(first, second, { ...fast, cache: true, workspace, onProgress });
      return { file, stages };
    };
    const [before, after] = [await run(), await run()];
    expect(before.stages.has('score')).toBe(true);
    expect(after.stages.has('score')).toBe(false);
    expect(after.file).toEqual(before.file);
  });

  it('names a damaged photo', async () => {
    const damaged = join(folder, 'damaged.jpg');
    await writeFile(damaged, (await readFile(first)).subarray(0, 20_000));
    await expect(match(damaged, second, fast)).rejects.toThrow('damaged.jpg');
  });

  it('ends with the reason of the signal', async () => {
    const reason = new Error('changed my mind');
    await expect(match(first, second, { ...fast, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const running = match(first, second, { ...options, quality: 'best', signal: controller.signal });
    setTimeout(() => controller.abort(reason), 300);
    await expect(running).rejects.toBe(reason);
  });

  it.each([
    [{ k1: '1000,1000' }, 'fx,fy,cx,cy'],
    [{ k1: '1000,1000,400,300' }, '--k2'],
    [{ draw: 'matches.gif' }, '.png'],
    [{ geometry: 'essential' as const }, '--k1'],
    [{ matches: 3 }, 'unknown option'],
    [{ output: '/nowhere/at/all/m.json' }, '/nowhere/at/all'],
  ])('%o is refused', async (wrong, hint) => {
    await expect(match(first, second, { ...fast, ...wrong })).rejects.toThrow(hint);
  });

  it('a folder, or a file that is not there, is refused by name', async () => {
    await expect(match(pairs, second, fast)).rejects.toThrow(`${pairs}: expected a photo`);
    await expect(match(first, join(folder, 'none.jpg'), fast)).rejects.toThrow('none.jpg: no such file');
  });
});
