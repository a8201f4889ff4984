import { z } from 'zod';
import { DataError } from '../errors.ts';
import type { Rejection, RejectionCode } from '../errors.ts';
import type { PhotoInfo } from '../image/image.ts';
import { multiply3 } from '../math/matrix3.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import type { PanoramaCameras, PlanarCamera, RotationCamera } from '../stitching/cameras.ts';

/** What `pixelOrigin` of every report says. */
export const pixelOrigin = 'centre of the top-left pixel is (0, 0)';

const rejectionCodes = [
  'unreadable',
  'too-small',
  'duplicate',
  'no-overlap',
  'parallax',
  'little-texture',
] as const satisfies readonly RejectionCode[];

const row = z.tuple([z.number(), z.number(), z.number()]);
const matrix = z.tuple([row, row, row]);
const size = z.number().int().positive();

const projection = z.enum(['plane', 'cylinder', 'sphere', 'panini', 'mercator']);

const canvas = z.object({
  projection,
  /** Output pixels a unit of the projection's (a, b). */
  scale: z.number().positive(),
  /** Output pixel = scale · (a, b) − offset; describes the picture as written, after cropping. */
  offset: z.tuple([z.number(), z.number()]),
});

const photoFields = {
  /** As the user would recognise it: folder as given + name. */
  path: z.string(),
  /** Pixels at full resolution, after EXIF orientation. */
  width: size,
  height: size,
  /** Multiplies linear-light red, green and blue. */
  gain: row,
};

const rotationImage = z.object({
  ...photoFields,
  /** [[f, 0, cx], [0, f, cy], [0, 0, 1]], pixels. */
  K: matrix,
  /** Camera from panorama frame (x right, y down, z forward). */
  R: matrix,
  /** k1, k2: x_d = x_u (1 + k1 r² + k2 r⁴), r in focal lengths. */
  distortion: z.tuple([z.number(), z.number()]),
});

const planarImage = z.object({
  ...photoFields,
  /** Homography: output pixel from photo pixel. */
  A: matrix,
});

const pair = z.object({
  /** Paths of two images of the panorama. */
  a: z.string(),
  b: z.string(),
  inliers: z.number().int().nonnegative(),
  /** Median transfer error of the inliers, px of photo b. */
  medianErrorPx: z.number().nonnegative(),
});

const panoramaFields = { output: z.string(), width: size, height: size, canvas, pairs: z.array(pair) };

const panorama = z.discriminatedUnion('model', [
  z.object({ ...panoramaFields, model: z.literal('rotation'), images: z.array(rotationImage) }),
  z.object({ ...panoramaFields, model: z.literal('planar'), images: z.array(planarImage) }),
]);

const rejected = z.object({
  path: z.string(),
  code: z.enum(rejectionCodes),
  reason: z.string(),
  suggestion: z.string(),
});

const panoramaReport = z.object({
  version: z.literal(1),
  pixelOrigin: z.literal(pixelOrigin),
  panoramas: z.array(panorama),
  rejected: z.array(rejected),
  /** Wall time of each stage, in the order the stages ran. */
  seconds: z.record(z.string(), z.number().nonnegative()),
  peakMemoryMiB: z.number().nonnegative(),
});

/** `report.json` of `stitch`: all that was decided about the photos, at full resolution after EXIF orientation. */
export type PanoramaReport = z.infer<typeof panoramaReport>;
export type ReportPanorama = z.infer<typeof panorama>;
export type ReportRotationImage = z.infer<typeof rotationImage>;
export type ReportPlanarImage = z.infer<typeof planarImage>;
export type ReportImage = ReportRotationImage | ReportPlanarImage;
export type ReportPair = z.infer<typeof pair>;
export type ReportCanvas = z.infer<typeof canvas>;
/** A 3×3 matrix as three rows. */
export type ReportMatrix = z.infer<typeof matrix>;

/** One panorama as the stitcher knows it. */
export interface ReportedPanorama {
  /** Path of the picture that was written. */
  readonly output: string;
  readonly cameras: PanoramaCameras;
  /** Of the picture as written, after cropping: output pixel = scale · (a, b) − offset; planar: (a, b) = panoramaFromImage · photo pixel. */
  readonly canvas: ReportCanvas & { readonly width: number; readonly height: number };
  /** A gain for each camera, in the order of `cameras.cameras`; multiplies linear-light values. */
  readonly gains: readonly (readonly [number, number, number])[];
  /** Verified pairs between photos of this panorama; `a` and `b` are indices into the photos. */
  readonly pairs: readonly {
    readonly a: number;
    readonly b: number;
    readonly inliers: number;
    readonly medianErrorPx: number;
  }[];
}

