import { cameraFromColmap, findCameraModel, normalisedFromPixel } from '../../dataset/sfm/camera.ts';
import { estimateFundamental } from '../../geometry/estimate-epipolar.ts';
import { estimateHomography } from '../../geometry/estimate-homography.ts';
import type { PlanePairs } from '../../geometry/homography-problem.ts';
import { fundamentalFromEssential } from '../../geometry/pinhole.ts';
import { poseFromEssential } from '../../geometry/relative-pose.ts';
import { determinant3, multiply3, unitMatrix3, type Matrix3 } from '../../math/matrix3.ts';
import { rotationFromQuaternion } from '../../math/rotation.ts';
import type { SfmCamera, SfmGeometry } from '../../scene/sfm-set.ts';
import { colmapConfigs, type GeometryColumns } from './colmap-geometry.ts';
import { cameraParamsToColmap, fundamentalFromColmap, homographyFromColmap } from './colmap-pixels.ts';

/** COLMAP's `TwoViewGeometry::ConfigurationType` that others write: several models in one, and from a rig. */
const multiple = 8;
const calibratedRig = 9;

/** COLMAP's own default for what a verified match may be off, px. */
const maxErrorPx = 4;

/** The verified matches of a pair: two photos, and where they see the same places. */
export interface VerifiedPoints {
  readonly cameraA: SfmCamera;
  readonly cameraB: SfmCamera;
  /** x_a, y_a, x_b, y_b a match, px with our origin; read only where COLMAP left something out. */
  read(): Promise<Float64Array>;
}

export interface GeometryRead {
  readonly geometry: SfmGeometry | null;
  /** Which of the verified matches agree with it, ascending; `all` unless the geometry had to be estimated. */
  readonly agreeing: 'all' | Uint32Array;
}

/**
 * The geometry of a row of `two_view_geometries`. What COLMAP leaves out is found anew from the verified matches: the
 * pose that COLMAP 3 does not keep, and the matrices that `matches_importer` does not have.
 */
export async function readGeometry(columns: GeometryColumns, points: VerifiedPoints): Promise<GeometryRead> {
  switch (columns.config) {
    case colmapConfigs.planar:
      return readHomography('planar', columns, points);
    case colmapConfigs.panoramic:
      return readHomography('panoramic', columns, points);
    case colmapConfigs.flat:
      return readHomography('flat', columns, points);
    case colmapConfigs.calibrated:
    case calibratedRig:
      return (await readCalibrated(columns, points)) ?? readFundamental(columns, points);
    case colmapConfigs.uncalibrated:
    case multiple:
      return readFundamental(columns, points);
    default:
      return none;
  }
}

const none: GeometryRead = { geometry: null, agreeing: new Uint32Array(0) };

async function readHomography(
  kind: 'planar' | 'panoramic' | 'flat',
  { H }: GeometryColumns,
  points: VerifiedPoints,
): Promise<GeometryRead> {
  if (H !== null && Math.abs(determinant3(unitMatrix3(H))) > 0) {
    return { geometry: { kind, homography: homographyFromColmap(H) }, agreeing: 'all' };
  }
  const found = estimateHomography(await points.read(), estimation(points));
  return found === null ? none : { geometry: { kind, homography: found.image2FromImage1 }, agreeing: found.inliers };
}

async function readFundamental({ F }: GeometryColumns, points: VerifiedPoints): Promise<GeometryRead> {
  if (isRankTwo(F)) {
    return { geometry: { kind: 'uncalibrated', fundamental: fundamentalFromColmap(F) }, agreeing: 'all' };
  }
  const found = estimateFundamental(await points.read(), estimation(points));
  return found === null
    ? none
    : { geometry: { kind: 'uncalibrated', fundamental: found.matrix }, agreeing: found.inliers };
}

/** Null where neither the essential matrix nor the pose is known. */
async function readCalibrated(columns: GeometryColumns, points: VerifiedPoints): Promise<GeometryRead | null> {
  const { F, E, qvec, tvec } = columns;
  const kept = poseOf(qvec, tvec);
  const essential = isRankTwo(E) ? E : kept && multiply3(crossMatrix(kept.t), kept.R);
  if (essential === null) return null;
  const { R, t } = kept ?? (await poseFromPoints(essential, points));
  const fundamental = isRankTwo(F)
    ? fundamentalFromColmap(F)
    : fundamentalFromEssential(essential, lensOf(points.cameraA), lensOf(points.cameraB));
  return { geometry: { kind: 'calibrated', fundamental, essential, R, t }, agreeing: 'all' };
}

type Translation = readonly [number, number, number];

/** Zeros, and no turn without a move, stand for a pose that is not known. */
function poseOf(qvec: readonly number[] | null, tvec: readonly number[] | null): { R: Matrix3; t: Translation } | null {
  const turn = Math.hypot(...(qvec ?? []));
  const distance = Math.hypot(...(tvec ?? []));
  if (!(turn > 0 && distance > 0 && Number.isFinite(turn + distance))) return null;
  const [w, x, y, z] = qvec!.map((value) => value / turn);
  return { R: rotationFromQuaternion(w, x, y, z), t: tvec!.map((value) => value / distance) as unknown as Translation };
}

async function poseFromPoints(essential: Matrix3, points: VerifiedPoints): Promise<{ R: Matrix3; t: Translation }> {
  const pairs = normalisedPairs(await points.read(), lensOf(points.cameraA), lensOf(points.cameraB));
  return poseFromEssential(essential, pairs, [...pairs.x1.keys()]);
}

type Lens = ReturnType<typeof cameraFromColmap>;

function lensOf({ model, width, height, params }: SfmCamera): Lens {
  return cameraFromColmap(findCameraModel(model)!, width, height, cameraParamsToColmap(model, params));
}

function normalisedPairs(points: Float64Array, lensA: Lens, lensB: Lens): PlanePairs {
  const count = points.length / 4;
  const at = (lens: Lens, offset: number): [number, number][] =>
    Array.from({ length: count }, (_, i) =>
      normalisedFromPixel(lens, points[4 * i + offset], points[4 * i + offset + 1]),
    );
  const [a, b] = [at(lensA, 0), at(lensB, 2)];
  return {
    count,
    x1: Float64Array.from(a, ([x]) => x),
    y1: Float64Array.from(a, ([, y]) => y),
    x2: Float64Array.from(b, ([x]) => x),
    y2: Float64Array.from(b, ([, y]) => y),
    noise1: new Float64Array(count).fill(1),
    noise2: new Float64Array(count).fill(1),
  };
}

const estimation = ({ cameraA, cameraB }: VerifiedPoints) => ({
  maxErrorPx,
  size1: cameraA,
  size2: cameraB,
  bestFirst: false,
});

/** Old scripts write the identity where they have no matrix, and COLMAP 3 zeros. */
function isRankTwo(matrix: Matrix3 | null): matrix is Matrix3 {
  return matrix !== null && Math.abs(determinant3(unitMatrix3(matrix))) < 1e-4;
}

const crossMatrix = ([x, y, z]: Translation): Matrix3 => [0, -z, y, z, 0, -x, -y, x, 0];
