import { OutputError } from '../errors.ts';
import type { PhotoInfo } from '../image/image.ts';
import { multiply3 } from '../math/matrix3.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { transformPoint } from '../math/matrix3.ts';
import type { PanoramaCameras, PlanarCamera, RotationCamera } from './cameras.ts';
import { directionOfPixel, planarMapping, rotationMapping } from './photo-mapping.ts';
import type { PhotoMapping } from './photo-mapping.ts';
import { angularExtent } from './angular-extent.ts';
import { isPeriodic, project, projectionLimits } from './projection.ts';
import type { Projection } from './projection.ts';

/** A rectangle of the projected plane; a may run beyond ±π where the projection wraps round. */
export interface Bounds {
  readonly a0: number;
  readonly b0: number;
  readonly a1: number;
  readonly b1: number;
}

/** Where the photos lie in the projected plane, before a resolution is chosen. */
export interface Layout {
  readonly projection: Projection;
  /** The cameras given, turned (about the vertical; for `plane` also tilted) so that the panorama's middle lies at θ = 0. */
  readonly cameras: PanoramaCameras;
  readonly bounds: Bounds;
  /** Whether the panorama is a full circle: its left and right edges touch. */
  readonly wraps: boolean;
  /** One for each camera. */
  readonly photoBounds: readonly Bounds[];
  /** Photo pixels a unit of (a, b) in the middle of each photo. */
  readonly densities: readonly number[];
}

/** Directions sampled along each side of a photo to find its extent. */
const samplesPerSide = 48;

/**
 * Places the photos in the projected plane. `auto` chooses the projection from the field of view.
 * @throws OutputError where the photos span more than the projection asked for can show.
 */
export function layoutPanorama(
  cameras: PanoramaCameras,
  photos: readonly PhotoInfo[],
  projection: Projection | 'auto',
): Layout {
  if (cameras.model === 'planar') return layoutPlane(cameras.cameras, photos);
  let placed = turnToFront(cameras.cameras, photos);
  let chosen = projection;
  if (chosen === 'auto' || chosen === 'plane') {
    const faced = face(placed, photos);
    const extent = angularExtent(faced, photos);
    const fits = extent.thetaSpan <= radians(80) && extent.phiMax <= radians(42);
    if (chosen === 'plane' || fits) {
      chosen = 'plane';
      placed = faced;
    }
  }
  const extent = angularExtent(placed, photos);
  if (chosen === 'auto') chosen = extent.phiMax > radians(45) ? 'sphere' : 'cylinder';
  requireInside(chosen, extent);
  const wraps = extent.closed && isPeriodic(chosen);
  const photoBounds = placed.map((camera) => boundsOf(chosen, camera, photos[camera.photo]));
  const union = uniteBounds(photoBounds);
  const bounds = wraps ? { ...union, a0: -Math.PI, a1: Math.PI } : union;
  return {
    projection: chosen,
    cameras: { model: 'rotation', cameras: placed },
    bounds,
    wraps,
    photoBounds,
    densities: placed.map((c) => c.focal),
  };
}

/** One mapping for each camera of the layout: (a, b) → photo pixel. Mappings hold scratch space: one set a thread. */
export function photoMappings(
  cameras: PanoramaCameras,
  projection: Projection,
  photos: readonly PhotoInfo[],
): PhotoMapping[] {
  return cameras.model === 'rotation'
    ? cameras.cameras.map((c) => rotationMapping(projection, c, photos[c.photo]))
    : cameras.cameras.map((c) => planarMapping(c, photos[c.photo]));
}

function layoutPlane(cameras: readonly PlanarCamera[], photos: readonly PhotoInfo[]): Layout {
  const photoBounds = cameras.map((camera) => planarBounds(camera, photos[camera.photo]));
  return {
    projection: 'plane',
    cameras: { model: 'planar', cameras },
    bounds: uniteBounds(photoBounds),
    wraps: false,
    photoBounds,
    densities: cameras.map((c) => 1 / localScale(c.panoramaFromImage, photos[c.photo])),
  };
}

