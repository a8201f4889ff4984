/** What a camera does to directions; every model that is read is a case of COLMAP's and OpenCV's `OPENCV`. */
export interface SfmCamera {
  readonly width: number;
  readonly height: number;
  /** Focal lengths and principal point, px; the centre of the top-left pixel is (0, 0). */
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
  /** Radial and tangential distortion of normalised coordinates (see {@link distort}). */
  readonly k1: number;
  readonly k2: number;
  readonly p1: number;
  readonly p2: number;
}

/** COLMAP's number and parameters of each camera model that is read. */
const cameraModels = [
  { id: 0, name: 'SIMPLE_PINHOLE', parameters: ['f', 'cx', 'cy'] },
  { id: 1, name: 'PINHOLE', parameters: ['fx', 'fy', 'cx', 'cy'] },
  { id: 2, name: 'SIMPLE_RADIAL', parameters: ['f', 'cx', 'cy', 'k1'] },
  { id: 3, name: 'RADIAL', parameters: ['f', 'cx', 'cy', 'k1', 'k2'] },
  { id: 4, name: 'OPENCV', parameters: ['fx', 'fy', 'cx', 'cy', 'k1', 'k2', 'p1', 'p2'] },
] as const;

export type CameraModel = (typeof cameraModels)[number];

export const cameraModelNames: readonly string[] = cameraModels.map(({ name }) => name);

/** A camera model by COLMAP's name or number; undefined where it is not among those that are read. */
export function findCameraModel(nameOrId: string | number): CameraModel | undefined {
  return cameraModels.find(({ id, name }) => id === nameOrId || name === nameOrId);
}

/**
 * A camera from COLMAP's parameters, in the order of `model.parameters`.
 * COLMAP's first pixel has its centre at (0.5, 0.5), ours at (0, 0).
 */
export function cameraFromColmap(
  model: CameraModel,
  width: number,
  height: number,
  values: readonly number[],
): SfmCamera {
  const of = (name: string): number | undefined => values[(model.parameters as readonly string[]).indexOf(name)];
  return {
    width,
    height,
    fx: of('f') ?? of('fx') ?? NaN,
    fy: of('f') ?? of('fy') ?? NaN,
    cx: (of('cx') ?? NaN) - 0.5,
    cy: (of('cy') ?? NaN) - 0.5,
    k1: of('k1') ?? 0,
    k2: of('k2') ?? 0,
    p1: of('p1') ?? 0,
    p2: of('p2') ?? 0,
  };
}

/** A 2×2 matrix, row-major. */
export type Matrix2 = readonly [number, number, number, number];

/**
 * The lens: x_d = x(1 + k1 r² + k2 r⁴) + 2 p1 xy + p2(r² + 2x²), y_d = y(1 + k1 r² + k2 r⁴) + 2 p2 xy + p1(r² + 2y²),
 * with its derivative.
 */
function distort(camera: SfmCamera, x: number, y: number): { x: number; y: number; derivative: Matrix2 } {
  const { k1, k2, p1, p2 } = camera;
  const r2 = x * x + y * y;
  const gain = 1 + r2 * (k1 + r2 * k2);
  const slope = 2 * k1 + 4 * k2 * r2;
  const mixed = x * y * slope + 2 * p1 * x + 2 * p2 * y;
  return {
    x: x * gain + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
    y: y * gain + 2 * p2 * x * y + p1 * (r2 + 2 * y * y),
    derivative: [
      gain + x * x * slope + 2 * p1 * y + 6 * p2 * x,
      mixed,
      mixed,
      gain + y * y * slope + 2 * p2 * x + 6 * p1 * y,
    ],
  };
}

/** A place in a photo, px, and how it moves with the normalised coordinates. */
export interface ProjectedPoint {
  readonly x: number;
  readonly y: number;
  /** ∂(px)/∂(normalised). */
  readonly derivative: Matrix2;
}

/** The pixel of normalised coordinates (x, y) = (X/Z, Y/Z). */
export function pixelFromNormalised(camera: SfmCamera, x: number, y: number): ProjectedPoint {
  const lens = distort(camera, x, y);
  const [a, b, c, d] = lens.derivative;
  const { fx, fy, cx, cy } = camera;
  return { x: fx * lens.x + cx, y: fy * lens.y + cy, derivative: [fx * a, fx * b, fy * c, fy * d] };
}

const undistortSteps = 20;

/**
 * Normalised coordinates of a pixel: the lens inverted by Newton's method. NaN where the lens has no inverse (a
 * distortion that folds back before it reaches the pixel).
 */
export function normalisedFromPixel(camera: SfmCamera, px: number, py: number): [number, number] {
  const xd = (px - camera.cx) / camera.fx;
  const yd = (py - camera.cy) / camera.fy;
  let [x, y] = [xd, yd];
  for (let i = 0; i < undistortSteps; i++) {
    const lens = distort(camera, x, y);
    const [a, b, c, d] = lens.derivative;
    const determinant = a * d - b * c;
    if (!(determinant > 0)) return [NaN, NaN];
    const [ex, ey] = [lens.x - xd, lens.y - yd];
    x -= (d * ex - b * ey) / determinant;
    y -= (a * ey - c * ex) / determinant;
    if (Math.abs(ex) + Math.abs(ey) < 1e-12) return [x, y];
  }
  const { x: u, y: v } = distort(camera, x, y);
  return Math.abs(u - xd) + Math.abs(v - yd) < 1e-9 ? [x, y] : [NaN, NaN];
}

/** Whether a pixel lies in the photo, at least `margin` px from its border. */
export function insidePhoto(camera: SfmCamera, x: number, y: number, margin = 0): boolean {
  return x >= margin && y >= margin && x <= camera.width - 1 - margin && y <= camera.height - 1 - margin;
}
