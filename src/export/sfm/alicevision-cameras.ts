import { z } from 'zod';
import { DataError } from '../../errors.ts';
import type { SfmCamera } from '../../scene/sfm-set.ts';

/**
 * Intrinsics of AliceVision's sfmData (`jsonIO.cpp`, `loadIntrinsic`). The version 1.2.1 is written, the last one in
 * pixels: every later program converts it, the later ones' millimetres depend on a sensor's width that nobody knows.
 * The principal point is relative to (w/2, h/2), in px where the centre of the top-left pixel is (0, 0)
 * (`IntrinsicScaleOffset.hpp`, `cameraUndistortImage.hpp`); distortion is OpenMVG's (`DistortionBrown.cpp`).
 */
export const sfmDataVersion: SfmDataVersion = [1, 2, 1];

export type SfmDataVersion = readonly [number, number, number];

/** AliceVision's library for files writes numbers as texts. */
export const numberText = z.union([
  z.number(),
  z
    .string()
    .trim()
    .regex(/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i, 'expected a number')
    .transform(Number),
]);

/** An empty list is an empty text there. */
const numberTexts = z.union([z.array(numberText), z.literal('').transform((): number[] => [])]);

export const intrinsicSchema = z.object({
  intrinsicId: numberText,
  width: numberText,
  height: numberText,
  type: z.string(),
  /** Since 1.2.8, apart from the type. */
  distortionType: z.string().optional(),
  initializationMode: z.string().optional(),
  /** Px, until 1.2.1; one number before 1.2. */
  pxFocalLength: z.union([numberTexts, numberText]).optional(),
  /** Mm, since 1.2.2. */
  focalLength: numberText.optional(),
  sensorWidth: numberText.optional(),
  pixelRatio: numberText.optional(),
  principalPoint: numberTexts,
  distortionParams: numberTexts.optional(),
});

export type Intrinsic = z.infer<typeof intrinsicSchema>;

const typeOf = {
  SIMPLE_PINHOLE: 'pinhole',
  PINHOLE: 'pinhole',
  SIMPLE_RADIAL: 'radial1',
  RADIAL: 'radial3',
  OPENCV: 'brown',
} as const;

/** What stands in the file for a camera, all of it as text. */
export function toIntrinsic({ model, width, height, params, isFocalKnown }: SfmCamera, intrinsicId: number): object {
  const hasTwo = model === 'PINHOLE' || model === 'OPENCV';
  const [fx, fy] = hasTwo ? params : [params[0], params[0]];
  const [cx, cy, k1, k2, p1, p2] = params.slice(hasTwo ? 2 : 1);
  const distortion = { pinhole: [], radial1: [k1], radial3: [k1, k2, 0], brown: [k1, k2, 0, p1, p2] }[typeOf[model]];
  return {
    intrinsicId: String(intrinsicId),
    width: String(width),
    height: String(height),
    // AliceVision's own defaults; in pixels as here they change nothing.
    sensorWidth: '36',
    sensorHeight: '24',
    serialNumber: '',
    type: typeOf[model],
    initializationMode: isFocalKnown ? 'estimated' : 'unknown',
    // The prior on the focal length: none where it is a guess.
    pxInitialFocalLength: String(isFocalKnown ? fx : -1),
    pxFocalLength: [String(fx), String(fy)],
    principalPoint: [String(cx - width / 2), String(cy - height / 2)],
    distortionParams: distortion.length === 0 ? '' : distortion.map(String),
    locked: 'false',
  };
}

/**
 * @param where names the file, for errors
 * @throws DataError for a camera that no model of ours stands for
 */
export function fromIntrinsic(intrinsic: Intrinsic, version: SfmDataVersion, where: string): SfmCamera {
  const { width, height, distortionParams: [k1, k2, k3, p1, p2] = [] } = intrinsic;
  const common = { width, height, isFocalKnown: !['unknown', 'none'].includes(intrinsic.initializationMode ?? '') };
  const [fx, fy] = focalLengths(intrinsic, version);
  const origin = isBefore(version, 1, 2, 1) ? [0, 0] : [width / 2, height / 2];
  const [cx, cy] = origin.map((value, i) => value + (intrinsic.principalPoint[i] ?? NaN));
  const lens = lensOf(intrinsic, version);
  const numbers = [fx, fy, cx, cy, ...(lens === 'none' ? [] : [k1])];
  if (numbers.every(Number.isFinite)) {
    if (lens === 'none' && fx === fy) return { ...common, model: 'SIMPLE_PINHOLE', params: [fx, cx, cy] };
    if (lens === 'none') return { ...common, model: 'PINHOLE', params: [fx, fy, cx, cy] };
    if (lens === 'radialk1' && fx === fy) return { ...common, model: 'SIMPLE_RADIAL', params: [fx, cx, cy, k1] };
    if (lens === 'radialk1') return { ...common, model: 'OPENCV', params: [fx, fy, cx, cy, k1, 0, 0, 0] };
    if (lens === 'radialk3' && k3 === 0 && fx === fy)
      return { ...common, model: 'RADIAL', params: [fx, cx, cy, k1, k2] };
    if (lens === 'radialk3' && k3 === 0) return { ...common, model: 'OPENCV', params: [fx, fy, cx, cy, k1, k2, 0, 0] };
    if (lens === 'brown' && k3 === 0) return { ...common, model: 'OPENCV', params: [fx, fy, cx, cy, k1, k2, p1, p2] };
  }
  throw new DataError(
    `${where}: intrinsic ${intrinsic.intrinsicId} is of type ${intrinsic.type} ${intrinsic.distortionType ?? ''}; ` +
      'read are pinholes, and radial1, radial3 and brown with k3 = 0, with their focal lengths and principal points. ' +
      'Choose another camera type in CameraInit.',
  );
}

/** The type as it was before 1.2.8, by its newer name. */
function lensOf({ type, distortionType }: Intrinsic, version: SfmDataVersion): string {
  if (!isBefore(version, 1, 2, 8))
    return type.toLowerCase() === 'pinhole' ? (distortionType ?? '').toLowerCase() : type;
  const newer: Record<string, string> = { pinhole: 'none', radial1: 'radialk1', radial3: 'radialk3', brown: 'brown' };
  return newer[type.toLowerCase()] ?? type;
}

/** Px. */
function focalLengths(intrinsic: Intrinsic, version: SfmDataVersion): readonly [number, number] {
  const { pxFocalLength: px = NaN, focalLength = NaN, sensorWidth = 36, pixelRatio = 1, width } = intrinsic;
  if (isBefore(version, 1, 2, 2)) return typeof px === 'number' ? [px, px] : [px[0] ?? NaN, px[1] ?? NaN];
  const f = (focalLength / sensorWidth) * width;
  if (isBefore(version, 1, 2, 5)) return [f, f / pixelRatio];
  if (isBefore(version, 1, 2, 11)) return [f, f * pixelRatio];
  return [f / pixelRatio, f];
}

function isBefore(version: SfmDataVersion, ...other: SfmDataVersion): boolean {
  const i = version.findIndex((part, n) => part !== other[n]);
  return i !== -1 && version[i] < other[i];
}
