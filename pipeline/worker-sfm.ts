import { join } from 'node:path';
import type { SfmCamera } from '../src/dataset/sfm/camera.ts';
import { matchSurfaces, type SurfaceKeypoints, type SurfaceMatches } from '../src/dataset/sfm/match-surfaces.ts';
import { thumbnail } from '../src/dataset/sfm/photometric-check.ts';
import type { SurfacePoints } from '../src/dataset/sfm/surface-points.ts';
import { fitSurfaces, type KeypointSurfaces, type NeighbourView } from '../src/dataset/sfm/surface.ts';
import { PhotoError } from '../src/errors.ts';
import { detectorTraits, type DetectorName } from '../src/features/detect.ts';
import type { Keypoints } from '../src/features/keypoints.ts';
import { cutPatches, patchSide } from '../src/features/patches.ts';
import type { Image } from '../src/image/image.ts';
import { defaultLimitPixels, openPhoto } from '../src/image/photo-file.ts';
import { buildPyramid } from '../src/image/pyramid.ts';
import { readPhoto } from '../src/image/read-photo.ts';
import { share, shareKeypoints } from './shared-memory.ts';
import { detectOrDie } from './worker-features.ts';
import type { WorkerResources } from './worker-resources.ts';

export interface DetectSfmInput {
  readonly folder: string;
  /** As the reconstruction names the photo: relative to the folder. */
  readonly name: string;
  readonly camera: SfmCamera;
  readonly detectors: readonly DetectorName[];
  readonly maxKeypoints: number;
  /** Photos are searched, and patches cut, at this many pixels at most. */
  readonly maxPixels: number;
}

/** What the detectors found, in pixels of the photo at the size it was searched; or why it cannot be used. */
export type DetectSfmOutput =
  | {
      readonly kind: 'found';
      readonly width: number;
      readonly height: number;
      readonly keypoints: readonly Keypoints[];
    }
  | { readonly kind: 'skipped'; readonly reason: string };

/** Reads a photo of a reconstruction and searches it with each detector. */
export async function detectSfm(input: DetectSfmInput, resources: WorkerResources): Promise<DetectSfmOutput> {
  const { camera, detectors, maxKeypoints } = input;
  const path = join(input.folder, input.name);
  let image: Image;
  try {
    const { width, height, metadata } = await openPhoto(path, defaultLimitPixels);
    if ((metadata.orientation ?? 1) !== 1) {
      // COLMAP looks at the pixels as they lie in the file.
      const reason = 'its EXIF orientation turns it, which COLMAP ignores; reconstruct from upright copies';
      return { kind: 'skipped', reason: `${path}: ${reason}` };
    }
    if (width !== camera.width || height !== camera.height) {
      const sizes = `is ${width}×${height} but the model's camera ${camera.width}×${camera.height}`;
      return { kind: 'skipped', reason: `${path}: ${sizes}; expected the photos that were reconstructed` };
    }
    image = await readSfmPhoto(path, input.maxPixels);
  } catch (error) {
    if (error instanceof PhotoError) return { kind: 'skipped', reason: error.message };
    throw error;
  }
  const keypoints = detectors.map((detector) =>
    shareKeypoints(detectOrDie(resources, image, { detector, maxKeypoints })),
  );
  return { kind: 'found', width: image.width, height: image.height, keypoints };
}

async function readSfmPhoto(path: string, maxPixels: number): Promise<Image> {
  const { image } = await readPhoto(path, { channels: 1, depth: 8, maxPixels });
  return image;
}

export interface FitSurfacesInput {
  readonly camera: SfmCamera;
  readonly points: SurfacePoints;
  readonly neighbours: readonly NeighbourView[];
  readonly keypoints: Pick<Keypoints, 'x' | 'y'>;
}

/** The surfaces at the keypoints of a view, over shared memory. */
export function fitSfmSurfaces({ camera, points, neighbours, keypoints }: FitSurfacesInput): KeypointSurfaces {
  const { x, y, a, b, c, sigma } = fitSurfaces(camera, points, neighbours, keypoints);
  return { x: share(x), y: share(y), a: share(a), b: share(b), c: share(c), sigma: share(sigma) };
}

/** Matches the keypoints of two views over their surfaces. */
export function matchSfmSurfaces({ a, b }: { a: SurfaceKeypoints; b: SurfaceKeypoints }): SurfaceMatches {
  return matchSurfaces(a, b);
}

export interface CutSfmInput {
  readonly path: string;
  readonly maxPixels: number;
  readonly detector: DetectorName;
  readonly keypoints: Pick<Keypoints, 'x' | 'y' | 'size' | 'angle'>;
  /** Which of them. */
  readonly chosen: Uint32Array;
}

/** Cuts the patches of some keypoints: 64×64 each, over shared memory. */
export async function cutSfmPatches(input: CutSfmInput): Promise<Uint8Array> {
  const { keypoints, chosen, detector } = input;
  const image = await readSfmPhoto(input.path, input.maxPixels);
  const pick = (values: Float32Array): Float32Array => Float32Array.from(chosen, (i) => values[i]);
  const placed = {
    count: chosen.length,
    x: pick(keypoints.x),
    y: pick(keypoints.y),
    size: pick(keypoints.size),
    angle: pick(keypoints.angle),
  };
  const options = { side: patchSide, k: detectorTraits[detector].patchScale };
  return share(cutPatches(buildPyramid(image), placed, options));
}

/** Thumbnails (16×16) of the patches of some keypoints, over shared memory. */
export async function cutSfmThumbnails(input: CutSfmInput): Promise<Float32Array> {
  const patches = await cutSfmPatches(input);
  const pixels = patchSide * patchSide;
  const thumbnails = Array.from(input.chosen, (_, i) => thumbnail(patches.subarray(i * pixels, (i + 1) * pixels)));
  const all = new Float32Array(thumbnails.reduce((sum, { length }) => sum + length, 0));
  thumbnails.forEach((values, i) => all.set(values, i * values.length));
  return share(all);
}
