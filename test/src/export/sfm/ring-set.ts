import { lookTowards, translationFromCentre } from '../../../../fixtures/synthetic/camera.ts';
import { bFromA, type RelativePose } from '../../../../src/dataset/sfm/relative-pose.ts';
import { fundamentalFromEssential } from '../../../../src/geometry/pinhole.ts';
import { type Matrix3, multiply3 } from '../../../../src/math/matrix3.ts';
import { createRandom } from '../../../../src/math/random.ts';
import type { SfmCamera, SfmFeatures, SfmGeometry, SfmPair, SfmSet } from '../../../../src/scene/sfm-set.ts';

/** Photos of a cloud of points, from around it: what perfect matching would find. */
export interface RingSet extends SfmSet {
  /** Camera of each photo from the world. */
  readonly poses: readonly RelativePose[];
}

type Vector3 = readonly [number, number, number];

const focal = { fx: 520, fy: 515 };
const centre = { cx: 321, cy: 238 };

/** Two cameras, as if the photos were of two devices; the first takes every even photo. */
const cameras: readonly SfmCamera[] = [true, false].map((isFocalKnown) => ({
  model: 'PINHOLE',
  width: 640,
  height: 480,
  params: [focal.fx, focal.fy, centre.cx, centre.cy],
  isFocalKnown,
}));

/** A few matches of every pair are wrong. */
const wrong = 6;

/**
 * A photo for each name, from a quarter of a circle around 300 points that all see; keypoints lie exactly where the points are, in
 * an order of each photo's own.
 * @param from place of the first photo on the circle, in photos: sets with the same names but for some at the ends agree
 */
export function ringSet(names: readonly string[], from = 0): RingSet {
  const random = createRandom(7);
  const points = Array.from({ length: 300 }, () => pointInBall(() => 2 * random.next() - 1));
  const places = names.map((_, i) => i + from);
  const poses = places.map(poseAt);
  const photos = places.map((place, i) => ({ name: names[i], width: 640, height: 480, camera: place % 2 }));
  const order = places.map((place) => shuffled(points.length, createRandom(100 + place)));
  const features = (photo: number): SfmFeatures => featuresOf(poses[photo], points, order[photo]);
  return {
    cameras,
    photos,
    poses,
    features: async (photo) => features(photo),
    async *pairs() {
      for (let a = 0; a < names.length; a++) {
        for (let b = a + 1; b < names.length; b++) yield pairOf(a, b, order, geometryOf(poses[a], poses[b]));
      }
    },
  };
}

function pointInBall(next: () => number): Vector3 {
  for (;;) {
    const point: Vector3 = [next(), next(), next()];
    if (Math.hypot(...point) < 1) return point;
  }
}

function poseAt(place: number): RelativePose {
  const yaw = -0.7 + 0.2 * place;
  const height = 0.4 * Math.sin(2 * place);
  const R = lookTowards(yaw, -0.1 * height, 0.1 * place);
  return { R, t: translationFromCentre(R, -4 * Math.sin(yaw), height, -4 * Math.cos(yaw)) };
}

/** Which point is at each keypoint. */
function shuffled(count: number, random: { next(): number }): number[] {
  const keys = Array.from({ length: count }, () => random.next());
  return [...keys.keys()].sort((i, j) => keys[i] - keys[j]);
}

function featuresOf({ R, t }: RelativePose, points: readonly Vector3[], order: readonly number[]): SfmFeatures {
  const seen = order.map((k): [number, number] => {
    const [x, y, z] = [0, 1, 2].map(
      (r) => R[3 * r] * points[k][0] + R[3 * r + 1] * points[k][1] + R[3 * r + 2] * points[k][2] + t[r],
    );
    return [(focal.fx * x) / z + centre.cx, (focal.fy * y) / z + centre.cy];
  });
  return {
    count: seen.length,
    x: Float32Array.from(seen, ([x]) => x),
    y: Float32Array.from(seen, ([, y]) => y),
    size: Float32Array.from(order, (k) => 3 + k / 100),
    angle: Float32Array.from(order, (k) => k / 100 - 1.5),
    response: Float32Array.from(order, (k) => k),
    descriptors: new Float32Array(0),
    descriptorLength: 0,
  };
}

/** The first keypoints of b are matched with the wrong ones of a. */
function pairOf(a: number, b: number, order: readonly number[][], geometry: SfmGeometry): SfmPair {
  const keypointOfA = new Map(order[a].map((point, i) => [point, i]));
  const partners = order[b].map((point) => keypointOfA.get(point)!);
  const cycle = partners.slice(0, wrong);
  const matched = [...cycle.slice(1), cycle[0], ...partners.slice(wrong)];
  return {
    a,
    b,
    matches: Uint32Array.from(matched.flatMap((i, j) => [i, j])),
    probability: Float32Array.from(matched, (_, m) => 1 - m / 1000),
    inliers: Uint32Array.from({ length: matched.length - wrong }, (_, k) => k + wrong),
    geometry,
  };
}

function geometryOf(poseA: RelativePose, poseB: RelativePose): SfmGeometry {
  const { R, t: far } = bFromA(poseA, poseB);
  const distance = Math.hypot(...far);
  const t: Vector3 = [far[0] / distance, far[1] / distance, far[2] / distance];
  const cross: Matrix3 = [0, -t[2], t[1], t[2], 0, -t[0], -t[1], t[0], 0];
  const essential = multiply3(cross, R);
  const lens = { ...focal, ...centre };
  return { kind: 'calibrated', fundamental: fundamentalFromEssential(essential, lens, lens), essential, R, t };
}
