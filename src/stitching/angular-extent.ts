import type { PhotoInfo } from '../image/image.ts';
import type { RotationCamera } from './cameras.ts';
import { directionOfPixel } from './photo-mapping.ts';

/** How much of the sphere around the viewer the photos show; radians. */
export interface AngularExtent {
  /** Width of the arc of θ that holds all photos; 2π for a closed circle. */
  readonly thetaSpan: number;
  /** Middle of that arc, in (−π, π]; 0 for a closed circle. */
  readonly thetaMiddle: number;
  /** Whether no gap is left in the circle. */
  readonly closed: boolean;
  /** Signed extremes of φ (down is positive). */
  readonly phiMin: number;
  readonly phiMaxSigned: number;
  /** max |φ|. */
  readonly phiMax: number;
}

const samplesPerSide = 24;

/** Measures the field of view of the photos together. A photo that sees a pole takes up the whole circle of θ. */
export function angularExtent(cameras: readonly RotationCamera[], photos: readonly PhotoInfo[]): AngularExtent {
  const arcs: [number, number][] = [];
  let phiMin = Infinity;
  let phiMaxSigned = -Infinity;
  for (const camera of cameras) {
    const extent = photoExtent(camera, photos[camera.photo]);
    arcs.push([extent.from, extent.to]);
    phiMin = Math.min(phiMin, extent.phiMin);
    phiMaxSigned = Math.max(phiMaxSigned, extent.phiMax);
  }
  const gap = largestGap(arcs);
  const closed = gap.size < 1e-3;
  const thetaSpan = closed ? 2 * Math.PI : 2 * Math.PI - gap.size;
  const middle = gap.end + thetaSpan / 2;
  const thetaMiddle = closed ? 0 : middle - 2 * Math.PI * Math.round(middle / (2 * Math.PI));
  return {
    thetaSpan,
    thetaMiddle,
    closed,
    phiMin,
    phiMaxSigned,
    phiMax: Math.max(Math.abs(phiMin), Math.abs(phiMaxSigned)),
  };
}

/**
 * Follows the photo's border once round: θ unwrapped along it. Where the border goes round a pole, the unwrapped θ ends a
 * full turn away from its start, and the photo reaches that pole.
 */
function photoExtent(
  camera: RotationCamera,
  { width, height }: PhotoInfo,
): { from: number; to: number; phiMin: number; phiMax: number } {
  const d = new Float64Array(3);
  let [from, to, phiMin, phiMax] = [Infinity, -Infinity, Infinity, -Infinity];
  let theta = NaN;
  let start = NaN;
  const visit = (x: number, y: number): void => {
    directionOfPixel(camera, x, y, d);
    const raw = Math.atan2(d[0], d[2]);
    theta = Number.isNaN(theta) ? raw : theta + wrap(raw - theta);
    if (Number.isNaN(start)) start = theta;
    const phi = Math.asin(Math.max(-1, Math.min(1, d[1])));
    from = Math.min(from, theta);
    to = Math.max(to, theta);
    phiMin = Math.min(phiMin, phi);
    phiMax = Math.max(phiMax, phi);
  };
  const [r, b] = [width - 0.5, height - 0.5];
  for (let i = 0; i < samplesPerSide; i++) visit((i / samplesPerSide) * width - 0.5, -0.5);
  for (let i = 0; i < samplesPerSide; i++) visit(r, (i / samplesPerSide) * height - 0.5);
  for (let i = 0; i < samplesPerSide; i++) visit(r - (i / samplesPerSide) * width, b);
  for (let i = 0; i <= samplesPerSide; i++) visit(-0.5, b - (i / samplesPerSide) * height);
  if (Math.abs(theta - start) > Math.PI) {
    directionOfPixel(camera, (width - 1) / 2, (height - 1) / 2, d);
    if (d[1] > 0) phiMax = Math.PI / 2;
    else phiMin = -Math.PI / 2;
    [from, to] = [-Math.PI, Math.PI];
  }
  return { from, to, phiMin, phiMax };
}

/** The largest arc of the circle that no given arc covers; size 0 where they cover all. */
function largestGap(arcs: readonly (readonly [number, number])[]): { end: number; size: number } {
  const turn = 2 * Math.PI;
  if (arcs.some(([from, to]) => to - from >= turn)) return { end: -Math.PI, size: 0 };
  const sorted = arcs
    .map(([from, to]): [number, number] => {
      const shift = turn * Math.floor(from / turn);
      return [from - shift, to - shift];
    })
    .sort((p, q) => p[0] - q[0]);
  let reach = Math.max(...sorted.map(([, to]) => to)) - turn;
  let best = { end: sorted[0][0], size: 0 };
  for (const [from, to] of sorted) {
    if (from - reach > best.size) best = { end: from, size: from - reach };
    reach = Math.max(reach, to);
  }
  return best;
}

/** The angle in (−π, π] that differs from the given one by full turns. */
function wrap(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}
