import { z } from 'zod';
import { DataError } from '../../errors.ts';
import type { SfmCamera, SfmFeatures } from '../../scene/sfm-set.ts';

/**
 * OpenSfM's cameras (`io.py`, `camera_from_json`; `camera_instances.h`), in its normalised image coordinates: px are
 * measured from the middle of the image and divided by its longer side. The middle of an image is at
 * ((w − 1)/2, (h − 1)/2) in ours. Distortion by the formulas of COLMAP and OpenCV.
 */
export interface ImageFrame {
  readonly width: number;
  readonly height: number;
}

/** (x + 0.5 − w/2) / max(w, h), with w for x and h for y (`features.py`, `normalized_image_coordinates`). */
export function normalise(value: number, length: number, { width, height }: ImageFrame): number {
  return (value + 0.5 - length / 2) / Math.max(width, height);
}

export function denormalise(value: number, length: number, { width, height }: ImageFrame): number {
  return value * Math.max(width, height) - 0.5 + length / 2;
}

const number = z.number();

export const openSfmCameraSchema = z.object({
  projection_type: z.string(),
  width: number.int().positive(),
  height: number.int().positive(),
  focal: number.optional(),
  focal_x: number.optional(),
  focal_y: number.optional(),
  c_x: number.optional(),
  c_y: number.optional(),
  k1: number.optional(),
  k2: number.optional(),
  k3: number.optional(),
  p1: number.optional(),
  p2: number.optional(),
});

export type OpenSfmCamera = z.infer<typeof openSfmCameraSchema>;

/** Far below what a principal point is known to, relative to the longer side. */
const centred = 1e-12;

/** The camera of OpenSfM with the fewest parameters: `perspective`, its own choice, where it does. */
export function toOpenSfmCamera({ model, width, height, params }: SfmCamera): OpenSfmCamera {
  const hasTwo = model === 'PINHOLE' || model === 'OPENCV';
  const [fx, fy] = (hasTwo ? params : [params[0], params[0]]).map((f) => f / Math.max(width, height));
  const [x, y, k1 = 0, k2 = 0, p1 = 0, p2 = 0] = params.slice(hasTwo ? 2 : 1);
  const [c_x, c_y] = [normalise(x, width, { width, height }), normalise(y, height, { width, height })];
  const isCentred = Math.abs(c_x) < centred && Math.abs(c_y) < centred;
  const common = { width, height };
  const offCentre = { ...common, focal_x: fx, focal_y: fy, c_x, c_y, k1 };
  if (model === 'OPENCV') return { projection_type: 'brown', ...offCentre, k2, p1, p2, k3: 0 };
  if (isCentred && fx === fy) return { projection_type: 'perspective', ...common, focal: fx, k1, k2 };
  if (model === 'RADIAL') return { projection_type: 'radial', ...offCentre, k2 };
  return { projection_type: 'simple_radial', ...offCentre };
}

/**
 * The model of ours with the fewest parameters.
 * @param where names the file and the camera, for errors
 * @throws DataError for a camera that no model of ours stands for
 */
export function fromOpenSfmCamera(camera: OpenSfmCamera, isFocalKnown: boolean, where: string): SfmCamera {
  const { projection_type: type, width, height, k1 = 0, k2 = 0, k3 = 0, p1 = 0, p2 = 0 } = camera;
  const common = { width, height, isFocalKnown };
  const side = Math.max(width, height);
  const fx = ((type === 'perspective' ? camera.focal : camera.focal_x) ?? NaN) * side;
  const fy = ((type === 'perspective' ? camera.focal : camera.focal_y) ?? NaN) * side;
  const isRead = ['perspective', 'simple_radial', 'radial', 'brown'].includes(type) && k3 === 0;
  if (!isRead || !Number.isFinite(fx) || !Number.isFinite(fy)) {
    throw new DataError(
      `${where} is of type ${type}; read are perspective, simple_radial, radial, and brown with k3 = 0. Choose another ` +
        "type with camera_models_overrides.json, OpenSfM's file for that.",
    );
  }
  const [cx, cy] = [denormalise(camera.c_x ?? 0, width, camera), denormalise(camera.c_y ?? 0, height, camera)];
  if (type === 'brown' || (fx !== fy && (k1 !== 0 || k2 !== 0))) {
    return { ...common, model: 'OPENCV', params: [fx, fy, cx, cy, k1, k2, p1, p2] };
  }
  if (fx !== fy) return { ...common, model: 'PINHOLE', params: [fx, fy, cx, cy] };
  if (k2 !== 0 || type === 'radial') return { ...common, model: 'RADIAL', params: [fx, cx, cy, k1, k2] };
  if (k1 !== 0) return { ...common, model: 'SIMPLE_RADIAL', params: [fx, cx, cy, k1] };
  return { ...common, model: 'SIMPLE_PINHOLE', params: [fx, cx, cy] };
}

const degree = Math.PI / 180;

/** `points` of a file of features: x, y and size normalised, the angle in degrees (`features.py`, OpenCV). */
export function toPoints({ count, x, y, size, angle }: SfmFeatures, frame: ImageFrame): Float32Array {
  const points = new Float32Array(4 * count);
  for (let i = 0; i < count; i++) {
    points[4 * i] = normalise(x[i], frame.width, frame);
    points[4 * i + 1] = normalise(y[i], frame.height, frame);
    points[4 * i + 2] = size[i] / Math.max(frame.width, frame.height);
    points[4 * i + 3] = angle[i] / degree;
  }
  return points;
}

/** @param columns of `points`: at least x, y and size; the angle is 0 where there is none */
export function fromPoints(
  points: Float64Array,
  columns: number,
  frame: ImageFrame,
): Pick<SfmFeatures, 'count' | 'x' | 'y' | 'size' | 'angle' | 'response'> {
  const count = points.length / columns;
  const column = (c: number, scale: (value: number) => number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => scale(points[columns * i + c] ?? 0));
  return {
    count,
    x: column(0, (value) => denormalise(value, frame.width, frame)),
    y: column(1, (value) => denormalise(value, frame.height, frame)),
    size: column(2, (value) => value * Math.max(frame.width, frame.height)),
    angle: columns > 3 ? column(3, (value) => value * degree) : new Float32Array(count),
    response: new Float32Array(count),
  };
}
