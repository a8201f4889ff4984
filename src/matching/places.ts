import type { PhotoFeatures } from '../features/photo-features.ts';

/** x1, y1, x2, y2 of pairs of keypoints, px. */
export function placesOf(
  index1: Uint32Array,
  index2: Uint32Array,
  { features: a }: { readonly features: PhotoFeatures },
  { features: b }: { readonly features: PhotoFeatures },
): Float64Array {
  const points = new Float64Array(4 * index1.length);
  for (let m = 0, to = 0; m < index1.length; m++) {
    points[to++] = a.keypoints.x[index1[m]];
    points[to++] = a.keypoints.y[index1[m]];
    points[to++] = b.keypoints.x[index2[m]];
    points[to++] = b.keypoints.y[index2[m]];
  }
  return points;
}

/** Dot product of the descriptors of keypoint i of photo 1 and j of photo 2. */
export function similarityOf(features1: PhotoFeatures, i: number, features2: PhotoFeatures, j: number): number {
  const { descriptorLength: length, descriptors: a } = features1;
  const b = features2.descriptors;
  let sum = 0;
  for (let k = 0, p = i * length, q = j * length; k < length; k++) sum += a[p + k] * b[q + k];
  return sum;
}
