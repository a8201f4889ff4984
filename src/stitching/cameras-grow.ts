import { multiply3, transpose3 } from '../math/matrix3.ts';
import type { Freedom } from './bundle-layout.ts';
import type { PairObservations } from './bundle-observations.ts';
import type { CameraState } from './cameras-model.ts';
import { INTRINSICS, copyState, rotationOf } from './cameras-model.ts';
import type { Watch } from './cameras-refine.ts';
import { pairError, pairSupport, refine } from './cameras-refine.ts';
import type { CameraSetup } from './cameras-setup.ts';
import { fitPairRotation, pairRotationError } from './focal-search.ts';
import { growthOrder } from './spanning-tree.ts';

/** Errors within this share of the long side count as agreement while the cameras are still rough. */
const ROUGH = 0.01;
/** The widest error, share of the long side, from which a loop is pulled closed. */
const WIDEST = 0.2;
/**
 * Errors that the points of a pair share, share of the long side: lens, parallax. A pair's points are not independent
 * witnesses against a prior; counted as such, they would trade the focal length that EXIF told for distortion.
 */
const TREND = 0.012;
/** Points a pair are enough while growing. */
const GROW_POINTS = 24;

/**
 * Places photo after photo, strongest tie first (a maximum spanning tree), adjusting all placed ones (rotations and one focal
 * length a camera setting) after each. A photo starts from the neighbour whose rotation most points of all its pairs to placed
 * photos support, so one wrong pair does not misplace it.
 * @param start cameras with the intrinsics to begin with; not changed.
 */
export function growCameras(setup: CameraSetup, start: CameraState, freedom: Freedom, watch: Watch): CameraState {
  const state = copyState(start);
  const sigma = ROUGH * setup.reference;
  const light = setup.observations.map(lighten);
  const weights = light.map((o) => {
    const e = pairRotationError(state, o, setup.units);
    return (o.weight * o.points.length) / (1 + (e / sigma) ** 2);
  });
  const order = growthOrder(setup.infos.length, light, weights);
  const placed: number[] = [order[0]];
  let adjusted = 1;
  for (const camera of order.slice(1)) {
    watch.check();
    placeCamera(setup, state, light, placed, camera, freedom);
    placed.push(camera);
    // After every photo of a small set; in a large one, where one more changes little, after each 8 % more.
    if (placed.length < 1.08 * adjusted && placed.length < order.length) continue;
    adjusted = placed.length;
    settle(setup, state, light, placed, freedom, watch);
  }
  return state;
}

/** A few points of a pair that weigh as much as all of them, so that a wrong pair with few matches has little say. */
function lighten(o: PairObservations): PairObservations {
  const points = o.points.subarray(0, 4 * GROW_POINTS);
  return { ...o, points, weight: (o.weight * o.points.length) / points.length };
}

/** Focal lengths relative to the neighbour's that a photo which may have been zoomed is tried with. */
const ZOOMS = [1, 0.9, 1.1, 0.8, 1.25, 0.7, 1.4, 0.6, 1.7, 0.5, 2];

/**
 * Sets the rotation of a camera from the placed neighbour that explains most points; and its focal length, where
 * those are free and its neighbour's does not explain even half.
 */
function placeCamera(
  setup: CameraSetup,
  state: CameraState,
  observations: readonly PairObservations[],
  placed: readonly number[],
  camera: number,
  freedom: Freedom,
): void {
  const sigma = ROUGH * setup.reference;
  const isPlaced = new Set(placed);
  const ties = observations.filter(
    (o) => (o.a === camera && isPlaced.has(o.b)) || (o.b === camera && isPlaced.has(o.a)),
  );
  const points = ties.reduce((sum, o) => sum + (o.weight * o.points.length) / 4, 0);
  const focal = state.intrinsics[INTRINSICS * camera];
  let best = { support: -1, rotation: rotationOf(state, camera), focal };
  for (const zoom of freedom.focal === 'tied' ? ZOOMS : [1]) {
    if (zoom !== 1 && best.support > 0.5 * points) break;
    state.intrinsics[INTRINSICS * camera] = focal * zoom;
    for (const tie of ties) {
      const bFromA = fitPairRotation(state, tie);
      const other = tie.a === camera ? tie.b : tie.a;
      const relative = tie.b === camera ? bFromA : transpose3(bFromA);
      const rotation = multiply3(relative, rotationOf(state, other));
      state.rotations.set(rotation, 9 * camera);
      const support = ties.reduce((sum, o) => sum + o.weight * pairSupport(setup, state, o, sigma), 0);
      if (support > best.support) best = { support, rotation, focal: focal * zoom };
    }
  }
  state.rotations.set(best.rotation, 9 * camera);
  state.intrinsics[INTRINSICS * camera] = best.focal;
}

/**
 * Adjusts the placed cameras, the loss first as wide as the largest disagreement (a loop that just met its
 * beginning), then narrowing.
 */
export function settle(
  setup: CameraSetup,
  state: CameraState,
  observations: readonly PairObservations[],
  placed: readonly number[],
  freedom: Freedom,
  watch: Watch,
): void {
  const isPlaced = new Set(placed);
  const among = observations.filter((o) => o.weight > 0 && isPlaced.has(o.a) && isPlaced.has(o.b));
  const worst = among.reduce((most, o) => Math.max(most, Math.min(1e9, pairError(setup, state, o))), 0);
  const narrow = ROUGH * setup.reference;
  const noise = TREND * setup.reference;
  let sigma = Math.min(WIDEST * setup.reference, 2 * worst);
  for (; sigma > 2 * narrow; sigma /= 2.5) {
    refine(setup, state, placed, among, { freedom, loss: 'geman-mcclure', sigma, noise, iterations: 6 }, watch);
  }
  refine(setup, state, placed, among, { freedom, loss: 'geman-mcclure', sigma: narrow, noise, iterations: 4 }, watch);
}
