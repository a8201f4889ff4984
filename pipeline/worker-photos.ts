import type { KeypointColumns } from '../src/dataset/brown/keypoints-file.ts';
import { keepAgreeing, matchViews } from '../src/dataset/photos/match-views.ts';
import { patchesInside } from '../src/features/patch-inside.ts';
import { hashOf } from '../src/dataset/photos/photo-key.ts';
import { renderView } from '../src/dataset/photos/render-view.ts';
import { selectViewPatches } from '../src/dataset/photos/select-view-patches.ts';
import { planViews, type ViewPlan } from '../src/dataset/photos/view-plan.ts';
import { PhotoError } from '../src/errors.ts';
import { type DetectorName, detectorTraits } from '../src/features/detect.ts';
import type { Keypoints } from '../src/features/keypoints.ts';
import { cutPatches, patchSide } from '../src/features/patches.ts';
import type { Image } from '../src/image/image.ts';
import { buildPyramid, type PyramidLevel } from '../src/image/pyramid.ts';
import { readPhoto } from '../src/image/read-photo.ts';
import { invert3, type Matrix3, multiply3 } from '../src/math/matrix3.ts';
import { createRandom } from '../src/math/random.ts';
import { share } from './shared-memory.ts';
import { detectOrDie } from './worker-features.ts';
import type { WorkerResources } from './worker-resources.ts';

export interface RenderPhotoInput {
  readonly path: string;
  /** Names the photo: with the seed it decides every random choice. */
  readonly key: string;
  readonly seed: number;
  /** The photo is read with so many pixels at most. */
  readonly maxPixels: number;
  /** Renderings from elsewhere. */
  readonly views: number;
  readonly detectors: readonly DetectorName[];
  /** A view and detector. */
  readonly maxKeypoints: number;
}

/** The patches of one rendering and detector, over shared memory. */
export interface ViewPatches {
  readonly detector: DetectorName;
  readonly count: number;
  /** 64×64 each. */
  readonly patches: Uint8Array;
  /** Px of the rendering. */
  readonly keypoints: KeypointColumns;
  /** Number of the place each shows, from 0 within the photograph. */
  readonly point: Uint32Array;
  /** Homography from the photograph, as it was read, to the rendering. */
  readonly viewFromPhoto: Matrix3;
}

export type RenderPhotoOutput =
  | { readonly kind: 'rendered'; readonly parts: readonly ViewPatches[]; readonly points: number }
  | { readonly kind: 'skipped'; readonly reason: string };

interface View {
  readonly plan: ViewPlan;
  readonly photoFromView: Matrix3;
  readonly pyramid: readonly PyramidLevel[];
}

/** Renders a photograph several times, searches each rendering anew and cuts the patches of what is found again. */
export async function renderPhotoViews(
  input: RenderPhotoInput,
  resources: WorkerResources,
): Promise<RenderPhotoOutput> {
  let photo: Image;
  try {
    ({ image: photo } = await readPhoto(input.path, { channels: 1, depth: 8, maxPixels: input.maxPixels }));
  } catch (error) {
    if (error instanceof PhotoError) return { kind: 'skipped', reason: error.message };
    throw error;
  }
  const views = await renderViews(photo, input);
  const parts: ViewPatches[] = [];
  let points = 0;
  for (const detector of input.detectors) {
    const found = views.map(({ pyramid: [view] }) =>
      detectOrDie(resources, view, { detector, maxKeypoints: input.maxKeypoints }),
    );
    const cut = cutMatched(views, found, photo, detector, input);
    parts.push(...cut.parts.map((part) => ({ ...part, point: part.point.map((point) => points + point) })));
    points += cut.points;
  }
  const shown = parts.filter(({ count }) => count > 0);
  if (shown.length === 0) {
    return { kind: 'skipped', reason: `${input.path}: no keypoint of it was found again; it has too little texture` };
  }
  return {
    kind: 'rendered',
    parts: shown.map((part) => ({ ...part, patches: share(part.patches), point: share(part.point) })),
    points,
  };
}

async function renderViews(photo: Image, { key, seed, views }: RenderPhotoInput): Promise<View[]> {
  const plans = planViews(photo.width, photo.height, views, createRandom(hashOf(key, seed)));
  const rendered: View[] = [];
  for (const [view, plan] of plans.entries()) {
    const picture = await renderView(photo, plan, createRandom(hashOf(`${key} view ${view}`, seed)));
    rendered.push({ plan, photoFromView: invert3(plan.viewFromPhoto)!, pyramid: buildPyramid(picture) });
  }
  return rendered;
}

function cutMatched(
  views: readonly View[],
  found: readonly Keypoints[],
  photo: Image,
  detector: DetectorName,
  { key, seed }: RenderPhotoInput,
): { parts: ViewPatches[]; points: number } {
  const k = detectorTraits[detector].patchScale;
  const usable = found.map((keypoints, view) =>
    patchesInside(keypoints, k, views[view].plan, views[view].photoFromView, photo),
  );
  const fromBase = views.map(({ plan }) => multiply3(plan.viewFromPhoto, views[0].photoFromView));
  const matched = found.slice(1).map((keypoints, other) => matchViews(found[0], keypoints, fromBase[other + 1]));
  const { partners, lost } = keepAgreeing(found, fromBase, matched);
  // What lost its place shows that of a point it is not of: it would be a wrong partner of it.
  lost.forEach((keypoints, other) => keypoints.forEach((keypoint) => (usable[other + 1][keypoint] = 0)));
  const { views: selected, points } = selectViewPatches(
    usable,
    partners,
    createRandom(hashOf(`${key} ${detector}`, seed)),
  );
  const parts = selected.map(({ keypoint, point }, view): ViewPatches => {
    const pick = (values: Float32Array): Float32Array => share(Float32Array.from(keypoint, (i) => values[i]));
    const { x, y, size, angle } = found[view];
    const keypoints = { x: pick(x), y: pick(y), size: pick(size), angle: pick(angle) };
    const count = keypoint.length;
    const patches = cutPatches(views[view].pyramid, { count, ...keypoints }, { side: patchSide, k });
    return { detector, count, patches, keypoints, point, viewFromPhoto: views[view].plan.viewFromPhoto };
  });
  return { parts, points };
}
