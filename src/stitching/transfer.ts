import type { PhotoInfo } from '../image/image.ts';
import { invert3, multiply3 } from '../math/matrix3.ts';
import type { VerifiedPair } from '../scene/match-graph.ts';
import type { PanoramaCameras } from './cameras.ts';
import { stateFromCameras, transferPixel } from './cameras-model.ts';

/**
 * Maps pixel (x, y) of photo `i` to photo `j` (indices into `photos`) under the final cameras.
 * NaN where the direction lies behind photo j's camera or beyond the horizon, or where a photo is not in the panorama.
 */
export function transferPoint(
  panorama: PanoramaCameras,
  photos: readonly PhotoInfo[],
  i: number,
  j: number,
  x: number,
  y: number,
): [number, number] {
  if (!(i in photos) || !(j in photos)) {
    throw new RangeError(`expected two photos out of ${photos.length}, received ${i} and ${j}`);
  }
  if (panorama.model === 'rotation') {
    const from = panorama.cameras.find((c) => c.photo === i);
    const to = panorama.cameras.find((c) => c.photo === j);
    if (!from || !to) return [NaN, NaN];
    const out = new Float64Array(3);
    transferPixel(stateFromCameras([from, to]), 0, 1, x, y, out);
    return [out[0], out[1]];
  }
  const from = panorama.cameras.find((c) => c.photo === i);
  const to = panorama.cameras.find((c) => c.photo === j);
  const imageFromPanorama = to ? invert3(to.panoramaFromImage) : null;
  if (!from || !imageFromPanorama) return [NaN, NaN];
  const h = multiply3(imageFromPanorama, from.panoramaFromImage);
  const w = h[6] * x + h[7] * y + h[8];
  if (!(w * h[8] > 0)) return [NaN, NaN];
  return [(h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w];
}

/** Transfer errors of a pair's matches from photo a to photo b, px of photo b; Infinity where a point falls behind the camera. */
export function pairTransferErrors(
  panorama: PanoramaCameras,
  photos: readonly PhotoInfo[],
  pair: VerifiedPair,
): Float64Array {
  const out = new Float64Array(pair.points.length / 4);
  for (let i = 0; i < out.length; i++) {
    const [xa, ya, xb, yb] = pair.points.subarray(4 * i, 4 * i + 4);
    const [x, y] = transferPoint(panorama, photos, pair.a, pair.b, xa, ya);
    const error = Math.hypot(x - xb, y - yb);
    out[i] = Number.isFinite(error) ? error : Infinity;
  }
  return out;
}
