import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { detectKeypoints } from '../../../src/features/detect.ts';
import { detectDog } from '../../../src/features/dog/detect-dog.ts';
import type { Keypoints } from '../../../src/features/keypoints.ts';
import type { OpenCv } from '../../../src/features/opencv.ts';
import type { Image } from '../../../src/image/image.ts';
import { readPhoto } from '../../../src/image/read-photo.ts';
import { createRandom } from '../../../src/math/random.ts';
import { agreement, placesFromKeypoints, placesFromOpenCv } from '../../bench/keypoint-agreement.mjs';
import { blobPicture, type Picture, renderPicture } from './analytic-picture.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const rms = (values: readonly number[]): number => Math.sqrt(mean(values.map((value) => value * value)));

/** The strongest keypoint within `reach` of a place. */
function strongestAt(keypoints: Keypoints, x: number, y: number, reach: number): number {
  let best = -1;
  for (let i = 0; i < keypoints.count; i++) {
    if (Math.hypot(keypoints.x[i] - x, keypoints.y[i] - y) > reach) continue;
    if (best < 0 || keypoints.response[i] > keypoints.response[best]) best = i;
  }
  expect(best, `no keypoint at ${x}, ${y}`).toBeGreaterThanOrEqual(0);
  return best;
}

/** A smooth step from 0 to 1 at 0, as a lens of 0.7 px blur draws it. */
const step = (distance: number): number => 1 / (1 + Math.exp(-1.702 * (distance / 0.7)));

/** A picture turned by 90° clockwise as seen: pixel (x, y) goes to (height − 1 − y, x). */
function turned({ width, height, data }: Image): Image {
  const to = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) to[x * height + (height - 1 - y)] = data[y * width + x];
  }
  return { width: height, height: width, channels: 1, data: to };
}

function angleBetween(a: number, b: number): number {
  return Math.abs(Math.atan2(Math.sin(a - b), Math.cos(a - b)));
}

