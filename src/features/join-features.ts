import { concatenate } from '../math/concatenate.ts';
import type { Keypoints } from './keypoints.ts';
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

function joinKeypoints(parts: readonly Keypoints[]): Keypoints {
  const floats = (column: 'x' | 'y' | 'size' | 'angle' | 'response'): Float32Array =>
    concatenate(
      Float32Array,
      parts.map((part) => part[column]),
    );
  let before = 0;
  const location = parts.map((part) => {
    const shifted = part.location.map((place) => before + place);
    before += part.count;
    return shifted;
  });
  return {
    count: before,
    x: floats('x'),
    y: floats('y'),
    size: floats('size'),
    angle: floats('angle'),
    response: floats('response'),
    octave: concatenate(
      Int16Array,
      parts.map(({ octave }) => octave),
    ),
    location: concatenate(Uint32Array, location),
  };
}
