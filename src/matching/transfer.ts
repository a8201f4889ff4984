import { cutPatches, patchSide } from '../features/patches.ts';
import type { Image } from '../image/image.ts';
import type { Matrix2 } from '../math/matrix2.ts';
import { inverse2, matrix2At, multiply2, singularValues2 } from '../math/matrix2.ts';
import { keypointFrame } from './keypoint-frame.ts';
import { createAligner, type Aligner } from './patch-alignment.ts';

/** Points of a scene that a photo should show where no keypoint was detected: what other photos show of them, and where it is expected. */
export interface TransferCandidates {
  readonly count: number;
  /** Expected places, px of the photo. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly size: Float32Array;
  readonly angle: Float32Array;
  /** Candidate c is seen in the views from `firstView[c]` up to `firstView[c + 1]`: at least two. */
  readonly firstView: Uint32Array;
  /** 64×64 grey values a view. */
  readonly patches: Uint8Array;
  /** Px of the photo from px of the view's patch, four elements row by row: as expected. */
  readonly frames: Float32Array;
  /** Places that the photo has already: x, y, size each, px of the photo. */
  readonly occupied: Float32Array;
  /** dx, dy a view: where the point lies in its patch, from the centre, patch px. */
  readonly points: Float32Array;
}

/** Where the photo shows points: rows are candidates that were found. */
export interface FoundPlaces {
  readonly candidate: Uint32Array;
  /** x, y each, px of the photo. */
  readonly places: Float64Array;
  /** 64×64 grey values each, cut there. */
  readonly patches: Uint8Array;
}

/** Least correlation of an aligned patch with each view. */
const minCorrelation = 0.85;
/** Views must agree where the point is to so many sizes. */
const agreement = 0.1;
/** Expectations are no further off than so many sizes. */
const mostMoved = 1.2;
/** What is nearer than so many sizes to another place, and about as large, is that place. */
const samePlace = 0.1;
const sameSize = 1.25;
/** Nor may patches be more distorted than so against what neighbours show. */
const mostDistorted = 1.5;

/**
 * Finds points of the scene in a photo by aligning it with what other photos show of them, first from where they are expected and then once more
 * from where that led. What is found in one way from several photos is believed.
 * @param pyramid grey levels, px as in `cutPatches`
 * @param k of the patch frame
 * @param isWanted where places are wanted, px as in `cutPatches`
 */
export function transferPlaces(
  pyramid: readonly Image[],
  candidates: TransferCandidates,
  k: number,
  isWanted: (x: number, y: number) => boolean = () => true,
): FoundPlaces {
  const aligner = createAligner();
  const { x, y } = candidates;
  const everywhere = Uint32Array.from({ length: candidates.count }, (_, c) => c);
  const roughly = alignAll(aligner, pyramid, candidates, everywhere, interleave(x, y), k, 'two');
  const found = alignAll(aligner, pyramid, candidates, roughly.candidate, roughly.places, k, 'all');
  const { candidate, places } = onFreePlaces(found, candidates, isWanted);
  return { candidate, places, patches: cutAt(pyramid, candidates, candidate, places, k) };
}

/** What was found in places that are wanted and that nothing else has. */
function onFreePlaces(
  { candidate, places }: Pick<FoundPlaces, 'candidate' | 'places'>,
  { size, occupied }: TransferCandidates,
  isWanted: (x: number, y: number) => boolean,
): Pick<FoundPlaces, 'candidate' | 'places'> {
  const taken = [...occupied];
  const isTaken = (x: number, y: number, own: number): boolean => {
    for (let p = 0; p < taken.length; p += 3) {
      const ratio = taken[p + 2] / own;
      const isAsLarge = ratio < sameSize && ratio > 1 / sameSize;
      if (isAsLarge && Math.hypot(taken[p] - x, taken[p + 1] - y) < samePlace * own) return true;
    }
    return false;
  };
  const kept: number[] = [];
  candidate.forEach((c, row) => {
    const [x, y] = places.subarray(2 * row, 2 * row + 2);
    if (!isWanted(x, y) || isTaken(x, y, size[c])) return;
    kept.push(row);
    taken.push(x, y, size[c]);
  });
  return {
    candidate: Uint32Array.from(kept, (row) => candidate[row]),
    places: Float64Array.from(kept.flatMap((row) => [places[2 * row], places[2 * row + 1]])),
  };
}