describe('detectDog', () => {
  for (const sigma of [1.6, 2.5, 4, 6.4, 8]) {
    it(`finds the centres and sizes of blobs of σ = ${sigma}`, () => {
      const random = createRandom(1);
      const dx: number[] = [];
      const dy: number[] = [];
      const sizes: number[] = [];
      for (let n = 0; n < 60; n++) {
        // Over 8 pixels, so that every phase of the coarser octaves is met.
        const [x0, y0] = [60 + 8 * random.next(), 60 + 8 * random.next()];
        const contrast = n % 2 === 0 ? 100 : -100;
        const blob: Picture = (x, y) =>
          128 + contrast * Math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * sigma * sigma));
        const keypoints = detectDog(renderPicture(blob, 128, 128));
        const i = strongestAt(keypoints, x0, y0, 3);
        dx.push(keypoints.x[i] - x0);
        dy.push(keypoints.y[i] - y0);
        sizes.push(keypoints.size[i]);
      }
      expect(Math.abs(mean(dx))).toBeLessThan(0.015);
      expect(Math.abs(mean(dy))).toBeLessThan(0.015);
      expect(rms(dx)).toBeLessThan(0.06);
      expect(rms(dy)).toBeLessThan(0.06);
      // G(kσ) − G(σ) of a blob s is extreme at σ·√k = s, and k = 2^(1/3).
      const expected = 2 * sigma * 2 ** (-1 / 6);
      expect(Math.abs(mean(sizes) / expected - 1)).toBeLessThan(0.02);
      expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.04);
    });
  }

  it('finds the centres of squares, and no bias at corners', () => {
    const random = createRandom(2);
    const squares: number[][] = [];
    const elbows: number[][] = [];
    for (let n = 0; n < 40; n++) {
      const [x0, y0] = [60 + 4 * random.next(), 60 + 4 * random.next()];
      const half = 3 + 3 * random.next();
      const square: Picture = (x, y) => 60 + 140 * step(half - Math.abs(x - x0)) * step(half - Math.abs(y - y0));
      const inSquare = detectDog(renderPicture(square, 128, 128), { largestOffset: 0.6 });
      const i = strongestAt(inSquare, x0, y0, half / 2);
      squares.push([inSquare.x[i] - x0, inSquare.y[i] - y0]);
      // The keypoint of a bent stroke lies off its outer corner, by as much for each of the four ways to turn it. (A corner
      // without an end looks the same at every scale, and has no extremum over scale.)
      for (const [cos, sin] of [
        [1, 0],
        [0, 1],
        [-1, 0],
        [0, -1],
      ]) {
        // prettier-ignore
        const stroke: Picture = (x, y) => {
          const u = cos * (x - x0) + sin * (y - y0);
          const v = -sin * (x - x0) + cos * (y - y0);
          const inside = step(u) * step(v) * step(14 - u) * step(14 - v);
          return 60 + 140 * inside * (1 - step(u - 4) * step(v - 4));
        };
        const keypoints = detectDog(renderPicture(stroke, 128, 128), { largestOffset: 0.6 });
        const j = strongestAt(keypoints, x0 + 2.5 * (cos - sin), y0 + 2.5 * (sin + cos), 2);
        elbows.push([keypoints.x[j] - x0, keypoints.y[j] - y0]);
      }
    }
    for (const offsets of [squares, elbows]) {
      for (const axis of [0, 1]) expect(Math.abs(mean(offsets.map((offset) => offset[axis])))).toBeLessThan(0.02);
    }
    expect(rms(squares.flat())).toBeLessThan(0.06);
    // And away from the corner, or the mean above would be of keypoints at the corner itself, whatever its direction.
    expect(rms(elbows.flat())).toBeGreaterThan(1);
  });

  it('keeps an extremum between two pixels, once, where it may', () => {
    const square: Picture = (x, y) => 60 + 140 * step(4 - Math.abs(x - 61.5)) * step(4 - Math.abs(y - 62.2));
    const picture = renderPicture(square, 128, 128);
    const within = ({ count, x, y, location }: Keypoints): number => {
      const near = Array.from({ length: count }, (_, i) => i).filter((i) => Math.hypot(x[i] - 61.5, y[i] - 62.2) < 2);
      return new Set(near.map((i) => location[i])).size;
    };
    expect(within(detectDog(picture))).toBe(0);
    expect(within(detectDog(picture, { largestOffset: 0.6 }))).toBe(1);
  });

  it('points where the grey values rise, clockwise as y points down', () => {
    for (let degrees = 0; degrees < 360; degrees += 15) {
      const angle = (degrees * Math.PI) / 180;
      const ramp: Picture = (x, y) =>
        128 +
        1.2 * ((x - 48) * Math.cos(angle) + (y - 48) * Math.sin(angle)) +
        14 * Math.exp(-((x - 48) ** 2 + (y - 48) ** 2) / (2 * 3 * 3));
      const keypoints = detectDog(renderPicture(ramp, 97, 97), { contrastThreshold: 0.01 });
      const i = strongestAt(keypoints, 48, 48, 4);
      expect(angleBetween(keypoints.angle[i], angle)).toBeLessThan((2 * Math.PI) / 180);
      expect(keypoints.angle[i]).toBeGreaterThanOrEqual(0);
      expect(keypoints.angle[i]).toBeLessThan(2 * Math.PI + 1e-6);
    }
  });

  it('finds the turned keypoints in a turned picture', () => {
    const picture = renderPicture(blobPicture(3, 320, 240, 90), 320, 240);
    const upright = detectDog(picture, { contrastThreshold: 0.02 });
    const lying = detectDog(turned(picture), { contrastThreshold: 0.02 });
    expect(upright.count).toBeGreaterThan(150);
    const coarse: number[] = [];
    for (let i = 0; i < upright.count; i++) {
      const [x, y] = [239 - upright.y[i], upright.x[i]];
      // The doubled picture has the same pixels, coarser octaves keep other ones of them.
      const samePixels = upright.octave[i] === -1;
      const reach = samePixels ? 1e-3 : 0.05 * upright.size[i];
      let same = false;
      for (let j = 0; j < lying.count; j++) {
        same ||=
          Math.hypot(lying.x[j] - x, lying.y[j] - y) < reach &&
          Math.abs(lying.size[j] / upright.size[i] - 1) < 0.05 &&
          angleBetween(lying.angle[j], upright.angle[i] + Math.PI / 2) < (samePixels ? 0.1 : 3) * (Math.PI / 180);
      }
      if (samePixels) expect(same).toBe(true);
      else coarse.push(same ? 1 : 0);
    }
    expect(mean(coarse)).toBeGreaterThan(0.7);
  });

  it('gives keypoints that differ only in angle one location', () => {
    const keypoints = detectDog(renderPicture(blobPicture(4, 320, 240, 90), 320, 240));
    const firstOf = new Map<number, number>();
    const places = new Set<string>();
    let several = 0;
    for (let i = 0; i < keypoints.count; i++) {
      const first = firstOf.get(keypoints.location[i]);
      if (first === undefined) {
        firstOf.set(keypoints.location[i], i);
        const place = `${keypoints.x[i]} ${keypoints.y[i]} ${keypoints.size[i]}`;
        expect(places.has(place)).toBe(false);
        places.add(place);
        continue;
      }
      several++;
      for (const field of ['x', 'y', 'size', 'response', 'octave'] as const) {
        expect(keypoints[field][i]).toBe(keypoints[field][first]);
      }
      expect(angleBetween(keypoints.angle[i], keypoints.angle[first])).toBeGreaterThan(0.1);
    }
    expect(several).toBeGreaterThan(10);
  });

  it('finds nothing in flat and tiny pictures', () => {
    for (const [width, height] of [
      [1, 1],
      [3, 200],
      [8, 8],
      [64, 48],
    ]) {
      const data = new Uint8Array(width * height).fill(200);
      expect(detectDog({ width, height, channels: 1, data }).count).toBe(0);
    }
    const random = createRandom(5);
    for (const [width, height] of [
      [1, 1],
      [1, 300],
      [300, 2],
      [5, 5],
      [6, 400],
      [8, 8],
    ]) {
      const data = Uint8Array.from({ length: width * height }, () => random.integer(256));
      const keypoints = detectDog({ width, height, channels: 1, data });
      for (let i = 0; i < keypoints.count; i++) {
        expect(keypoints.x[i]).toBeGreaterThan(0);
        expect(keypoints.x[i]).toBeLessThan(width - 1);
        expect(keypoints.y[i]).toBeGreaterThan(0);
        expect(keypoints.y[i]).toBeLessThan(height - 1);
      }
      if (Math.min(width, height) <= 5) expect(keypoints.count).toBe(0);
    }
  });

  it('is a detector that needs no OpenCV', () => {
    const none = (): OpenCv => {
      throw new Error('loaded');
    };
    const picture = renderPicture(blobPicture(6, 320, 240, 90), 320, 240);
    const keypoints = detectKeypoints(none, picture, { detector: 'dog', maxKeypoints: 100 });
    expect(keypoints.count).toBe(100);
    expect([...keypoints.response]).toEqual([...keypoints.response].sort((a, b) => b - a));
    // Dim photos need weak keypoints: there are more than at the default threshold.
    const all = detectKeypoints(none, picture, { detector: 'dog', maxKeypoints: 1e6 });
    expect(all.count).toBeGreaterThan(detectDog(picture).count);
  });
});

