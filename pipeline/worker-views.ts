import { cutWarped, type WarpedView } from '../src/features/describe-warped.ts';
import { detectorTraits } from '../src/features/detect.ts';
import type { Keypoints } from '../src/features/keypoints.ts';
import type { PhotoFeatures } from '../src/features/photo-features.ts';
import { type SimulatedView, viewFrame } from '../src/features/simulated-views.ts';
import type { CommonFrame } from '../src/geometry/common-frame.ts';
import type { PhotoSize } from '../src/geometry/plane-pairs.ts';
import type { Image, PhotoInfo } from '../src/image/image.ts';
import { readPhoto } from '../src/image/read-photo.ts';
import type { Matrix3 } from '../src/math/matrix3.ts';
import { invert3, multiply3, transformPoint } from '../src/math/matrix3.ts';
import { isProvenInFrame } from '../src/matching/frame-proof.ts';
import { matchInFrame, type FrameMatches, type reachShares } from '../src/matching/frame-matching.ts';
import type { MatchCalibration } from '../src/matching/select.ts';
import { descriptorLength, describePatches } from '../src/nn/descriptor.ts';
import type { FeatureSettings } from './photo-set.ts';
import { shareFeatures } from './shared-memory.ts';
import { detectOrDie } from './worker-features.ts';
import type { WorkerResources } from './worker-resources.ts';

type ViewSettings = Pick<FeatureSettings, 'detector' | 'limitPixels'>;

export interface DescribeViewInput {
  readonly photo: PhotoInfo;
  readonly view: SimulatedView;
  readonly settings: ViewSettings;
}

/** Views are rendered of photos of so many pixels at most: of larger ones they would take minutes. */
const viewPixels = 0.8e6;
/** Most keypoints of a view without tilt; others are smaller. */
const viewKeypoints = 2000;

/** The keypoints of a photo as it would look from elsewhere, in pixels of the photo; without their patches, which no judge is to see. */
export async function describeView(
  { photo, view, settings }: DescribeViewInput,
  resources: WorkerResources,
): Promise<PhotoFeatures> {
  const image = await readGrey(photo, viewPixels, settings, resources);
  const frame = viewFrame(view, image);
  const most = Math.round(viewKeypoints / Math.sqrt(view.tilt));
  const features = await describeWarped(
    image,
    { width: frame.width, height: frame.height, viewFromImage: frame.viewFromPhoto },
    most,
    settings,
    resources,
  );
  const [sx, sy] = [photo.width / image.width, photo.height / image.height];
  const imageFromView = invert3(frame.viewFromPhoto)!;
  const keypoints = moved(features.keypoints, imageFromView, Math.sqrt(view.tilt * sx * sy), (x, y) => [
    (x + 0.5) * sx - 0.5,
    (y + 0.5) * sy - 0.5,
  ]);
  return shareFeatures({ ...features, keypoints, patches: new Uint8Array() });
}

/** Keypoints of a view as keypoints of the photo. */
function moved(
  keypoints: Keypoints,
  imageFromView: Matrix3,
  grown: number,
  photoFromImage: (x: number, y: number) => readonly [number, number],
): Keypoints {
  const x = new Float32Array(keypoints.count);
  const y = new Float32Array(keypoints.count);
  for (let i = 0; i < keypoints.count; i++) {
    [x[i], y[i]] = photoFromImage(...transformPoint(imageFromView, keypoints.x[i], keypoints.y[i]));
  }
  return { ...keypoints, x, y, size: keypoints.size.map((size) => size * grown) };
}

export interface DescribeInFrameInput {
  readonly photo: PhotoInfo;
  readonly frameFromPhoto: Matrix3;
  readonly frame: PhotoSize;
  readonly settings: ViewSettings;
}

/** Most keypoints of either photo in a common frame. */
const frameKeypoints = 4000;

/** Shows a photo in a frame; keypoints in px of the frame, and none of their patches. */
export async function describeInFrame(
  { photo, frameFromPhoto, frame: { width, height }, settings }: DescribeInFrameInput,
  resources: WorkerResources,
): Promise<PhotoFeatures> {
  const image = await readGrey(photo, framePixels, settings, resources);
  const [sx, sy] = [photo.width / image.width, photo.height / image.height];
  const photoFromImage: Matrix3 = [sx, 0, (sx - 1) / 2, 0, sy, (sy - 1) / 2, 0, 0, 1];
  const viewFromImage = multiply3(frameFromPhoto, photoFromImage);
  const features = await describeWarped(image, { width, height, viewFromImage }, frameKeypoints, settings, resources);
  return shareFeatures({ ...features, patches: new Uint8Array() });
}

export interface MatchInFrameInput {
  /** In canonical order. */
  readonly features1: PhotoFeatures;
  readonly features2: PhotoFeatures;
  readonly frame: CommonFrame;
  readonly reach: keyof typeof reachShares;
  readonly calibration: MatchCalibration;
  readonly seed: number;
}

/** `matchInFrame` in a worker. */
export function matchPhotosInFrame(input: MatchInFrameInput): FrameMatches | null {
  const { features1, features2, frame, reach, calibration, seed } = input;
  return matchInFrame(features1, features2, frame, reach, calibration, seed);
}

export interface ProofInFrameInput extends Pick<MatchInFrameInput, 'features1' | 'features2' | 'seed'> {
  readonly frame: PhotoSize;
}

/** `isProvenInFrame` in a worker. */
export async function proveInFrame(
  { features1, features2, frame: { width, height }, seed }: ProofInFrameInput,
  resources: WorkerResources,
): Promise<boolean> {
  return isProvenInFrame(features1, features2, { width, height }, seed, await resources.viewShortlister());
}

/** What a common frame takes from a photo: more would not fit into it. */
const framePixels = 8e6;

async function describeWarped(
  image: Image,
  view: WarpedView,
  maxKeypoints: number,
  { detector }: ViewSettings,
  resources: WorkerResources,
): Promise<PhotoFeatures> {
  const k = detectorTraits[detector].patchScale;
  const { keypoints, patches } = cutWarped(image, view, k, (picture) =>
    detectOrDie(resources, picture, { detector, maxKeypoints }),
  );
  const descriptors = await describePatches(await resources.descriptor(), patches, keypoints.count);
  return { keypoints, patchScale: k, descriptors, descriptorLength, patches, pixelHash: '' };
}

function readGrey(
  { path, contentHash }: PhotoInfo,
  maxPixels: number,
  { limitPixels }: ViewSettings,
  { photos }: WorkerResources,
): Promise<Image> {
  const read = async (): Promise<Image> =>
    (await readPhoto(path, { channels: 1, depth: 8, maxPixels, limitPixels })).image;
  return photos.get(`${contentHash} ${path} grey ${maxPixels}`, read);
}
