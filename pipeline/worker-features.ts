import type { Rejection } from '../src/errors.ts';
import { detectKeypoints, detectorTraits } from '../src/features/detect.ts';
import type { Keypoints } from '../src/features/keypoints.ts';
import { OpenCvError } from '../src/features/opencv.ts';
import { cutPatches, patchSide } from '../src/features/patches.ts';
import type { PhotoFeatures } from '../src/features/photo-features.ts';
import type { Image, PhotoInfo } from '../src/image/image.ts';
import { isWanted, readMask } from '../src/image/mask.ts';
import { isTurned, readStoredPixels } from '../src/image/orientation.ts';
import { pixelHash } from '../src/image/pixel-hash.ts';
import { buildPyramid } from '../src/image/pyramid.ts';
import { readPhoto } from '../src/image/read-photo.ts';
import { transformPoint } from '../src/math/matrix3.ts';
import { descriptorLength, describePatches } from '../src/nn/descriptor.ts';
import { storedFrame } from '../src/scene/stored-frame.ts';
import { rejectionOf, type FeatureSettings } from './photo-set.ts';
import { shareFeatures } from './shared-memory.ts';
import type { WorkerResources } from './worker-resources.ts';

export interface DescribePhotoInput {
  readonly path: string;
  readonly settings: Omit<FeatureSettings, 'customDetector'>;
  /** Keypoints that a detector of the caller's found, in pixels of the photo as read for detection. */
  readonly keypoints?: Keypoints;
}

/** Reads a photo small, detects its keypoints, cuts and describes their patches. A damaged photo is a rejection. */
export async function describePhoto(
  { path, settings, keypoints }: DescribePhotoInput,
  resources: WorkerResources,
): Promise<PhotoFeatures | Rejection> {
  const { detector, maxKeypoints, limitPixels } = settings;
  const maxPixels = settings.detectPixels;
  let image: Image;
  let info: PhotoInfo;
  let wanted: ((x: number, y: number) => boolean) | undefined;
  try {
    ({ image, info } = await readPhoto(path, { channels: 1, depth: 8, maxPixels, limitPixels }));
    if (settings.mask !== undefined) wanted = await wantedBy(settings.mask.path, path, image);
  } catch (error) {
    return rejectionOf(error);
  }
  const found = keypoints ?? detectOrDie(resources, image, { detector, maxKeypoints, isWanted: wanted });
  const k = keypoints === undefined ? detectorTraits[detector].patchScale : customPatchScale;
  const patches = cutPatches(buildPyramid(image), found, { side: patchSide, k });
  const descriptors = await describePatches(await resources.descriptor(), patches, found.count);
  return shareFeatures({
    keypoints: scaleKeypoints(found, info.width / image.width, info.height / image.height),
    patchScale: k,
    descriptors,
    descriptorLength,
    patches,
    pixelHash: pixelHash(image),
  });
}

/** A mask belongs to the pixels of the file, and keypoints to those of the upright picture. */
export async function wantedBy(
  maskPath: string,
  path: string,
  { width, height }: Image,
): Promise<(x: number, y: number) => boolean> {
  const mask = await readMask(maskPath);
  const stored = (await readStoredPixels(path)) ?? { width, height, orientation: 1 };
  const { storedFromUpright } = storedFrame(stored);
  const upright = isTurned(stored)
    ? { width: stored.height, height: stored.width }
    : { width: stored.width, height: stored.height };
  return (x, y) => {
    const fullX = ((x + 0.5) * upright.width) / width - 0.5;
    const fullY = ((y + 0.5) * upright.height) / height - 0.5;
    const [u, v] = transformPoint(storedFromUpright, fullX, fullY);
    return isWanted(mask, (u + 0.5) / stored.width, (v + 0.5) / stored.height);
  };
}

/** A caller's keypoints have sizes as SIFT's: 2σ. */
const customPatchScale = 6;

/** A broken OpenCV instance takes its worker down: the pool replaces it and tries the task once more. */
export function detectOrDie(
  resources: WorkerResources,
  image: Image,
  options: Parameters<typeof detectKeypoints>[2],
): Keypoints {
  try {
    return detectKeypoints(resources.opencv, image, options);
  } catch (error) {
    if (error instanceof OpenCvError && error.fatal) process.exit(1);
    throw error;
  }
}

/** From pixels of a resized photo to those of the full one: x' = (x + 0.5)·s − 0.5. */
function scaleKeypoints(keypoints: Keypoints, sx: number, sy: number): Keypoints {
  return {
    ...keypoints,
    x: keypoints.x.map((x) => (x + 0.5) * sx - 0.5),
    y: keypoints.y.map((y) => (y + 0.5) * sy - 0.5),
    size: keypoints.size.map((size) => size * Math.sqrt(sx * sy)),
  };
}
