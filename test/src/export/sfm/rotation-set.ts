import type { Camera } from '../../../../fixtures/synthetic/camera.ts';
import { rotationCorrespondences } from '../../../../fixtures/synthetic/rotation-scene.ts';
import { pairPoints } from '../../../../src/export/sfm/pair-points.ts';
import { multiply3, transpose3, type Matrix3 } from '../../../../src/math/matrix3.ts';
import { createRandom } from '../../../../src/math/random.ts';
import type { SfmCamera, SfmFeatures, SfmPair, SfmSet } from '../../../../src/scene/sfm-set.ts';

export interface RotationSetOptions {
  /** Of each photo. */
  readonly names: readonly string[];
  /** What exporters are told of the camera; default: that of the first photo, exactly. */
  readonly camera?: SfmCamera;
  readonly descriptorLength?: number;
  /** Matches of each pair whose photos overlap. */
  readonly matches?: number;
  readonly noisePx?: number;
  /** Wrong matches of each pair, which are no inliers. */
  readonly wrong?: number;
}

/** What matching would find in photos of cameras that turned about one place and are known exactly. */
export function rotationSet(cameras: readonly Camera[], options: RotationSetOptions): SfmSet {
  const { names, descriptorLength = 8, matches = 60, noisePx = 0, wrong = 5 } = options;
  const random = createRandom(3);
  const places = cameras.map((): [number, number][] => []);
  const pairs: SfmPair[] = [];
  for (let a = 0; a < cameras.length; a++) {
    for (let b = a + 1; b < cameras.length; b++) {
      const points = rotationCorrespondences(cameras[a], cameras[b], matches, 100 * a + b, noisePx);
      const right = points.length / 4;
      if (right < 20) continue;
      const columns: number[] = [];
      for (let m = 0; m < right; m++) {
        columns.push(places[a].push([points[4 * m], points[4 * m + 1]]) - 1);
        columns.push(places[b].push([points[4 * m + 2], points[4 * m + 3]]) - 1);
      }
      for (let m = 0; m < wrong; m++) {
        for (const photo of [a, b]) {
          const { width, height } = cameras[photo];
          columns.push(places[photo].push([random.next() * (width - 1), random.next() * (height - 1)]) - 1);
        }
      }
      pairs.push({
        a,
        b,
        matches: Uint32Array.from(columns),
        probability: Float32Array.from({ length: right + wrong }, (_, m) => 0.99 - 0.005 * m),
        inliers: Uint32Array.from({ length: right }, (_, m) => m),
        geometry: { kind: 'panoramic', homography: homographyOf(cameras[a], cameras[b]) },
      });
    }
  }
  const features = places.map((list): SfmFeatures => ({
    count: list.length,
    x: Float32Array.from(list, ([x]) => x),
    y: Float32Array.from(list, ([, y]) => y),
    size: new Float32Array(list.length).fill(4),
    angle: new Float32Array(list.length),
    response: Float32Array.from(list, () => random.next()),
    descriptors: Float32Array.from({ length: list.length * descriptorLength }, () => random.next()),
    descriptorLength,
  }));
  const [{ width, height, focal, cx, cy, k1, k2 }] = cameras;
  return {
    cameras: [
      options.camera ?? { model: 'RADIAL', width, height, params: [focal, cx, cy, k1, k2], isFocalKnown: true },
    ],
    photos: cameras.map((camera, i) => ({ name: names[i], width: camera.width, height: camera.height, camera: 0 })),
    features: (photo) => Promise.resolve(features[photo]),

    async *pairs() {
      yield* pairs;
    },
  };
}

/** Camera b from camera a. */
export function relativeRotation(a: Camera, b: Camera): Matrix3 {
  return multiply3(b.R, transpose3(a.R));
}

/** Exact without distortion. */
function homographyOf(a: Camera, b: Camera): Matrix3 {
  const pixels = ({ focal, cx, cy }: Camera): Matrix3 => [focal, 0, cx, 0, focal, cy, 0, 0, 1];
  const directions = ({ focal, cx, cy }: Camera): Matrix3 => [1 / focal, 0, -cx / focal, 0, 1 / focal, -cy / focal, 0, 0, 1]; // prettier-ignore
  return multiply3(multiply3(pixels(b), relativeRotation(a, b)), directions(a));
}

/** The set's inliers of a pair as xa, ya, xb, yb. */
export async function inlierPoints(set: SfmSet, pair: SfmPair): Promise<Float64Array> {
  return pairPoints(pair, pair.inliers, await set.features(pair.a), await set.features(pair.b));
}
