/**
 * Keypoints of one photo as a structure of arrays, all of length `count`.
 * Coordinates are pixels of the full-resolution upright photo; the centre of the top-left pixel is (0, 0).
 */
export interface Keypoints {
  readonly count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Diameter in px, as OpenCV (SIFT: 2σ). */
  readonly size: Float32Array;
  /** Radians, clockwise as seen (y points down); 0 where a detector has none. */
  readonly angle: Float32Array;
  readonly response: Float32Array;
  readonly octave: Int16Array;
  /** Keypoints that differ only in angle share a location number. */
  readonly location: Uint32Array;
}
