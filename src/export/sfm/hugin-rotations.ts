import { normalisedFromPixel, type SfmCamera as Lens } from '../../dataset/sfm/camera.ts';
import { identity3, type Matrix3, multiply3, transpose3 } from '../../math/matrix3.ts';
import { rotationFromCorrelation } from '../../math/rotation.ts';

/** How two photos lie to each other. */
export interface TurnedPair {
  readonly a: number;
  readonly b: number;
  /** Number of matches. */
  readonly weight: number;
  readonly bFromA: Matrix3;
}

/** Where the cameras look before anything is optimised. */
export interface StartRotations {
  /** Camera from panorama frame; identity for photos that nothing connects. */
  readonly rotations: readonly Matrix3[];
  /** The photo of each connected group of photos that the others are placed around, for each photo. */
  readonly root: Int32Array;
}

/**
 * The rotation that best turns the directions of photo a into those of photo b.
 * @param points xa, ya, xb, yb a match, px
 */
export function rotationBetween(points: Float64Array, lensA: Lens, lensB: Lens): Matrix3 {
  const correlation = new Float64Array(9);
  for (let m = 0; m < points.length; m += 4) {
    const a = direction(lensA, points[m], points[m + 1]);
    const b = direction(lensB, points[m + 2], points[m + 3]);
    // A lens has no direction for a pixel beyond its fold.
    if (![...a, ...b].every(Number.isFinite)) continue;
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) correlation[3 * i + j] += a[i] * b[j];
  }
  return rotationFromCorrelation(correlation);
}

function direction(lens: Lens, px: number, py: number): [number, number, number] {
  const [x, y] = normalisedFromPixel(lens, px, py);
  const length = Math.hypot(x, y, 1);
  return [x / length, y / length, 1 / length];
}

/**
 * Rotations along the pairs with the most matches (a maximum spanning tree, Kruskal 1956). In each connected group the photo with the most
 * matches looks straight ahead.
 */
export function startRotations(photos: number, pairs: readonly TurnedPair[]): StartRotations {
  const group = Int32Array.from({ length: photos }, (_, i) => i);
  const find = (i: number): number => {
    while (group[i] !== i) i = group[i] = group[group[i]];
    return i;
  };
  const total = new Float64Array(photos);
  const neighbours: { photo: number; fromThis: Matrix3 }[][] = Array.from({ length: photos }, () => []);
  for (const { a, b, weight, bFromA } of pairs.toSorted((p, q) => q.weight - p.weight)) {
    total[a] += weight;
    total[b] += weight;
    const [groupA, groupB] = [find(a), find(b)];
    if (groupA === groupB) continue;
    group[groupB] = groupA;
    neighbours[a].push({ photo: b, fromThis: bFromA });
    neighbours[b].push({ photo: a, fromThis: transpose3(bFromA) });
  }
  const rotations: Matrix3[] = new Array<Matrix3>(photos).fill(identity3);
  const root = new Int32Array(photos).fill(-1);
  const strongestFirst = Array.from(total.keys()).sort((i, j) => total[j] - total[i] || i - j);
  for (const start of strongestFirst) {
    if (root[start] !== -1) continue;
    root[start] = start;
    const reached = [start];
    for (const from of reached) {
      for (const { photo, fromThis } of neighbours[from]) {
        if (root[photo] !== -1) continue;
        root[photo] = start;
        rotations[photo] = multiply3(fromThis, rotations[from]);
        reached.push(photo);
      }
    }
  }
  return { rotations, root };
}

/** Hugin's angles, degrees. */
export interface HuginAngles {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}

/**
 * Hugin turns a camera by `roll` about its axis, then up by `pitch`, then right by `yaw`: with x right, y down and z forward the panorama
 * frame from the camera is R_y(yaw) R_x(pitch) R_z(roll). (Seen: autooptimiser gives those angles back.)
 */
export function anglesFromRotation(r: Matrix3): HuginAngles {
  const degrees = 180 / Math.PI;
  return {
    yaw: Math.atan2(r[6], r[8]) * degrees,
    pitch: Math.asin(Math.min(1, Math.max(-1, -r[7]))) * degrees,
    roll: Math.atan2(r[1], r[4]) * degrees,
  };
}

/** Camera from panorama frame. */
export function rotationFromAngles({ yaw, pitch, roll }: HuginAngles): Matrix3 {
  const radians = Math.PI / 180;
  const [sy, cy] = [Math.sin(yaw * radians), Math.cos(yaw * radians)];
  const [sp, cp] = [Math.sin(pitch * radians), Math.cos(pitch * radians)];
  const [sr, cr] = [Math.sin(roll * radians), Math.cos(roll * radians)];
  const aboutY: Matrix3 = [cy, 0, sy, 0, 1, 0, -sy, 0, cy];
  const aboutX: Matrix3 = [1, 0, 0, 0, cp, -sp, 0, sp, cp];
  const aboutZ: Matrix3 = [cr, -sr, 0, sr, cr, 0, 0, 0, 1];
  return transpose3(multiply3(multiply3(aboutY, aboutX), aboutZ));
}
