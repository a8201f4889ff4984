import type { Keypoints } from '../src/features/keypoints.ts';
import type { PhotoFeatures } from '../src/features/photo-features.ts';
import type { ScreenPhoto } from '../src/matching/screen.ts';

type Numbers = Float64Array | Float32Array | Int16Array | Uint32Array | Uint8Array;

/** A copy over memory that all threads see, so that passing it to a worker costs nothing. */
export function share<T extends Numbers>(values: T): T {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const Kind = values.constructor as new (buffer: SharedArrayBuffer) => T;
  const shared = new Kind(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}

export function shareKeypoints(keypoints: Keypoints): Keypoints {
  return {
    count: keypoints.count,
    x: share(keypoints.x),
    y: share(keypoints.y),
    size: share(keypoints.size),
    angle: share(keypoints.angle),
    response: share(keypoints.response),
    octave: share(keypoints.octave),
    location: share(keypoints.location),
  };
}

/** Features over shared memory: each photo's are passed to a worker once for every pair it takes part in. */
export function shareFeatures(features: PhotoFeatures): PhotoFeatures {
  return {
    ...features,
    keypoints: shareKeypoints(features.keypoints),
    descriptors: share(features.descriptors),
    patches: share(features.patches),
  };
}

/** What the screen needs of a photo, over shared memory. */
export function shareScreenPhoto(photo: ScreenPhoto): ScreenPhoto {
  return {
    ...photo,
    x: share(photo.x),
    y: share(photo.y),
    size: share(photo.size),
    descriptors: share(photo.descriptors),
  };
}
