import { concatenate } from '../math/concatenate.ts';
import { joinKeypoints } from './join-keypoints.ts';
import type { PhotoFeatures } from './photo-features.ts';

/** The features that several views of one photo give, one after the other; all in pixels of the photo. */
export function joinFeatures(parts: readonly PhotoFeatures[]): PhotoFeatures {
  const [{ patchScale, descriptorLength, pixelHash }] = parts;
  return {
    keypoints: joinKeypoints(parts.map(({ keypoints }) => keypoints)),
    patchScale,
    descriptorLength,
    pixelHash,
    descriptors: concatenate(
      Float32Array,
      parts.map(({ descriptors }) => descriptors),
    ),
    patches: concatenate(
      Uint8Array,
      parts.map(({ patches }) => patches),
    ),
  };
}