export interface ReportInput {
  /** Every photo that could be read: cameras and pairs point into this list. */
  readonly photos: readonly PhotoInfo[];
  readonly panoramas: readonly ReportedPanorama[];
  readonly rejected: readonly Rejection[];
  readonly seconds: Readonly<Record<string, number>>;
  readonly peakMemoryMiB: number;
}

/** Builds `report.json`. Cameras keep all their digits; times, gains and errors are rounded to what they mean. */
export function buildReport(input: ReportInput): PanoramaReport {
  return {
    version: 1,
    pixelOrigin,
    panoramas: input.panoramas.map((p) => reportPanorama(p, input.photos)),
    rejected: input.rejected.map(({ path, code, reason, suggestion }) => ({ path, code, reason, suggestion })),
    seconds: Object.fromEntries(Object.entries(input.seconds).map(([stage, s]) => [stage, round(s, 3)])),
    peakMemoryMiB: Math.round(input.peakMemoryMiB),
  };
}

/**
 * Checks what was read from a `report.json`.
 * @throws DataError naming the fields that are missing or wrong.
 */
export function parseReport(json: unknown): PanoramaReport {
  const result = panoramaReport.safeParse(json);
  if (result.success) return result.data;
  const shown = result.error.issues.slice(0, 5).map((issue) => `${fieldName(issue.path)}: ${issue.message}`);
  const more = result.error.issues.length - shown.length;
  throw new DataError(
    `Expected a report.json of version 1 from "tessera stitch --report", but ${shown.join('; ')}` +
      `${more > 0 ? `; and ${more} more` : ''}. Write the report again with this version of Tessera.`,
  );
}

function reportPanorama(p: ReportedPanorama, photos: readonly PhotoInfo[]): ReportPanorama {
  const { projection, scale, offset, width, height } = p.canvas;
  const canvasFields: ReportCanvas = { projection, scale, offset: [offset[0], offset[1]] };
  const pairs = p.pairs.map(({ a, b, inliers, medianErrorPx }) => ({
    a: photos[a].path,
    b: photos[b].path,
    inliers,
    medianErrorPx: round(medianErrorPx, 4),
  }));
  const photoFieldsOf = (photo: number, i: number) => ({
    path: photos[photo].path,
    width: photos[photo].width,
    height: photos[photo].height,
    gain: p.gains[i].map((g) => Number(g.toPrecision(6))) as [number, number, number],
  });
  const head = { output: p.output, width, height };
  if (p.cameras.model === 'rotation') {
    const images = p.cameras.cameras.map((c, i) => ({ ...photoFieldsOf(c.photo, i), ...rotationFields(c) }));
    return { ...head, model: 'rotation', canvas: canvasFields, images, pairs };
  }
  const images = p.cameras.cameras.map((c, i) => ({
    ...photoFieldsOf(c.photo, i),
    A: rows(outputFromImage(c, p.canvas)),
  }));
  return { ...head, model: 'planar', canvas: canvasFields, images, pairs };
}

function rotationFields(c: RotationCamera): Pick<ReportRotationImage, 'K' | 'R' | 'distortion'> {
  return {
    K: rows([c.focal, 0, c.cx, 0, c.focal, c.cy, 0, 0, 1]),
    R: rows(c.R),
    distortion: [c.k1, c.k2],
  };
}

/** Output pixel from photo pixel, scaled so that the last entry is 1 where it can be. */
function outputFromImage(camera: PlanarCamera, { scale, offset }: ReportCanvas): Matrix3 {
  const outputFromPanorama: Matrix3 = [scale, 0, -offset[0], 0, scale, -offset[1], 0, 0, 1];
  const m = multiply3(outputFromPanorama, camera.panoramaFromImage);
  return m[8] === 0 ? m : (m.map((v) => v / m[8]) as unknown as Matrix3);
}

function rows(m: Matrix3): ReportMatrix {
  return [
    [m[0], m[1], m[2]],
    [m[3], m[4], m[5]],
    [m[6], m[7], m[8]],
  ];
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function fieldName(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : (i > 0 ? '.' : '') + String(key))).join('');
}
