import type { Image } from '../image/image.ts';
import { buildPyramid } from '../image/pyramid.ts';
import { warpPicture } from '../image/warp-picture.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { invert3 } from '../math/matrix3.ts';
import type { Keypoints } from './keypoints.ts';
import { takeKeypoints } from './spread.ts';
import { patchesInside } from './patch-inside.ts';
import { cutPatches, patchSide } from './patches.ts';

/** A picture of a photo from elsewhere. */
export interface WarpedView {
  readonly width: number;
  readonly height: number;
  /** Homography, w > 0 all over the view. */
  readonly viewFromImage: Matrix3;
}

/** Keypoints whose patch leaves the photo by more than this share of it would be described by what was filled in. */
const insideShare = 2 / 3;

/**
 * Shows a photo from elsewhere, detects the keypoints there and cuts their patches, both in px of the view.
 * @param image grey, 8 bit
 * @param k side of a patch in keypoint sizes
 */
export function cutWarped(
  image: Image,
  { width, height, viewFromImage }: WarpedView,
  k: number,
  detect: (view: Image) => Keypoints,
): { keypoints: Keypoints; patches: Uint8Array } {
  const { data } = image;
  const imageFromView = invert3(viewFromImage);
  if (image.channels !== 1 || !(data instanceof Uint8Array) || imageFromView === null) {
    throw new TypeError('expected a grey 8-bit photo and a homography that can be inverted');
  }
  let sum = 0;
  for (const level of data) sum += level;
  const view = warpPicture({ ...image, data }, imageFromView, width, height, sum / data.length);
  const found = detect(view);
  const isInside = patchesInside(found, insideShare * k, view, imageFromView, image);
  const keypoints = takeKeypoints(
    found,
    [...isInside.keys()].filter((i) => isInside[i] === 1),
  );
  return { keypoints, patches: cutPatches(buildPyramid(view), keypoints, { side: patchSide, k }) };
}
