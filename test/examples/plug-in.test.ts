import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// In a project of your own: import { stitch, stitchMatches } from 'tessera';
import {
  type CandidatePairs,
  type Image,
  type Keypoints,
  type PhotoMatches,
  type ProgressEvent,
  stitch,
  stitchMatches,
} from '../../pipeline/index.ts';
import type { Camera } from '../../fixtures/synthetic/camera.ts';
import { rotationCorrespondences } from '../../fixtures/synthetic/rotation-scene.ts';
import type { PanoramaTruth } from '../../fixtures/truth.ts';

/** Three ways to use Tessera from a program, as a reader would write them. */
const row = fileURLToPath(new URL('../../fixtures/panoramas/row', import.meta.url));
const small = { maxWidth: 800, device: 'cpu', cache: false } as const;

describe('examples', () => {
  let folder: string;
  let photos: string[];
  let truth: PanoramaTruth;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-examples-'));
    photos = (await readdir(row)).filter((name) => name.endsWith('.jpg')).sort().map((name) => join(row, name)); // prettier-ignore
    truth = JSON.parse(await readFile(join(row, 'truth.json'), 'utf8')) as PanoramaTruth;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('stitches a folder, watches the progress and reads the cameras from the report', async () => {
    const stages = new Set<string>();
    const onProgress = (event: ProgressEvent): void => {
      if (event.type === 'progress') stages.add(event.stage);
    };
    const { report, failure } = await stitch(row, { ...small, output: join(folder, 'row.jpg'), onProgress });

    expect(failure).toBeNull();
    expect(report.panoramas).toHaveLength(1);
    expect(report.panoramas[0].images).toHaveLength(photos.length);
    expect([...stages]).toEqual(['read', 'detect', 'screen', 'score', 'cameras', 'compose']);
  });

  it('stitches from matches that another pipeline found', async () => {
    // Here the matches are computed from the known cameras; yours come from your matcher.
    const matches = matchesFromTruth(truth);
    const { report, failure } = await stitchMatches(
      photos.map((path) => ({ path })),
      matches,
      { ...small, output: join(folder, 'foreign.png') },
    );

    expect(failure).toBeNull();
    const [panorama] = report.panoramas;
    expect(panorama.images).toHaveLength(photos.length);
    const { width } = await sharp(join(folder, 'foreign.png')).metadata();
    expect(width).toBe(panorama.width);
  });

  it('takes a detector and a pair scorer of your own', async () => {
    let judged = 0;
    const { report, failure } = await stitch(photos.slice(0, 3), {
      ...small,
      output: join(folder, 'own.jpg'),
      detect: cornersByStructureTensor,
      scorePairs(patches1, patches2, pairs) {
        judged += pairs.count;
        return correlation(patches1, patches2, pairs);
      },
    });

    expect(failure).toBeNull();
    expect(judged).toBeGreaterThan(50);
    expect(report.panoramas[0].images).toHaveLength(3);
  });
});

/** Exact correspondences of neighbouring photos, 150 a pair. */
function matchesFromTruth({ photos }: PanoramaTruth): PhotoMatches[] {
  const cameras = photos.map(({ K, R, distortion, width, height }): Camera => {
    const [[focal, , cx], [, , cy]] = K;
    return {
      width,
      height,
      focal,
      cx,
      cy,
      k1: distortion[0],
      k2: distortion[1],
      R: R.flat() as unknown as Camera['R'],
    };
  });
  return cameras.slice(1).map((camera, i) => ({
    a: i,
    b: i + 1,
    points: rotationCorrespondences(cameras[i], camera, 150, i, 0.3),
  }));
}

/** Corners by the smaller eigenvalue of the structure tensor (Shi & Tomasi 1994), the best of each 12×12 cell. */
function cornersByStructureTensor({ width, height, data }: Image): Keypoints {
  const cell = 12;
  const found: { x: number; y: number; response: number }[] = [];
  for (let top = 16; top < height - 28; top += cell) {
    for (let left = 16; left < width - 28; left += cell) {
      let best = { x: left, y: top, response: 0 };
      for (let y = top; y < top + cell; y++) {
        for (let x = left; x < left + cell; x++) {
          const response = cornerness(data, width, x, y);
          if (response > best.response) best = { x, y, response };
        }
      }
      if (best.response > 200) found.push(best);
    }
  }
  found.sort((a, b) => b.response - a.response);
  return {
    count: found.length,
    x: Float32Array.from(found, ({ x }) => x),
    y: Float32Array.from(found, ({ y }) => y),
    size: new Float32Array(found.length).fill(5),
    angle: new Float32Array(found.length),
    response: Float32Array.from(found, ({ response }) => response),
    octave: new Int16Array(found.length),
    location: Uint32Array.from(found, (_, i) => i),
  };
}

function cornerness(data: Image['data'], width: number, x: number, y: number): number {
  let [xx, xy, yy] = [0, 0, 0];
  for (let dy = -2; dy <= 2; dy++) {
    for (let dx = -2; dx <= 2; dx++) {
      const p = (y + dy) * width + x + dx;
      const gx = data[p + 1] - data[p - 1];
      const gy = data[p + width] - data[p - width];
      xx += gx * gx;
      xy += gx * gy;
      yy += gy * gy;
    }
  }
  return (xx + yy - Math.hypot(xx - yy, 2 * xy)) / 50;
}

/** Correlation of the two patches, less 0.5: positive where they look alike. */
function correlation(
  patches1: Uint8Array,
  patches2: Uint8Array,
  { count, index1, index2 }: CandidatePairs,
): Float32Array {
  const pixels = 64 * 64;
  const centred = (patches: Uint8Array, i: number): number[] => {
    const patch = [...patches.subarray(i * pixels, (i + 1) * pixels)];
    const mean = patch.reduce((sum, value) => sum + value, 0) / pixels;
    return patch.map((value) => value - mean);
  };
  return Float32Array.from({ length: count }, (_, c) => {
    const a = centred(patches1, index1[c]);
    const b = centred(patches2, index2[c]);
    const dot = (p: number[], q: number[]): number => p.reduce((sum, value, i) => sum + value * q[i], 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)) - 0.5;
  });
}
