import { transferErrors } from '../geometry/homography.ts';
import { homographyProblem } from '../geometry/homography-problem.ts';
import { maxErrorPx } from '../geometry/estimate-pair.ts';
import {
  frameFromPixels,
  homographyInPixels,
  photoFrame,
  pixelsFromFrame,
  planePairs,
} from '../geometry/plane-pairs.ts';
import { planeStep } from '../geometry/plane-step.ts';
import { pointsAt } from '../geometry/points-at.ts';
import { optimiseLocally } from '../geometry/robust.ts';
import { below } from '../math/below.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { multiply3, transformPoint } from '../math/matrix3.ts';
import type { Random } from '../math/random.ts';
import { createRandom } from '../math/random.ts';
import type { PhotoOfPair } from './match-photos.ts';
import type { NeighbourPairs } from './neighbour-pairs.ts';
import { isElsewhere } from './view-support.ts';

/** Rivals that samples are drawn from, and that tell how good they are: a scene that repeats itself has thousands. */
const mostRivals = 2000;
const samples = 100;
/** Draws for the second rival of a sample, which must have moved about as far the same way. */
const partnerDraws = 20;
const asFar = 0.4;
/** Distance of the two rivals of a sample, half longer sides of photo 2. */
const leastBaseline = 0.15;
/** Views further improved, and how far their steps must differ, half longer sides. */
const mostViews = 5;
const leastDifference = 0.02;
/** Without so many rivals near it a view is given up. */
const fewestNear = 8;

/**
 * Other views of a plane that look-alikes show: views under which the plane is moved along itself, by a window say. Of the keypoints that support
 * the first view, those pairs of neighbours count that contradict it; two that moved the same way give a view, and all near it improve it. The
 * best first, none of them near another; whether they explain as much as the first is for the caller to tell.
 * @param pairs of both photos' nearest neighbours
 * @param image2FromImage1 the first view
 * @param seed decides the samples
 * @returns x2 ~ H x1 each, px
 */
export function otherViews(
  pairs: NeighbourPairs,
  first: PhotoOfPair,
  second: PhotoOfPair,
  image2FromImage1: Matrix3,
  seed: number,
): Matrix3[] {
  const rivals = pointsAt(pairs.points, rivalsOf(pairs, second, image2FromImage1));
  const steps = likelySteps(evenly(rivals, mostRivals), second, image2FromImage1, createRandom(seed));
  const frame = photoFrame(second);
  return steps.flatMap((step) => {
    const rough = multiply3(homographyInPixels(step, frame, frame), image2FromImage1);
    const view = improved(rough, rivals, first, second);
    return view === null ? [] : [view];
  });
}

/** Pairs that contradict a view though one of their keypoints supports it. */
function rivalsOf(pairs: NeighbourPairs, second: PhotoOfPair, view: Matrix3): number[] {
  const withinPx = maxErrorPx('homography', second);
  const errors = transferErrors(view, pairs.points);
  const supports1 = new Set<number>();
  const supports2 = new Set<number>();
  for (const k of below(errors, withinPx)) {
    supports1.add(pairs.index1[k]);
    supports2.add(pairs.index2[k]);
  }
  const { size } = second.features.keypoints;
  const rivals: number[] = [];
  for (let k = 0; k < errors.length; k++) {
    const [i, j] = [pairs.index1[k], pairs.index2[k]];
    if (!(supports1.has(i) || supports2.has(j)) || !Number.isFinite(errors[k])) continue;
    if (isElsewhere(errors[k], size[j], withinPx)) rivals.push(k);
  }
  return rivals;
}

/** At most so many of the pairs, from all over the list. */
function evenly(points: Float64Array, most: number): Float64Array {
  const count = points.length / 4;
  if (count <= most) return points;
  return pointsAt(
    points,
    Array.from({ length: most }, (_, k) => Math.trunc((k * count) / most)),
  );
}

