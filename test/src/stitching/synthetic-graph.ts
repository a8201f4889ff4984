import type { FocalPrior, PhotoInfo } from '../../../src/image/image.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { identity3, multiply3, transpose3 } from '../../../src/math/matrix3.ts';
import type { Random } from '../../../src/math/random.ts';
import { createRandom } from '../../../src/math/random.ts';
import { angleBetweenRotations, rotationFromVector } from '../../../src/math/rotation.ts';
import type { MatchGraph, VerifiedPair } from '../../../src/scene/match-graph.ts';
import type { RotationCamera } from '../../../src/stitching/cameras.ts';
import { stateFromCameras, transferPixel } from '../../../src/stitching/cameras-model.ts';

/** A synthetic photo set with exact truth: cameras that turn on the spot. */
export interface SyntheticSet {
  readonly graph: MatchGraph;
  readonly truth: readonly RotationCamera[];
}

export interface SyntheticOptions {
  readonly seed: number;
  /** Heading and pitch of each photo, degrees; shake is added. */
  readonly directions: readonly (readonly [number, number])[];
  /** Horizontal field of view, degrees. */
  readonly fov: number;
  readonly k1?: number;
  /** Principal point off the middle, share of the width. */
  readonly centre?: readonly [number, number];
  readonly noise?: number;
  readonly outliers?: number;
  readonly width?: number;
  readonly height?: number;
  readonly exif?: FocalPrior | null;
  /** Factor of the focal length a photo; 1 by default. */
  readonly zoom?: readonly number[];
  /** Error of each point that a nearby object and a moved camera would make, px. */
  readonly parallax?: number;
}

export const degrees = Math.PI / 180;

export function photoInfo(name: string, width: number, height: number, focal: FocalPrior | null = null): PhotoInfo {
  return { path: name, width, height, depth: 8, focal, cameraKey: 'synthetic', contentHash: name };
}

/** Camera from panorama frame, heading to the right, pitch up, roll clockwise. */
export function lookAt(heading: number, pitch: number, roll: number): Matrix3 {
  const turn = multiply3(rotationFromVector(-pitch, 0, 0), rotationFromVector(0, -heading, 0));
  return multiply3(rotationFromVector(0, 0, -roll), turn);
}

/** Renders matches between all photos that overlap, through exact cameras. */
export function syntheticPanorama(options: SyntheticOptions): SyntheticSet {
  const { seed, fov, k1 = 0, centre = [0, 0], width = 1200, height = 900, exif = null } = options;
  const random = createRandom(seed);
  const focal = width / 2 / Math.tan((fov * degrees) / 2);
  const truth = options.directions.map(([heading, pitch], photo): RotationCamera => ({
    photo,
    focal,
    cx: (width - 1) / 2 + centre[0] * width,
    cy: (height - 1) / 2 + centre[1] * width,
    k1,
    k2: 0,
    R: lookAt(
      (heading + random.normal()) * degrees,
      (pitch + 1.5 * random.normal()) * degrees,
      1.5 * random.normal() * degrees,
    ),
  }));
  const photos = truth.map((_, i) => photoInfo(`photo${i}`, width, height, exif));
  const pairs: VerifiedPair[] = [];
  for (let a = 0; a < truth.length; a++) {
    for (let b = a + 1; b < truth.length; b++) {
      const pair = renderPair(truth, a, b, { ...options, width, height }, random);
      if (pair !== null) pairs.push(pair);
    }
  }
  return { graph: { photos, pairs }, truth };
}

function renderPair(
  truth: readonly RotationCamera[],
  a: number,
  b: number,
  options: SyntheticOptions & { width: number; height: number },
  random: Random,
): VerifiedPair | null {
  const { noise = 0.3, outliers = 0.05, parallax = 0, width, height } = options;
  const state = stateFromCameras(truth);
  const points: number[] = [];
  const out = new Float64Array(3);
  // Objects nearer than the rest shift by a smooth field of their own in every pair.
  const phase = [random.next() * 6, random.next() * 6];
  for (let i = 0; i < 400; i++) {
    const xa = random.next() * (width - 1);
    const ya = random.next() * (height - 1);
    if (!transferPixel(state, a, b, xa, ya, out)) continue;
    if (out[0] < 0 || out[1] < 0 || out[0] > width - 1 || out[1] > height - 1) continue;
    const wrong = random.next() < outliers;
    const dx = parallax * Math.sin(xa / 150 + phase[0]) * Math.cos(ya / 170 + phase[1]);
    const xb = wrong ? random.next() * width : out[0] + noise * random.normal() + dx;
    const yb = wrong ? random.next() * height : out[1] + noise * random.normal();
    points.push(xa + noise * random.normal(), ya + noise * random.normal(), xb, yb);
  }
  if (points.length < 4 * 24) return null;
  return verifiedPair(a, b, points);
}

/** A pair whose homography is left to the points: the rotation model does not read it. */
export function verifiedPair(
  a: number,
  b: number,
  points: readonly number[],
  bFromA: Matrix3 = identity3,
): VerifiedPair {
  return { a, b, points: Float64Array.from(points), bFromA, medianErrorPx: 0.5 };
}

/** Largest error of a relative rotation over the pairs of the graph, degrees. */
export function worstRotationError(set: SyntheticSet, cameras: readonly RotationCamera[]): number {
  const byPhoto = new Map(cameras.map((c) => [c.photo, c]));
  const errors = set.graph.pairs
    .filter(({ a, b }) => byPhoto.has(a) && byPhoto.has(b) && set.truth[a] && set.truth[b])
    .map(({ a, b }) => {
      const found = multiply3(byPhoto.get(b)!.R, transpose3(byPhoto.get(a)!.R));
      const right = multiply3(set.truth[b].R, transpose3(set.truth[a].R));
      return angleBetweenRotations(found, right) / degrees;
    });
  return Math.max(...errors);
}

/** Largest relative error of a focal length. */
export function worstFocalError(set: SyntheticSet, cameras: readonly RotationCamera[]): number {
  return Math.max(...cameras.map((c) => Math.abs(c.focal / set.truth[c.photo].focal - 1)));
}
