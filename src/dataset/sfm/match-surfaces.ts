import { createCellGrid } from '../../math/cell-grid.ts';
import { insidePhoto, pixelFromNormalised } from './camera.ts';
import type { PosedPhoto } from './model.ts';
import { bFromA } from './relative-pose.ts';
import type { KeypointSurfaces } from './surface.ts';
import { transferKeypoint } from './transfer.ts';

/** A posed photo, keypoints of one detector in it, and the surfaces they lie on. */
export interface SurfaceKeypoints extends Pick<PosedPhoto, 'camera' | 'R' | 't'> {
  readonly keypoints: {
    readonly x: Float32Array;
    readonly y: Float32Array;
    readonly size: Float32Array;
    readonly angle: Float32Array;
  };
  readonly surfaces: KeypointSurfaces;
}

/** Keypoints of two photos that the geometry says show the same place. */
export interface SurfaceMatches {
  readonly index1: Uint32Array;
  readonly index2: Uint32Array;
  /** How well they agree: 0 in place, size and angle exactly; 3 at the bounds of all. */
  readonly cost: Float32Array;
}

/** Keypoints may lie this share of their size from where they are expected, but never further or nearer than these, px. */
const toleranceShare = 0.25;
const leastTolerance = 1.25;
const largestTolerance = 2.5;

const largestTurn = Math.PI / 6;
const largestLogScale = Math.LN2 / 2;

/** Keypoints whose depth says less than this about their place in the other photo (standard deviation, px) are not matched. */
const largestUncertainty = 2;

/**
 * Matches the keypoints of two photos by where geometry says they are: each keypoint is carried over its surface into
 * the other photo, and two match where each is the other's best within 1.25–2.5 px, half an octave and 30°. As both
 * directions use the surfaces of the photo they start from, a place that something hides in one photo does not match.
 */
export function matchSurfaces(a: SurfaceKeypoints, b: SurfaceKeypoints): SurfaceMatches {
  const forth = bestPartners(a, b);
  const back = bestPartners(b, a);
  const mutual = [...forth.partner.keys()].filter((i) => forth.partner[i] >= 0 && back.partner[forth.partner[i]] === i);
  return {
    index1: Uint32Array.from(mutual),
    index2: Uint32Array.from(mutual, (i) => forth.partner[i]),
    cost: Float32Array.from(mutual, (i) => Math.max(forth.cost[i], back.cost[forth.partner[i]])),
  };
}

/** For each keypoint of `a` the keypoint of `b` that agrees best with it, or −1. */
function bestPartners(a: SurfaceKeypoints, b: SurfaceKeypoints): { partner: Int32Array; cost: Float32Array } {
  const pose = bFromA(a, b);
  const { keypoints, surfaces } = a;
  const others = b.keypoints;
  const grid = createCellGrid(others.x, others.y, b.camera.width, b.camera.height, 8);
  const count = keypoints.x.length;
  const partner = new Int32Array(count).fill(-1);
  const cost = new Float32Array(count).fill(Infinity);
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(surfaces.sigma[i])) continue;
    const place = {
      x: surfaces.x[i],
      y: surfaces.y[i],
      a: surfaces.a[i],
      b: surfaces.b[i],
      c: surfaces.c[i],
    };
    const lens = pixelFromNormalised(a.camera, place.x, place.y).derivative;
    const seen = transferKeypoint(place, lens, b.camera, pose);
    if (seen === null || !insidePhoto(b.camera, seen.x, seen.y)) continue;
    if (!(surfaces.sigma[i] * seen.pxPerW <= largestUncertainty)) continue;
    const logSize = Math.log(keypoints.size[i]) + seen.logScale;
    const angle = keypoints.angle[i] + seen.turn;
    grid.around(seen.x, seen.y, largestTolerance, (j) => {
      const tolerance = Math.min(largestTolerance, Math.max(leastTolerance, toleranceShare * others.size[j]));
      const distance = Math.hypot(others.x[j] - seen.x, others.y[j] - seen.y) / tolerance;
      const scale = Math.abs(Math.log(others.size[j]) - logSize) / largestLogScale;
      const turn = Math.abs(turnBetween(others.angle[j], angle)) / largestTurn;
      if (distance > 1 || scale > 1 || turn > 1) return;
      const total = distance ** 2 + scale ** 2 + turn ** 2;
      if (total >= cost[i]) return;
      cost[i] = total;
      partner[i] = j;
    });
  }
  return { partner, cost };
}

/** a − b, −π to π. */
function turnBetween(a: number, b: number): number {
  const d = a - b;
  return d - 2 * Math.PI * Math.round(d / (2 * Math.PI));
}
