import type { PhotoInfo } from '../image/image.ts';
import type { Component } from '../scene/components.ts';
import type { MatchGraph } from '../scene/match-graph.ts';
import type { PairObservations } from './bundle-observations.ts';
import { observePairs } from './bundle-observations.ts';
import type { CameraState } from './cameras-model.ts';
import { INTRINSICS } from './cameras-model.ts';

/** What a camera setting (photos of one size from one camera) is expected to be before any matching. */
export interface CameraGroup {
  /** Camera numbers of the component. */
  readonly members: readonly number[];
  /** ln of the expected focal length in px and its standard deviation. */
  readonly lnFocal: number;
  readonly lnFocalSigma: number;
  /** Whether EXIF said the focal length. */
  readonly known: boolean;
  readonly width: number;
  readonly height: number;
  /** Standard deviation of the principal point from the middle, px: x, y. */
  readonly centreSigma: readonly [number, number];
  readonly cameraKey: string;
}

/** One component, prepared for adjustment: cameras are numbered 0 … n − 1 in the order of `photos`. */
export interface CameraSetup {
  readonly photos: readonly number[];
  readonly infos: readonly PhotoInfo[];
  readonly groups: readonly CameraGroup[];
  /** Group of each camera. */
  readonly groupOf: Int32Array;
  /** Reference long side / long side of the photo, a camera: errors times this compare between photos. */
  readonly units: Float64Array;
  /** Median long side of the photos: what errors in px · unit are relative to. */
  readonly reference: number;
  /** Half diagonal, px, a camera. */
  readonly radii: Float64Array;
  readonly observations: PairObservations[];
}

/** Long side of a photo. */
function longSide(photo: PhotoInfo): number {
  return Math.max(photo.width, photo.height);
}

/**
 * Without EXIF: field of view about 50° along the long side, one standard deviation from 29° to 80°. Wide enough
 * for any lens, tight enough that two barely turned photos keep a sane focal length.
 */
const UNKNOWN_FOCAL = { perLongSide: 1.07, sigma: 0.6 };
/** EXIF focal lengths are rounded, and cropped photos do not say so: never believed closer than this. */
const MIN_EXIF_SIGMA = 0.05;

/** Principal point from the middle, share of the width: decentred lenses, image stabilisers. */
const CENTRE_SIGMA = 0.01;

/** Prepares a component of the graph; `limit` is the number of points used a pair. */
export function prepareCameras(graph: MatchGraph, component: Component, limit: number, seed: number): CameraSetup {
  const infos = component.photos.map((photo) => graph.photos[photo]);
  const cameraOf = new Map(component.photos.map((photo, camera) => [photo, camera]));
  const sides = infos.map(longSide).sort((a, b) => a - b);
  const reference = sides[sides.length >> 1];
  const byKey = new Map<string, number[]>();
  infos.forEach((info, camera) => {
    const key = `${info.width}×${info.height} ${info.cameraKey}`;
    byKey.set(key, [...(byKey.get(key) ?? []), camera]);
  });
  const groups = recogniseCrops([...byKey.values()].map((members) => describeGroup(members, infos)));
  const groupOf = new Int32Array(infos.length);
  groups.forEach((group, g) => group.members.forEach((camera) => (groupOf[camera] = g)));
  return {
    photos: component.photos,
    infos,
    groups,
    groupOf,
    units: Float64Array.from(infos, (info) => reference / longSide(info)),
    reference,
    radii: Float64Array.from(infos, (info) => Math.hypot(info.width, info.height) / 2),
    observations: observePairs(graph.pairs, component.pairs, cameraOf, limit, seed),
  };
}

function describeGroup(members: readonly number[], infos: readonly PhotoInfo[]): CameraGroup {
  const { width, height } = infos[members[0]];
  const priors = members.map((camera) => infos[camera].focal).filter((prior) => prior !== null);
  const sigma = CENTRE_SIGMA * width;
  const centreSigma: [number, number] = [sigma, sigma];
  const size = { members, width, height, centreSigma, cameraKey: infos[members[0]].cameraKey };
  if (priors.length === 0) {
    const lnFocal = Math.log(UNKNOWN_FOCAL.perLongSide * Math.max(width, height));
    return { ...size, lnFocal, lnFocalSigma: UNKNOWN_FOCAL.sigma, known: false };
  }
  const lnFocal = priors.reduce((sum, prior) => sum + Math.log(prior.focalPx), 0) / priors.length;
  const lnFocalSigma = Math.max(MIN_EXIF_SIGMA, Math.min(...priors.map((prior) => prior.sigma)));
  return { ...size, lnFocal, lnFocalSigma, known: true };
}

/**
 * A photo that agrees with larger ones of the same camera in width or height was cropped: it has their focal length in pixels, and
 * its centre is anywhere along the cropped direction.
 */
function recogniseCrops(groups: readonly CameraGroup[]): CameraGroup[] {
  return groups.map((group) => {
    const whole = groups.find(
      (other) =>
        other.cameraKey !== '' &&
        other.cameraKey === group.cameraKey &&
        (other.width === group.width) !== (other.height === group.height) &&
        other.width >= group.width &&
        other.height >= group.height,
    );
    if (!whole) return group;
    const x = Math.max(group.centreSigma[0], (whole.width - group.width) / 2);
    const y = Math.max(group.centreSigma[1], (whole.height - group.height) / 2);
    return { ...group, lnFocal: whole.lnFocal, lnFocalSigma: whole.lnFocalSigma, centreSigma: [x, y] };
  });
}

/** Cameras at their priors: expected focal length times `scale`, centre in the middle, no distortion, no turn. */
export function initialState(setup: CameraSetup, scale = 1): CameraState {
  const count = setup.infos.length;
  const rotations = new Float64Array(9 * count);
  const intrinsics = new Float64Array(INTRINSICS * count);
  setup.infos.forEach((info, camera) => {
    const focal = scale * Math.exp(setup.groups[setup.groupOf[camera]].lnFocal);
    intrinsics.set([focal, (info.width - 1) / 2, (info.height - 1) / 2, 0, 0], INTRINSICS * camera);
    rotations.set([1, 0, 0, 0, 1, 0, 0, 0, 1], 9 * camera);
  });
  return { count, rotations, intrinsics };
}