function alignAll(
  aligner: Aligner,
  pyramid: readonly Image[],
  candidates: TransferCandidates,
  chosen: Uint32Array,
  expected: Float64Array,
  k: number,
  views: 'two' | 'all',
): { candidate: Uint32Array; places: Float64Array } {
  const { size, angle, x, y } = candidates;
  const patches = cutAt(pyramid, candidates, chosen, expected, k);
  const found: number[] = [];
  const places: number[] = [];
  chosen.forEach((c, row) => {
    const frame = keypointFrame(size[c], angle[c], k);
    const offset = alignOne(aligner, candidates, c, patches, row * patchPixels, frame, views);
    if (offset === null) return;
    const [px, py] = [expected[2 * row] + offset[0], expected[2 * row + 1] + offset[1]];
    if (!(Math.hypot(px - x[c], py - y[c]) < mostMoved * size[c])) return;
    found.push(c);
    places.push(px, py);
  });
  return { candidate: Uint32Array.from(found), places: Float64Array.from(places) };
}

/**
 * How far from the centre of the photo's patch the point lies, px of the photo; null where views do not agree.
 * @param wanted whether two views that agree are enough
 */
function alignOne(
  aligner: Aligner,
  { firstView, frames, points, patches: views, size }: TransferCandidates,
  c: number,
  patches: Uint8Array,
  start: number,
  photoFromPatch: Matrix2,
  wanted: 'two' | 'all',
): readonly [number, number] | null {
  const patchFromPhoto = inverse2(photoFromPatch);
  const within = agreement * size[c];
  const offsets: [number, number][] = [];
  for (let v = firstView[c]; v < firstView[c + 1]; v++) {
    const left = firstView[c + 1] - v;
    if (offsets.length + left < 2) return null;
    if (wanted === 'two' && offsets.length === 2) {
      const agreed = consensus(offsets, within);
      if (agreed !== null) return agreed;
    }
    const expected = multiply2(patchFromPhoto, matrix2At(frames, v));
    aligner.readTemplate(views, v * patchPixels);
    const found = aligner.align(patches, start, expected, 'affinity');
    if (found === null || !(found.correlation >= minCorrelation)) continue;
    const [most, least] = singularValues2(multiply2(found.affinity, inverse2(expected)));
    if (!(most < mostDistorted && least > 1 / mostDistorted)) continue;
    const [a, b, d, e] = found.affinity;
    const [u, w] = [points[2 * v], points[2 * v + 1]];
    const [px, py] = [a * u + b * w + found.shift[0], d * u + e * w + found.shift[1]];
    const [f, g, h, i] = photoFromPatch;
    offsets.push([f * px + g * py, h * px + i * py]);
  }
  return consensus(offsets, within);
}

/** The mean of the largest group of places around one of them; null where that is alone. */
function consensus(places: readonly (readonly [number, number])[], within: number): readonly [number, number] | null {
  let best: (readonly [number, number])[] = [];
  for (const [x, y] of places) {
    const group = places.filter(([u, v]) => Math.hypot(u - x, v - y) <= within);
    if (group.length > best.length) best = group;
  }
  if (best.length < 2) return null;
  const mean = (of: 0 | 1): number => best.reduce((sum, place) => sum + place[of], 0) / best.length;
  return [mean(0), mean(1)];
}

const patchPixels = patchSide * patchSide;

function cutAt(
  pyramid: readonly Image[],
  { size, angle }: TransferCandidates,
  chosen: Uint32Array,
  places: Float64Array,
  k: number,
): Uint8Array {
  const keypoints = {
    count: chosen.length,
    x: Float32Array.from(chosen, (_, row) => places[2 * row]),
    y: Float32Array.from(chosen, (_, row) => places[2 * row + 1]),
    size: Float32Array.from(chosen, (c) => size[c]),
    angle: Float32Array.from(chosen, (c) => angle[c]),
  };
  return cutPatches(pyramid, keypoints, { side: patchSide, k });
}

function interleave(x: Float32Array, y: Float32Array): Float64Array {
  const places = new Float64Array(2 * x.length);
  x.forEach((value, i) => places.set([value, y[i]], 2 * i));
  return places;
}