/** Where a view expects the pairs' keypoints in photo 2, and where they are: u, v, x2, y2 each, in the frame of photo 2. */
function movesOf(points: Float64Array, second: PhotoOfPair, view: Matrix3): Float64Array {
  const toFrame = frameFromPixels(photoFrame(second));
  const expected = multiply3(toFrame, view);
  const moves = new Float64Array(points.length);
  for (let k = 0; k < points.length; k += 4) {
    moves.set(transformPoint(expected, points[k], points[k + 1]), k);
    moves.set(transformPoint(toFrame, points[k + 2], points[k + 3]), k + 2);
  }
  return moves;
}

/** Steps of the plane along itself that many rivals took, in the frame of photo 2; the most frequent first. */
function likelySteps(rivals: Float64Array, second: PhotoOfPair, view: Matrix3, random: Random): Matrix3[] {
  const count = rivals.length / 4;
  if (count < fewestNear) return [];
  const moves = movesOf(rivals, second, view);
  const within = (2 * maxErrorPx('homography', second)) / photoFrame(second).unit;
  const found: { readonly step: Matrix3; readonly agreeing: number }[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const p = 4 * random.integer(count);
    const q = partnerOf(moves, p, random);
    if (q === null) continue;
    const place = (k: number): [number, number] => [moves[k], moves[k + 1]];
    const step = planeStep(place(p), place(p + 2), place(q), place(q + 2));
    if (step === null) continue;
    found.push({ step, agreeing: below(transferErrors(step, moves), within).length });
  }
  found.sort((s, t) => t.agreeing - s.agreeing);
  return distinct(found.map(({ step }) => step));
}

/** Another rival, some way off, that moved about as far the same way; null where none was drawn. */
function partnerOf(moves: Float64Array, p: number, random: Random): number | null {
  const [dx, dy] = [moves[p + 2] - moves[p], moves[p + 3] - moves[p + 1]];
  for (let draw = 0; draw < partnerDraws; draw++) {
    const q = 4 * random.integer(moves.length / 4);
    const [ex, ey] = [moves[q + 2] - moves[q] - dx, moves[q + 3] - moves[q + 1] - dy];
    if (!(Math.hypot(ex, ey) < asFar * Math.hypot(dx, dy))) continue;
    if (Math.hypot(moves[q] - moves[p], moves[q + 1] - moves[p + 1]) > leastBaseline) return q;
  }
  return null;
}

/** The first few of the steps that take the middle of the photo to different places. */
function distinct(steps: readonly Matrix3[]): Matrix3[] {
  const kept: { readonly step: Matrix3; readonly u: number; readonly v: number }[] = [];
  for (const step of steps) {
    const [u, v] = transformPoint(step, 0, 0);
    if (kept.some((other) => Math.hypot(other.u - u, other.v - v) < leastDifference)) continue;
    kept.push({ step, u, v });
    if (kept.length === mostViews) break;
  }
  return kept.map(({ step }) => step);
}

/** The view that fits best the rivals near a rough one. */
function improved(rough: Matrix3, rivals: Float64Array, first: PhotoOfPair, second: PhotoOfPair): Matrix3 | null {
  const withinPx = maxErrorPx('homography', second);
  const [frame1, frame2] = [photoFrame(first), photoFrame(second)];
  let view = rough;
  // Two rivals place what is far from them by several times their own noise.
  for (const factor of [3, 1.5, 1.5]) {
    const near = below(transferErrors(view, rivals), 3 * withinPx);
    if (near.length < fewestNear) return null;
    const problem = homographyProblem(planePairs(pointsAt(rivals, near), frame1, frame2));
    const start = multiply3(multiply3(frameFromPixels(frame2), view), pixelsFromFrame(frame1));
    const { model } = optimiseLocally(problem, start, (factor * withinPx) / frame2.unit, 5);
    view = homographyInPixels(model, frame1, frame2);
  }
  return view;
}
