import { detectorTraits } from '../src/features/detect.ts';
import type { PhotoInfo } from '../src/image/image.ts';
import { buildPyramid } from '../src/image/pyramid.ts';
import { readPhoto } from '../src/image/read-photo.ts';
import { type TransferCandidates, transferPlaces } from '../src/matching/transfer.ts';
import { describePatches } from '../src/nn/descriptor.ts';
import { detectPixelsOf, type FeatureSettings } from './photo-set.ts';
import { share } from './shared-memory.ts';
import { wantedBy } from './worker-features.ts';
import type { WorkerResources } from './worker-resources.ts';

export interface TransferKeypointsInput {
  readonly photo: PhotoInfo;
  /** As the photo's keypoints were found. */
  readonly settings: Omit<FeatureSettings, 'customDetector'>;
  /** Px of the full-resolution upright photo. */
  readonly candidates: TransferCandidates;
}

/** Points that a photo shows where no keypoint was detected: rows are candidates that were found. */
export interface TransferKeypointsOutput {
  readonly candidate: Uint32Array;
  /** Px of the full-resolution upright photo. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Rows of unit length. */
  readonly descriptors: Float32Array;
}

/**
 * Looks in a photo for what others show of it.
 * @throws PhotoError where the photo cannot be read any more
 */
export async function transferKeypoints(
  { photo, settings, candidates }: TransferKeypointsInput,
  resources: WorkerResources,
): Promise<TransferKeypointsOutput> {
  const { detector, limitPixels, mask } = settings;
  const maxPixels = detectPixelsOf(photo, settings);
  const { image } = await readPhoto(photo.path, { channels: 1, depth: 8, maxPixels, limitPixels });
  const [sx, sy] = [image.width / photo.width, image.height / photo.height];
  const isWanted = mask === undefined ? undefined : await wantedBy(mask.path, photo.path, image);
  const { patchScale } = detectorTraits[detector];
  const found = transferPlaces(buildPyramid(image), scaled(candidates, sx, sy), patchScale, isWanted);
  const { candidate, places, patches } = found;
  return {
    candidate,
    x: Float32Array.from(candidate, (_, row) => (places[2 * row] + 0.5) / sx - 0.5),
    y: Float32Array.from(candidate, (_, row) => (places[2 * row + 1] + 0.5) / sy - 0.5),
    descriptors: share(await describePatches(await resources.descriptor(), patches, candidate.length)),
  };
}

/** The candidates in px of a resized photo. */
function scaled(candidates: TransferCandidates, sx: number, sy: number): TransferCandidates {
  const { x, y, size, frames, occupied } = candidates;
  return {
    ...candidates,
    x: x.map((value) => (value + 0.5) * sx - 0.5),
    y: y.map((value) => (value + 0.5) * sy - 0.5),
    size: size.map((value) => value * Math.sqrt(sx * sy)),
    occupied: occupied.map((value, k) => {
      if (k % 3 === 2) return value * Math.sqrt(sx * sy);
      return (value + 0.5) * (k % 3 === 0 ? sx : sy) - 0.5;
    }),
    frames: frames.map((value, k) => value * (k % 4 < 2 ? sx : sy)),
  };
}
