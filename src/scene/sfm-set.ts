import type { Matrix3 } from '../math/matrix3.ts';

/** Camera models of structure from motion, by the names COLMAP gave them. */
export const sfmCameraModels = {
  SIMPLE_PINHOLE: ['f', 'cx', 'cy'],
  PINHOLE: ['fx', 'fy', 'cx', 'cy'],
  SIMPLE_RADIAL: ['f', 'cx', 'cy', 'k'],
  RADIAL: ['f', 'cx', 'cy', 'k1', 'k2'],
  OPENCV: ['fx', 'fy', 'cx', 'cy', 'k1', 'k2', 'p1', 'p2'],
} as const;

export type SfmCameraModel = keyof typeof sfmCameraModels;

/** A camera that one or more photos were taken with. */
export interface SfmCamera {
  readonly model: SfmCameraModel;
  /** Px of its photos. */
  readonly width: number;
  readonly height: number;
  /** In the order of `sfmCameraModels`, px; the centre of the top-left pixel is (0, 0). */
  readonly params: readonly number[];
  /** Whether the focal length is known or from EXIF; else it is a guess. */
  readonly isFocalKnown: boolean;
}

export interface SfmPhoto {
  /** Path of the file within the photo folder, with `/` between folders. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Index into the set's cameras. */
  readonly camera: number;
}

/** Keypoints of one photo as an SfM program sees them: each place once. Px at full resolution; the centre of the top-left pixel is (0, 0). */
export interface SfmFeatures {
  readonly count: number;
  /** How many a detector found: the first. The others were found by what other photos show of them; absent where it is not known. */
  readonly detected?: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Diameter in px, as OpenCV (SIFT: 2σ). */
  readonly size: Float32Array;
  /** Radians, clockwise as seen (y points down). */
  readonly angle: Float32Array;
  /** Strength of the detector's answer; 0 where there was none. */
  readonly response: Float32Array;
  /** `count × descriptorLength`, unit length, row-major; empty where none are known. */
  readonly descriptors: Float32Array;
  readonly descriptorLength: number;
}

/** What two photos a and b show of a scene; matrices in px with the pixel origin above. */
export type SfmGeometry =
  | {
      /** `flat`: one plane, or a camera that only turned, whichever. */
      readonly kind: 'planar' | 'panoramic' | 'flat';
      /** x_b ~ H x_a. */
      readonly homography: Matrix3;
    }
  | {
      readonly kind: 'uncalibrated';
      /** x_bᵀ F x_a = 0. */
      readonly fundamental: Matrix3;
    }
  | {
      readonly kind: 'calibrated';
      readonly fundamental: Matrix3;
      /** Of points in focal lengths from the principal points. */
      readonly essential: Matrix3;
      /** Camera b from camera a: X_b = R X_a + t, |t| = 1. */
      readonly R: Matrix3;
      readonly t: readonly [number, number, number];
    };

/** Two photos that were compared, `a < b` by their index in the set. */
export interface SfmPair {
  readonly a: number;
  readonly b: number;
  /** Keypoint of a, keypoint of b for each match; no keypoint occurs twice. Most probable first. */
  readonly matches: Uint32Array;
  /** Chance that each match is right. */
  readonly probability: Float32Array;
  /** Matches that agree with the geometry: indices, ascending. */
  readonly inliers: Uint32Array;
  /** Null where the matches agree with none; then there are no inliers. */
  readonly geometry: SfmGeometry | null;
}

/**
 * The photos of a folder and what matching found between them: all that exporters know. Features and pairs are read one at a time, so
 * that thousands of photos need no more memory than ten.
 */
export interface SfmSet {
  readonly cameras: readonly SfmCamera[];
  readonly photos: readonly SfmPhoto[];
  features(photo: number): Promise<SfmFeatures>;
  /** Every pair once, ordered by a, then b. */
  pairs(): AsyncIterable<SfmPair>;
}
