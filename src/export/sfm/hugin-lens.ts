import type { SfmCamera as Lens } from '../../dataset/sfm/camera.ts';
import { choleskyFactor, choleskySubstitute } from '../../math/cholesky.ts';
import { type SfmCamera, sfmCameraModels } from '../../scene/sfm-set.ts';

/*
 * Hugin's lens (libpano13): a direction at radius ρ from the axis, in halves of the photo's shorter side, of an ideal photo with the field of
 * view `v` is shown at radius ρ (a ρ³ + b ρ² + c ρ + 1 − a − b − c). The axis is `d`, `e` px off the photo's middle, which is at
 * ((w − 1)/2, (h − 1)/2): as in ours, the centre of Hugin's top-left pixel is (0, 0). (Seen: autooptimiser gives exact matches of a camera
 * with its centre there d = e = 0, and 0.5 to the same moved by half a pixel.)
 */
export interface HuginLens {
  /** Degrees. */
  readonly hfov: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Px. */
  readonly d: number;
  readonly e: number;
}

/** The camera with all parameters by name; those that its model lacks are 0. */
export function lensOf({ model, width, height, params }: SfmCamera): Lens {
  const names: readonly string[] = sfmCameraModels[model];
  const of = (...aliases: string[]): number => params[names.findIndex((name) => aliases.includes(name))] ?? 0;
  return {
    width,
    height,
    fx: of('f', 'fx'),
    fy: of('f', 'fy'),
    cx: of('cx'),
    cy: of('cy'),
    k1: of('k', 'k1'),
    k2: of('k2'),
    p1: of('p1'),
    p2: of('p2'),
  };
}

/**
 * Exact for k1; k2 is fitted within 0.1 px as a rule; that fx and fy differ and tangential distortion, which Hugin does not know, are left
 * to its optimiser.
 */
export function huginLens(camera: SfmCamera): HuginLens {
  const { width, height, fx, fy, cx, cy, k1, k2 } = lensOf(camera);
  const focal = Math.sqrt(fx * fy);
  const [d, e] = [cx - (width - 1) / 2, cy - (height - 1) / 2];
  if (k1 === 0 && k2 === 0) return { hfov: hfovFromFocal(width, focal), a: 0, b: 0, c: 0, d, e };
  const radius = Math.min(width, height) / 2;
  const corner = Math.hypot(width / 2 + Math.abs(d), height / 2 + Math.abs(e));
  // Shown radius over `radius`, of ideal radius t = r/radius at this focal length: t (D + C t + B t² + A t³).
  const [D, C, B, A] = fitRadial(k1 * (radius / focal) ** 2, k2 * (radius / focal) ** 4, corner / radius);
  // Hugin's coefficients add up to 1: its ideal photo has another focal length, `scale` times ours.
  let scale = 1;
  for (let i = 0; i < 50; i++) scale = D + C / scale + B / scale ** 2 + A / scale ** 3;
  return {
    hfov: hfovFromFocal(width, scale * focal),
    a: A / scale ** 4,
    b: B / scale ** 3,
    c: C / scale ** 2,
    d,
    e,
  };
}

/**
 * t (1 + k1 t² + k2 t⁴) as t (D + C t + B t² + A t³), by least squares over 0 < t ≤ tMax.
 * @returns D, C, B, A
 */
function fitRadial(k1: number, k2: number, tMax: number): Float64Array {
  const matrix = new Float64Array(16);
  const right = new Float64Array(4);
  const samples = 200;
  for (let s = 1; s <= samples; s++) {
    // In units of tMax, which keeps the equations well conditioned.
    const u = s / samples;
    const t = u * tMax;
    const value = u * (k1 * t * t + k2 * t ** 4);
    for (let i = 0; i < 4; i++) {
      right[i] += u ** (i + 1) * value;
      for (let j = 0; j < 4; j++) matrix[4 * i + j] += u ** (i + j + 2);
    }
  }
  choleskyFactor(matrix, 4);
  choleskySubstitute(matrix, 4, right);
  const fit = right.map((value, i) => value / tMax ** i);
  fit[0] += 1;
  return fit;
}

/** Degrees of a photo's width. */
export function hfovFromFocal(width: number, focal: number): number {
  return (360 / Math.PI) * Math.atan(width / (2 * focal));
}

/** Hugin's numbers of the lenses whose focal length is told. */
const projections = { rectilinear: 0, cylindrical: 1, circularFisheye: 2, fullFrameFisheye: 3, equirectangular: 4 };

/** Focal length, px, of a photo of this projection; null for projections in which it is not the field of view's alone. */
export function focalFromHfov(width: number, hfov: number, projection: number): number | null {
  const angle = (hfov * Math.PI) / 180;
  if (!(angle > 0)) return null;
  if (projection === projections.rectilinear) return angle < Math.PI ? width / (2 * Math.tan(angle / 2)) : null;
  return Object.values(projections).includes(projection) ? width / angle : null;
}
