/** Look-alikes mined for a set: of each anchor patch its true partner in another photo, and the nearest wrong ones of that photo. */
export interface Anchors {
  readonly count: number;
  readonly patch1: Uint32Array;
  readonly true2: Uint32Array;
  /** `count` times as many as were mined of each, nearest first. */
  readonly hard2: Uint32Array;
}

/** All that is known of the patches of a set, but not what they show: little beside it. Arrays are over shared memory. */
export interface UnreadPatchSet {
  /** Where it was read from, for messages. */
  readonly folder: string;
  readonly count: number;
  readonly side: 64;
  /** Id of the point of each patch; patches of one id are true partners. */
  readonly point: Uint32Array;
  /** Id of the photo of each patch. */
  readonly photo: Uint32Array;
  /** Places of the keypoints in their photos (px; the centre of the top-left pixel is (0, 0)); null where nobody knows. */
  readonly x: Float32Array | null;
  readonly y: Float32Array | null;
  /** Diameters of the keypoints, px. */
  readonly size: Float32Array | null;
  /** Radians, clockwise as y points down. */
  readonly angle: Float32Array | null;
  /** Null where nothing was mined. */
  readonly anchors: Anchors | null;
  /** Side of a patch in keypoint sizes; null where nobody knows. */
  readonly patchScale: number | null;
  /** What the photos are called, by photo id; null where nobody knows. */
  readonly photoNames: readonly string[] | null;
}

/** Patches `[first, end)` of a set. */
export interface PatchRange {
  readonly first: number;
  readonly end: number;
}

/** Patches of photos, and which of them show the same point. */
export interface PatchSet extends UnreadPatchSet {
  /** `count × 64 × 64` grey values, row-major, over shared memory. */
  readonly patches: Uint8Array;
}
