import type { Image } from '../image/image.ts';
import { detectInTiles } from './detect-in-tiles.ts';
import { detectDog } from './dog/detect-dog.ts';
import type { Keypoints } from './keypoints.ts';
import type { CvFeatureDetector, CvKeyPointVector, CvModule, OpenCv } from './opencv.ts';
import { spreadOverPicture, takeKeypoints } from './spread.ts';

export const detectorNames = ['dog', 'akaze', 'orb', 'brisk', 'kaze'] as const;
export type DetectorName = (typeof detectorNames)[number];

/** What Tessera knows of a detector: its own `dog`, and those of OpenCV. */
export interface DetectorTraits {
  /** k of the patch frame: the side of the patch is k · size. */
  readonly patchScale: number;
  /** Most pixels of one detection: what fits 1 GiB of wasm memory, and for KAZE what ends within seconds. Larger pictures are searched in tiles. */
  readonly maxPixels: number;
}

export const detectorTraits: Readonly<Record<DetectorName, DetectorTraits>> = {
  dog: { patchScale: 6, maxPixels: 10e6 },
  akaze: { patchScale: 6, maxPixels: 8e6 },
  orb: { patchScale: 0.75, maxPixels: 20e6 },
  brisk: { patchScale: 3, maxPixels: 12e6 },
  kaze: { patchScale: 6.25, maxPixels: 1.5e6 },
};

export interface DetectOptions {
  readonly detector: DetectorName;
  /** At most so many keypoints, spread over the picture. */
  readonly maxKeypoints: number;
  /** Where keypoints are wanted, px of the picture; everywhere without it. */
  readonly isWanted?: (x: number, y: number) => boolean;
}

/**
 * Detects keypoints in a grey picture, in that picture's own pixels, strongest first. Deterministic.
 * @param opencv called for OpenCV's detectors alone: loading it takes longer than `dog` does
 * @throws OpenCvError where OpenCV fails; a fatal one means that the instance must be replaced.
 */
export function detectKeypoints(opencv: () => OpenCv, grey: Image, options: DetectOptions): Keypoints {
  const { maxPixels } = detectorTraits[options.detector];
  if (grey.channels !== 1 || !(grey.data instanceof Uint8Array)) {
    throw new TypeError(`expected a grey 8-bit image for detection but received ${grey.channels} channels`);
  }
  const { detector, maxKeypoints, isWanted } = options;
  const found = detectInTiles(grey, maxPixels, (picture) =>
    detector === 'dog'
      ? detectDog(picture, { contrastThreshold: 0.01, largestOffset: 0.6 })
      : detectWithOpenCv(opencv(), picture, (cv) => createDetector(cv, detector, maxKeypoints)),
  );
  const wanted = isWanted === undefined ? found : keypointsWhere(found, isWanted);
  return spreadOverPicture(wanted, grey.width, grey.height, maxKeypoints);
}

function keypointsWhere(keypoints: Keypoints, isWanted: (x: number, y: number) => boolean): Keypoints {
  const { x, y } = keypoints;
  return takeKeypoints(
    keypoints,
    [...x.keys()].filter((i) => isWanted(x[i], y[i])),
  );
}

function detectWithOpenCv(opencv: OpenCv, grey: Image, create: (cv: CvModule) => CvFeatureDetector): Keypoints {
  return opencv.scope((cv, keep) => {
    const image = keep(new cv.Mat(grey.height, grey.width, cv.CV_8UC1));
    image.data.set(grey.data);
    const keypoints = keep(new cv.KeyPointVector());
    keep(create(cv)).detect(image, keypoints);
    return copyKeypoints(keypoints);
  });
}

/** Thresholds are far below OpenCV's defaults: they cost next to no time, and dim or hazy photos need the weak keypoints. */
function createDetector(cv: CvModule, detector: Exclude<DetectorName, 'dog'>, maxKeypoints: number): CvFeatureDetector {
  switch (detector) {
    case 'akaze': {
      const akaze = new cv.AKAZE();
      akaze.setThreshold(1e-4);
      return akaze;
    }
    case 'kaze': {
      const kaze = new cv.KAZE();
      kaze.setThreshold(1e-4);
      return kaze;
    }
    case 'orb':
      // ORB keeps the strongest by itself: three times as many leave a choice to the spreading.
      return new cv.ORB(3 * maxKeypoints);
    case 'brisk':
      return new cv.BRISK(15);
  }
}

function copyKeypoints(vector: CvKeyPointVector): Keypoints {
  const count = vector.size();
  const keypoints = {
    count,
    x: new Float32Array(count),
    y: new Float32Array(count),
    size: new Float32Array(count),
    angle: new Float32Array(count),
    response: new Float32Array(count),
    octave: new Int16Array(count),
    location: new Uint32Array(count),
  };
  for (let i = 0; i < count; i++) {
    const { pt, size, angle, response, octave } = vector.get(i);
    keypoints.x[i] = pt.x;
    keypoints.y[i] = pt.y;
    keypoints.size[i] = size;
    keypoints.angle[i] = angle < 0 ? 0 : (angle * Math.PI) / 180;
    keypoints.response[i] = response;
    // OpenCV packs octave and layer into one number; the low byte is the octave.
    keypoints.octave[i] = ((octave & 255) << 24) >> 24;
    keypoints.location[i] = i;
  }
  return keypoints;
}
