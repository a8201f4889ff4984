import type { Keypoints } from './keypoints.ts';

/**
 * What matching needs of one photo, computed once. All buffers may be shared between threads: nobody writes to them
 * after they were made.
 */
export interface PhotoFeatures {
  /** Pixels of the full-resolution upright photo. */
  readonly keypoints: Keypoints;
  /** k of the patch frame: the side of a patch in the photo is k · size. */
  readonly patchScale: number;
  /** `count × descriptorLength`, unit length, row-major. */
  readonly descriptors: Float32Array;
  readonly descriptorLength: number;
  /** `count × 64 × 64` grey values, cut by the patch frame. */
  readonly patches: Uint8Array;
  /** Hash of the decoded pixels: photos that agree in it are duplicates. */
  readonly pixelHash: string;
}
