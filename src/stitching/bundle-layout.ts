import { CAMERA_PARAMETERS } from './bundle-jacobian.ts';
import type { LinearPrior, RotationLayout } from './bundle-rotation.ts';
import type { CameraState } from './cameras-model.ts';
import { INTRINSICS } from './cameras-model.ts';
import type { CameraGroup, CameraSetup } from './cameras-setup.ts';
import { medianOfFinite } from '../math/median.ts';

/** How one intrinsic number is treated: held, one value a camera setting, or a value a photo softly tied to its setting's. */
export type Treatment = 'fixed' | 'shared' | 'tied';

/** Treatment of (focal, cx, cy, k1, k2). */
export interface Freedom {
  readonly focal: Treatment;
  readonly centre: Treatment;
  readonly k1: Treatment;
  readonly k2: Treatment;
  /** Factor of the ties' standard deviations in `PRIORS`. */
  readonly tightness: number;
}

/** Standard deviations of the soft priors. */
const PRIORS = {
  /** Displacement by k1 (k2) at the photo's corner, share of the half diagonal; and at least this k1 (k2) by itself. */
  k1Corner: 0.04,
  k1: 0.1,
  k2Corner: 0.01,
  k2: 0.02,
  /** Of one photo from its setting, heavy-tailed beyond so many: ln focal; centre as share of the width; k1, k2 relative to their own priors. */
  tieTail: 3,
  tieFocal: 0.003,
  tieCentre: 0.001,
  tieDistortion: 0.05,
};

/** Standard deviations of a group's own values: ln focal, cx, cy, k1, k2, and of its members from them. */
function groupSigmas(group: CameraGroup, tightness: number): { own: number[]; tie: number[] } {
  // r at the corner in focal lengths, by the expected focal length.
  const r2 = (group.width ** 2 + group.height ** 2) / 4 / Math.exp(2 * group.lnFocal);
  const k1 = Math.max(PRIORS.k1, PRIORS.k1Corner / r2);
  const k2 = Math.max(PRIORS.k2, PRIORS.k2Corner / (r2 * r2));
  const tieCentre = PRIORS.tieCentre * group.width;
  return {
    own: [group.lnFocalSigma, ...group.centreSigma, k1, k2],
    tie: [PRIORS.tieFocal, tieCentre, tieCentre, PRIORS.tieDistortion * k1, PRIORS.tieDistortion * k2].map(
      (s) => tightness * s,
    ),
  };
}

/**
 * Parameters of the cameras in `placed` (rotations in that order, the first one held still as the gauge), then what their
 * settings share. Cameras not placed stay fixed. Values start from `state`.
 */
export function createLayout(
  setup: CameraSetup,
  placed: readonly number[],
  freedom: Freedom,
  state: CameraState,
): RotationLayout {
  const indices = new Int32Array(CAMERA_PARAMETERS * setup.infos.length).fill(-1);
  const values: number[] = [];
  const priors: LinearPrior[] = [];
  const treatments = [freedom.focal, freedom.centre, freedom.centre, freedom.k1, freedom.k2];
  const isPlaced = new Set(placed);
  placed.forEach((camera, order) => {
    if (order > 0) for (let k = 0; k < 3; k++) indices[CAMERA_PARAMETERS * camera + k] = values.push(0) - 1;
    for (let k = 0; k < INTRINSICS; k++) {
      if (treatments[k] !== 'tied') continue;
      indices[CAMERA_PARAMETERS * camera + 3 + k] = values.push(valueOf(state, camera, k)) - 1;
    }
  });
  for (const group of setup.groups) {
    const members = group.members.filter((camera) => isPlaced.has(camera));
    if (members.length === 0) continue;
    const { own, tie } = groupSigmas(group, freedom.tightness);
    const expected = [group.lnFocal, (group.width - 1) / 2, (group.height - 1) / 2, 0, 0];
    for (let k = 0; k < INTRINSICS; k++) {
      if (treatments[k] === 'fixed') continue;
      const shared = values.push(medianOfFinite(members.map((camera) => valueOf(state, camera, k)))) - 1;
      priors.push({ i: shared, j: -1, target: expected[k], weight: 1 / own[k], tail: Infinity });
      for (const camera of members) {
        const slot = CAMERA_PARAMETERS * camera + 3 + k;
        if (treatments[k] === 'tied') {
          priors.push({ i: shared, j: indices[slot], target: 0, weight: 1 / tie[k], tail: PRIORS.tieTail });
        } else indices[slot] = shared;
      }
    }
  }
  return { indices, size: values.length, values: Float64Array.from(values), priors };
}

/** Value of intrinsic k of a camera as the adjustment sees it: the focal length as its logarithm. */
function valueOf(state: CameraState, camera: number, k: number): number {
  const value = state.intrinsics[INTRINSICS * camera + k];
  return k === 0 ? Math.log(value) : value;
}