/** Panorama pixels a photo pixel at the photo's centre. */
function localScale(h: Matrix3, { width, height }: PhotoInfo): number {
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  const [a, b] = transformPoint(h, x, y);
  const [ax, bx] = transformPoint(h, x + 0.5, y);
  const [ay, by] = transformPoint(h, x, y + 0.5);
  return 2 * Math.sqrt(Math.abs((ax - a) * (by - b) - (ay - a) * (bx - b)));
}

function planarBounds(camera: PlanarCamera, photo: PhotoInfo): Bounds {
  const h = camera.panoramaFromImage;
  const [ca, cb] = transformPoint(h, (photo.width - 1) / 2, (photo.height - 1) / 2);
  // A photo that reaches towards the horizon of the plane would be stretched without bound: show what lies near.
  const reach = 4 * localScale(h, photo) * Math.hypot(photo.width, photo.height);
  const clamp = (v: number, c: number): number => Math.min(c + reach, Math.max(c - reach, v));
  const mapping = planarMapping(camera, photo);
  const pixel = new Float64Array(2);
  const points = borderPixels(photo).map(([x, y]): [number, number] => {
    const [a, b] = transformPoint(h, x, y);
    const visible = mapping(a, b, pixel);
    // Beyond the horizon the picture of the border point comes from the opposite side.
    return visible ? [clamp(a, ca), clamp(b, cb)] : [clamp(2 * ca - a, ca), clamp(2 * cb - b, cb)];
  });
  return boundsOfPoints(points);
}

/** Turns all cameras about the vertical so that the middle of an open panorama lies at θ = 0; a closed one stays as it is. */
function turnToFront(cameras: readonly RotationCamera[], photos: readonly PhotoInfo[]): readonly RotationCamera[] {
  const { closed, thetaMiddle } = angularExtent(cameras, photos);
  return closed ? cameras : rotateFrame(cameras, yaw(thetaMiddle));
}

/** Tilts the frame towards photos that lie far above or below the horizon, which a plane would stretch. */
function face(cameras: readonly RotationCamera[], photos: readonly PhotoInfo[]): readonly RotationCamera[] {
  const { phiMin, phiMaxSigned } = angularExtent(cameras, photos);
  const middle = (phiMin + phiMaxSigned) / 2;
  if (Math.abs(middle) < radians(20)) return cameras;
  return turnToFront(rotateFrame(cameras, pitch(middle)), photos);
}

/** Cameras for the frame whose directions are d' with d = oldFromNew · d'. */
function rotateFrame(cameras: readonly RotationCamera[], oldFromNew: Matrix3): readonly RotationCamera[] {
  return cameras.map((c) => ({ ...c, R: multiply3(c.R, oldFromNew) }));
}

/** Rotation that takes the z axis to the direction with θ = angle, φ = 0. */
function yaw(angle: number): Matrix3 {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [c, 0, s, 0, 1, 0, -s, 0, c];
}

/** Rotation that takes the z axis to the direction with θ = 0, φ = angle (down). */
function pitch(angle: number): Matrix3 {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [1, 0, 0, 0, c, s, 0, -s, c];
}

function requireInside(projection: Projection, extent: { thetaSpan: number; phiMax: number; closed: boolean }): void {
  const limit = projectionLimits[projection];
  if (isPeriodic(projection)) return;
  const span = extent.closed ? 2 * Math.PI : extent.thetaSpan;
  const tooHigh = projection === 'plane' && extent.phiMax > limit.phi;
  if (span <= 2 * limit.theta && !tooHigh) return;
  const degrees = (angle: number): number => Math.round((angle * 180) / Math.PI);
  const [shown, came] = tooHigh ? [2 * limit.phi, 2 * extent.phiMax] : [2 * limit.theta, span];
  const other = projection === 'plane' && !tooHigh && span < radians(270) ? 'cylinder or panini' : 'cylinder or sphere';
  throw new OutputError(
    `The ${projection} projection shows at most ${degrees(shown)}° ${tooHigh ? 'from top to bottom' : 'across'}, ` +
      `these photos span ${degrees(came)}°: choose ${other} (or auto) instead`,
  );
}