const python = '/usr/bin/python3';

function hasOpenCv(): boolean {
  try {
    execFileSync(python, ['-c', 'import cv2; cv2.SIFT_create()'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`NOT compared with OpenCV's SIFT: ${python} has no cv2 (Debian: python3-opencv)`);
    return false;
  }
}

describe.skipIf(!hasOpenCv())("detectDog against OpenCV's SIFT (skipped without python3-opencv)", () => {
  const fixture = (name: string): string =>
    fileURLToPath(new URL(`../../../fixtures/panoramas/${name}`, import.meta.url));
  const script = fileURLToPath(new URL('../../bench/opencv_sift.py', import.meta.url));

  for (const name of ['row/01.jpg', 'full-circle/05.jpg', 'mixed/03.jpg']) {
    for (const contrastThreshold of [0.04, 0.01]) {
      it(`${name}: the same keypoints at contrast ${contrastThreshold}`, async () => {
        const { image } = await readPhoto(fixture(name), { channels: 1, depth: 8 });
        const folder = mkdtempSync(join(tmpdir(), 'tessera-dog-'));
        try {
          const raw = join(folder, 'grey.raw');
          writeFileSync(raw, image.data);
          const args = [script, '1', String(contrastThreshold), String(image.width), String(image.height), raw];
          const output = execFileSync(python, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
          const [{ keypoints }] = JSON.parse(output) as { keypoints: number[][] }[];
          const theirs = placesFromOpenCv(keypoints);
          const ours = placesFromKeypoints(detectDog(image, { contrastThreshold }));
          expect(theirs.length).toBeGreaterThan(500);
          expect(agreement(theirs, ours)).toBeGreaterThan(0.92);
          expect(agreement(ours, theirs)).toBeGreaterThan(0.92);
          // Our angles are meant to be finer; places and sizes are the same.
          expect(agreement(theirs, ours, 180)).toBeGreaterThan(0.997);
          expect(agreement(ours, theirs, 180)).toBeGreaterThan(0.997);
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      });
    }
  }
});
