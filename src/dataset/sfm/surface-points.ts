import { normalisedFromPixel, pixelFromNormalised } from './camera.ts';
import { centreOf, type PosedPhoto, type SfmModel, toCamera, type Vector3 } from './model.ts';

/** Places whose depth in one photo is known: samples of the surfaces that the photo shows. */
export interface SurfacePoints {
  /** Where in the photo, px. */
  readonly px: Float64Array;
  readonly py: Float64Array;
  /** The same in normalised coordinates (lens undone), and the inverse depth 1/Z in the camera's frame. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly w: Float64Array;
}

/** Rays that meet at less than this tell no depth. */
export const smallestAngle = (1.5 * Math.PI) / 180;

/** Points that were seen this far (px) from where they project to are left out. */
const largestError = 2;

/** The model's points as each photo sees them, without those of uncertain depth. */
export function surfacePointsOf(model: SfmModel): SurfacePoints[] {
  const certain = certainPoints(model);
  return model.photos.map((photo) => {
    const { point } = photo.observations;
    const seen = [...point.keys()].filter((i) => certain[point[i]]);
    return surfacePointsAt(
      photo,
      seen.map((i) => ({
        x: photo.observations.x[i],
        y: photo.observations.y[i],
        position: positionOf(model, point[i]),
      })),
    );
  });
}

/** A place of the world and where it was seen in a photo, px. */
export interface SeenPlace {
  readonly x: number;
  readonly y: number;
  readonly position: Vector3;
}

/** Places as a photo sees them, without those that do not project to where they were seen. */
export function surfacePointsAt(photo: PosedPhoto, places: readonly SeenPlace[]): SurfacePoints {
  const rows = places.flatMap(({ x: px, y: py, position }) => {
    const [X, Y, Z] = toCamera(photo, ...position);
    if (!(Z > 0)) return [];
    const projected = pixelFromNormalised(photo.camera, X / Z, Y / Z);
    if (!(Math.hypot(projected.x - px, projected.y - py) <= largestError)) return [];
    const [x, y] = normalisedFromPixel(photo.camera, px, py);
    return Number.isNaN(x) ? [] : [{ px, py, x, y, w: 1 / Z }];
  });
  return {
    px: Float64Array.from(rows, ({ px }) => px),
    py: Float64Array.from(rows, ({ py }) => py),
    x: Float64Array.from(rows, ({ x }) => x),
    y: Float64Array.from(rows, ({ y }) => y),
    w: Float64Array.from(rows, ({ w }) => w),
  };
}

export function joinSurfacePoints(a: SurfacePoints, b: SurfacePoints): SurfacePoints {
  const join = (p: Float64Array, q: Float64Array): Float64Array => {
    const joined = new Float64Array(p.length + q.length);
    joined.set(p);
    joined.set(q, p.length);
    return joined;
  };
  return {
    px: join(a.px, b.px),
    py: join(a.py, b.py),
    x: join(a.x, b.x),
    y: join(a.y, b.y),
    w: join(a.w, b.w),
  };
}

function positionOf({ points }: SfmModel, index: number): Vector3 {
  return [points.position[3 * index], points.position[3 * index + 1], points.position[3 * index + 2]];
}

/** Per point whether two of the photos that saw it look at it under a large enough angle. */
function certainPoints(model: SfmModel): Uint8Array {
  const seenFrom: Vector3[][] = Array.from({ length: model.points.count }, () => []);
  for (const photo of model.photos) {
    const centre = centreOf(photo);
    for (const index of photo.observations.point) seenFrom[index].push(centre);
  }
  return Uint8Array.from(seenFrom, (centres, index) =>
    widestAngle(positionOf(model, index), centres) >= smallestAngle ? 1 : 0,
  );
}

/** The largest angle at which two of the rays from `centres` meet at a place, radians. */
export function widestAngle(place: Vector3, centres: readonly Vector3[]): number {
  const rays = centres.map((centre) => {
    const ray = [place[0] - centre[0], place[1] - centre[1], place[2] - centre[2]];
    const length = Math.hypot(...ray);
    return ray.map((v) => v / length);
  });
  let smallestCosine = 1;
  for (let i = 0; i < rays.length; i++) {
    for (let j = 0; j < i; j++) {
      const cosine = rays[i][0] * rays[j][0] + rays[i][1] * rays[j][1] + rays[i][2] * rays[j][2];
      smallestCosine = Math.min(smallestCosine, cosine);
    }
  }
  return Math.acos(Math.max(-1, smallestCosine));
}