function boundsOf(projection: Projection, camera: RotationCamera, photo: PhotoInfo): Bounds {
  const limit = projectionLimits[projection];
  const d = new Float64Array(3);
  const p = new Float64Array(2);
  directionOfPixel(camera, (photo.width - 1) / 2, (photo.height - 1) / 2, d);
  const middle = Math.atan2(d[0], d[2]);
  const phiOnly = Math.tan(limit.phi);
  const points: [number, number][] = borderPixels(photo).map(([x, y]) => {
    directionOfPixel(camera, x, y, d);
    if (projection !== 'sphere') {
      const horizontal = Math.hypot(d[0], d[2]);
      d[1] = Math.max(-phiOnly * horizontal, Math.min(phiOnly * horizontal, d[1]));
    }
    project(projection, d[0], d[1], d[2], p);
    const a = isPeriodic(projection) ? middle + wrapAngle(p[0] - middle) : p[0];
    return [a, p[1]];
  });
  return widenAtPoles(projection, camera, photo, boundsOfPoints(points));
}

/** A photo that sees straight up or down spans all θ, and reaches the pole or the limit of the projection. */
function widenAtPoles(projection: Projection, camera: RotationCamera, photo: PhotoInfo, bounds: Bounds): Bounds {
  if (!isPeriodic(projection)) return bounds;
  const reach = new Float64Array(2);
  let widened = bounds;
  for (const up of [-1, 1]) {
    if (!seesPole(camera, photo, up)) continue;
    project(
      projection,
      0,
      up * Math.sin(projectionLimits[projection].phi),
      Math.cos(projectionLimits[projection].phi),
      reach,
    );
    const b = reach[1];
    widened = {
      a0: -Math.PI,
      a1: Math.PI,
      b0: up < 0 ? b : widened.b0,
      b1: up > 0 ? b : widened.b1,
    };
  }
  return widened;
}

function seesPole(camera: RotationCamera, photo: PhotoInfo, up: number): boolean {
  // On the sphere the pole is b = ±π/2, whatever a.
  const pixel = new Float64Array(2);
  if (!rotationMapping('sphere', camera, photo)(0, (up * Math.PI) / 2, pixel)) return false;
  return pixel[0] >= -0.5 && pixel[1] >= -0.5 && pixel[0] <= photo.width - 0.5 && pixel[1] <= photo.height - 0.5;
}

/** Points along the outer edge of the photo's pixels. */
function borderPixels({ width, height }: { width: number; height: number }): [number, number][] {
  const points: [number, number][] = [];
  for (let i = 0; i < samplesPerSide; i++) {
    const t = i / samplesPerSide;
    const [x, y] = [t * width - 0.5, t * height - 0.5];
    points.push([x, -0.5], [width - 1 - x, height - 0.5], [-0.5, height - 1 - y], [width - 0.5, y]);
  }
  return points;
}

function boundsOfPoints(points: readonly (readonly [number, number])[]): Bounds {
  let [a0, b0, a1, b1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [a, b] of points) {
    a0 = Math.min(a0, a);
    a1 = Math.max(a1, a);
    b0 = Math.min(b0, b);
    b1 = Math.max(b1, b);
  }
  return { a0, b0, a1, b1 };
}

function uniteBounds(all: readonly Bounds[]): Bounds {
  return boundsOfPoints(all.flatMap(({ a0, b0, a1, b1 }) => [[a0, b0] as const, [a1, b1] as const]));
}

/** The angle in (−π, π] that differs from the given one by full turns. */
function wrapAngle(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
