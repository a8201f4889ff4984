import { concatenate } from '../math/concatenate.ts';
import type { Keypoints } from './keypoints.ts';

/** Several lists of keypoints, one after the other; each keeps its own locations. */
export function joinKeypoints(parts: readonly Keypoints[]): Keypoints {
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
