import type { PhotoFeatures } from '../features/photo-features.ts';
import type { Matrix2 } from '../math/matrix2.ts';
import { inverse2, multiply2, singularValues2 } from '../math/matrix2.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { transformPoint } from '../math/matrix3.ts';
import { patchSide } from '../features/patches.ts';
import { keypointFrame } from './keypoint-frame.ts';
import type { Alignment } from './patch-alignment.ts';
import { createAligner } from './patch-alignment.ts';

export interface RefineOptions {
  /** A refinement that moves further than this many px of photo 2 is not believed. */
  readonly maxShiftPx: number;
  /** Least correlation of the aligned patches for the refinement to be believed. */
  readonly minCorrelation: number;
}

/** Where partners really lie. */
export interface Refinement {
  /** `dx, dy` a match in px of photo 2; 0, 0 where the alignment is not believed. */
  readonly offset2: Float32Array;
  /** How photo 2 is distorted against photo 1 at the match, four elements row by row: px of photo 2 from px of photo 1. */
  readonly affinity: Float32Array;
}

/** Keypoints say scale and direction well: a patch that seems more distorted than so against them slid away. */
const mostDistorted = 2;

/**
 * Sub-pixel refinement of matches: moves the place in photo 2 until its patch looks like the patch of photo 1.
 *
 * Keypoints are detected in each photo alone and scatter by half a pixel; two views of the same patch align to about a
 * tenth.
 * @param pairs `index1, index2` a match
 * @param image2FromImage1 homography in px of the full-resolution photos, which says how patches are distorted; null where the scene is no
 * plane: then each patch's distortion is found too, from that of the keypoints' frames on (translation alone does more harm than good there)
 */
export function refineMatches(
  features1: PhotoFeatures,
  features2: PhotoFeatures,
  pairs: { readonly index1: ArrayLike<number>; readonly index2: ArrayLike<number> },
  image2FromImage1: Matrix3 | null,
  { maxShiftPx, minCorrelation }: RefineOptions,
): Refinement {
  const count = pairs.index1.length;
  const offset2 = new Float32Array(2 * count);
  const affinity = new Float32Array(4 * count);
  const aligner = createAligner();
  const pixels = patchSide * patchSide;
  for (let m = 0; m < count; m++) {
    const [i, j] = [pairs.index1[m], pairs.index2[m]];
    const photo1FromPatch1 = patchFrame(features1, i);
    const photo2FromPatch2 = patchFrame(features2, j);
    const patch2FromPatch1 =
      image2FromImage1 === null
        ? sameFrame
        : multiply2(
            inverse2(photo2FromPatch2),
            multiply2(
              derivativeAt(image2FromImage1, features1.keypoints.x[i], features1.keypoints.y[i]),
              photo1FromPatch1,
            ),
          );
    const photo2FromPhoto1 = (patch: Matrix2): Matrix2 =>
      multiply2(photo2FromPatch2, multiply2(patch, inverse2(photo1FromPatch1)));
    affinity.set(photo2FromPhoto1(patch2FromPatch1), 4 * m);
    aligner.readTemplate(features1.patches, i * pixels);
    const freedom = image2FromImage1 === null ? 'affinity' : 'shift';
    const found = aligner.align(features2.patches, j * pixels, patch2FromPatch1, freedom);
    if (found === null || !(found.correlation >= minCorrelation)) continue;
    if (freedom === 'affinity' && isFarFetched(found)) continue;
    const [a, b, c, d] = photo2FromPatch2;
    const [dx, dy] = [a * found.shift[0] + b * found.shift[1], c * found.shift[0] + d * found.shift[1]];
    if (Math.hypot(dx, dy) > maxShiftPx) continue;
    offset2.set([dx, dy], 2 * m);
    affinity.set(photo2FromPhoto1(found.affinity), 4 * m);
  }
  return { offset2, affinity };
}

const sameFrame: Matrix2 = [1, 0, 0, 1];

function isFarFetched({ affinity }: Alignment): boolean {
  const [most, least] = singularValues2(affinity);
  return !(most < mostDistorted && least > 1 / mostDistorted);
}

/** Derivative of a homography at a point of photo 1. */
function derivativeAt(h: Matrix3, x: number, y: number): Matrix2 {
  const w = h[6] * x + h[7] * y + h[8];
  const [u, v] = transformPoint(h, x, y);
  return [(h[0] - u * h[6]) / w, (h[1] - u * h[7]) / w, (h[3] - v * h[6]) / w, (h[4] - v * h[7]) / w];
}

function patchFrame({ keypoints: { size, angle }, patchScale }: PhotoFeatures, i: number): Matrix2 {
  return keypointFrame(size[i], angle[i], patchScale);
}
