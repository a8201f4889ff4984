import type { Matrix2 } from '../../math/matrix2.ts';
import { multiply2, singularValues2 } from '../../math/matrix2.ts';
import { type LocalMaps, predictPlace } from './predict-place.ts';

/** What a partner of a photo knows of the scene: a photo that was matched with it. */
export interface PartnerView {
  /** From the partner to the photo. */
  readonly maps: LocalMaps;
  /** Places of the partner that belong to tracks, whatever the photo shows of them: their numbers. */
  readonly places: Uint32Array;
  /** The track of each. */
  readonly tracks: Uint32Array;
  /** x, y each, px of the partner, upright. */
  readonly at: Float32Array;
  /** Px of the picture in which its keypoints were detected from px of the partner: patches show no more than that. */
  readonly detectScale: number;
  /** Keypoint's size and angle each. */
  readonly sizes: Float32Array;
  readonly angles: Float32Array;
}

/** A point of the scene that a photo should show, though none of its keypoints does. */
export interface ExpectedPlace {
  readonly track: number;
  /** Px of the upright photo. */
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly angle: number;
  /** The views that are most like the photo's: at least two. */
  readonly views: readonly ExpectedFrom[];
}

export interface ExpectedFrom {
  /** Which partner, and which of its places. */
  readonly partner: number;
  readonly row: number;
  /** Px of the photo from px of the partner. */
  readonly affinity: Matrix2;
}

/** Views of a point that are used to find it. */
const mostViews = 3;
/** A view more distorted than so, or smaller or larger, looks too different. */
const mostDistorted = 2;
/** In sizes: alignment hardly ever finds what is expected less exactly (3 % and less). */
const mostUncertain = 0.75;

/**
 * Where a photo should show the tracks that at least two of its partners show and it does not.
 * @param isTaken whether the photo has a place of that track already, or none can be told
 */
export function expectedPlaces(
  partners: readonly PartnerView[],
  { width, height, detectScale }: { readonly width: number; readonly height: number; readonly detectScale: number },
  isTaken: (track: number) => boolean,
): ExpectedPlace[] {
  const seen = new Map<number, { partner: number; row: number }[]>();
  partners.forEach(({ tracks }, partner) =>
    tracks.forEach((track, row) => {
      if (isTaken(track)) return;
      const views = seen.get(track);
      if (views === undefined) seen.set(track, [{ partner, row }]);
      else views.push({ partner, row });
    }),
  );
  const expected: ExpectedPlace[] = [];
  for (const [track, views] of seen) {
    if (views.length < 2) continue;
    const from = views.map(({ partner, row }) => {
      const { at, maps } = partners[partner];
      return { x: at[2 * row], y: at[2 * row + 1], maps };
    });
    const place = predictPlace(from, Math.max(width, height));
    if (place === null || !isInside(place, width, height)) continue;
    const alike = views
      .map((view, v) => {
        const affinity = place.affinities[v];
        const scale = detectScale / partners[view.partner].detectScale;
        return { view: { ...view, affinity }, distortion: distortionOf(affinity, scale) };
      })
      .filter(({ distortion }) => distortion < mostDistorted)
      .sort((p, q) => p.distortion - q.distortion || p.view.partner - q.view.partner)
      .slice(0, mostViews)
      .map(({ view }) => view);
    if (alike.length < 2) continue;
    const [best] = alike;
    const { sizes, angles } = partners[best.partner];
    const shape = shapeOf(best.affinity, sizes[best.row], angles[best.row]);
    if (place.sigma > mostUncertain * shape.size) continue;
    expected.push({ track, x: place.x, y: place.y, ...shape, views: alike });
  }
  // As photos may have other names, and tracks other numbers.
  return expected.sort((p, q) => p.y - q.y || p.x - q.x);
}

function isInside({ x, y }: { readonly x: number; readonly y: number }, width: number, height: number): boolean {
  return x > 0 && y > 0 && x < width - 1 && y < height - 1;
}

/** How far an affine map is from one that changes nothing, once its pictures were scaled. */
function distortionOf(affinity: Matrix2, scale: number): number {
  const [most, least] = singularValues2(affinity).map((value) => scale * value);
  return Math.max(most, 1 / most, least, 1 / least);
}

/** Size and angle of a keypoint's circle after an affine map, as far as a circle goes. */
function shapeOf(affinity: Matrix2, size: number, angle: number): { size: number; angle: number } {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [a, b, c, d] = multiply2(affinity, [cos, -sin, sin, cos]);
  const turned = Math.atan2(c - b, a + d);
  return {
    size: size * Math.sqrt(Math.abs(a * d - b * c)),
    angle: turned < 0 ? turned + 2 * Math.PI : turned,
  };
}
