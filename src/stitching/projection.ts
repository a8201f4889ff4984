/** How directions of the panorama frame become a flat picture. */
export type Projection = 'plane' | 'cylinder' | 'sphere' | 'panini' | 'mercator';

export const projections: readonly Projection[] = ['plane', 'cylinder', 'sphere', 'panini', 'mercator'];

/**
 * The part of the projected plane that a picture may show: |θ| and |φ| in radians, measured from the z axis.
 * Outside of it a projection is undefined or stretches without bound.
 */
export const projectionLimits: Readonly<Record<Projection, { readonly theta: number; readonly phi: number }>> = {
  plane: { theta: radians(75), phi: radians(75) },
  cylinder: { theta: Infinity, phi: radians(75) },
  sphere: { theta: Infinity, phi: radians(90) },
  panini: { theta: radians(150), phi: radians(75) },
  mercator: { theta: Infinity, phi: radians(85) },
};

/** Whether θ runs round the picture, so that a full circle closes on itself. */
export function isPeriodic(projection: Projection): boolean {
  return projection === 'cylinder' || projection === 'sphere' || projection === 'mercator';
}

/**
 * Projects the direction (x, y, z) of the panorama frame (x right, y down, z forward; any length but 0) to (a, b), the
 * unit of which is one radian at the centre: with θ = atan2(x, z), φ = asin(y/|d|), plane (x/z, y/z); cylinder
 * (θ, tan φ); sphere (θ, φ); mercator (θ, asinh(tan φ)); panini (Sharpless, Postle, German 2010, d = 1):
 * S = 2/(1 + cos θ), (S sin θ, S tan φ). Writes `out[0]`, `out[1]`; returns false where the projection has no point.
 */
export function project(projection: Projection, x: number, y: number, z: number, out: Float64Array): boolean {
  if (projection === 'plane') {
    out[0] = x / z;
    out[1] = y / z;
    return z > 0;
  }
  const theta = Math.atan2(x, z);
  const horizontal = Math.hypot(x, z);
  out[0] = theta;
  if (projection === 'sphere') {
    out[1] = Math.atan2(y, horizontal);
    return true;
  }
  const tangent = y / horizontal;
  if (projection === 'cylinder') out[1] = tangent;
  else if (projection === 'mercator') out[1] = Math.asinh(tangent);
  else {
    const s = 2 / (1 + Math.cos(theta));
    out[0] = s * Math.sin(theta);
    out[1] = s * tangent;
  }
  return horizontal > 0 && Number.isFinite(out[0]);
}

/**
 * The direction (unit length) that `project` sends to (a, b); a may lie beyond ±π where θ wraps round. Writes `out[0..2]`;
 * returns false where (a, b) is no point of the projection.
 */
export function unproject(projection: Projection, a: number, b: number, out: Float64Array): boolean {
  if (projection === 'plane') {
    const n = 1 / Math.sqrt(1 + a * a + b * b);
    out[0] = a * n;
    out[1] = b * n;
    out[2] = n;
    return true;
  }
  let theta = a;
  let tangent = b;
  if (projection === 'sphere') {
    if (Math.abs(b) > Math.PI / 2) return false;
    const cos = Math.cos(b);
    out[0] = cos * Math.sin(theta);
    out[1] = Math.sin(b);
    out[2] = cos * Math.cos(theta);
    return true;
  }
  if (projection === 'mercator') tangent = Math.sinh(b);
  else if (projection === 'panini') {
    theta = 2 * Math.atan(a / 2);
    tangent = (b * (1 + Math.cos(theta))) / 2;
  }
  const n = 1 / Math.sqrt(1 + tangent * tangent);
  out[0] = n * Math.sin(theta);
  out[1] = n * tangent;
  out[2] = n * Math.cos(theta);
  return true;
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
