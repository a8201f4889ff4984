import { unzipSync, zipSync } from 'fflate';
import { DataError } from '../../errors.ts';
import type { SfmFeatures } from '../../scene/sfm-set.ts';
import { readNpy, writeNpy, type NpyArray, type NpyNumbers } from './npy.ts';
import { fromPoints, toPoints, type ImageFrame } from './opensfm-cameras.ts';

/** `IMG.features.npz`, version 3 (OpenSfM's `features.py`, `FeaturesData`): a zip file of NumPy's arrays. */
const version = 3;

/** So that the same features give the same file. The earliest time that a zip file knows. */
const mtime = new Date(1980, 0, 1);

const none: NpyArray = { shape: [0], values: new Float64Array(0) };

/**
 * @param colours `count × 3`, red, green, blue: OpenSfM gives them to points; grey where null
 */
export function openSfmFeatures(features: SfmFeatures, frame: ImageFrame, colours: Uint8Array | null): Uint8Array {
  const { count, descriptors, descriptorLength } = features;
  const arrays: Record<string, NpyArray> = {
    points: { shape: [count, 4], values: toPoints(features, frame) },
    descriptors: { shape: [count, descriptorLength], values: descriptors },
    colors: { shape: [count, 3], values: colours ?? new Uint8Array(3 * count).fill(128) },
    segmentations: none,
    instances: none,
    segmentation_labels: none,
    OPENSFM_FEATURES_VERSION: { shape: [], values: BigInt64Array.of(BigInt(version)) },
  };
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, writeNpy(array)]);
  // Floats hardly get smaller, and NumPy reads stored files as well as compressed ones.
  return zipSync(Object.fromEntries(files), { level: 0, mtime });
}

/** More than any photo's features take; a small file that claims more is made to fill the memory. */
const largestArray = 2 ** 31;

/**
 * Reads points and descriptors (unit length; OpenSfM's may be bytes), of any version from 1. The response is not in the
 * file: it is 0.
 * @param file for errors
 * @throws DataError where the file is damaged or of another kind
 */
export function parseOpenSfmFeatures(bytes: Uint8Array, frame: ImageFrame, file: string): SfmFeatures {
  const arrays = unzip(bytes, file);
  const array = (name: string): NpyNumbers => {
    const found = arrays[`${name}.npy`];
    if (found === undefined) throw new DataError(`${file}: ${name} is missing; let OpenSfM write the file again.`);
    return readNpy(found, `${file}: ${name}`);
  };
  const points = array('points');
  const descriptors = array('descriptors');
  const [count, columns] = points.shape;
  const length = descriptors.shape[1] ?? 0;
  if (points.shape.length !== 2 || columns < 3 || descriptors.shape.length !== 2 || descriptors.shape[0] !== count) {
    throw new DataError(
      `${file}: expected x, y and size of each point and its descriptor, found arrays ${points.shape.join(' × ')} and ` +
        `${descriptors.shape.join(' × ')}; let OpenSfM write the file again.`,
    );
  }
  return {
    ...fromPoints(points.values, columns, frame),
    descriptors: unitRows(descriptors.values, length),
    descriptorLength: length,
  };
}

function unzip(bytes: Uint8Array, file: string): Record<string, Uint8Array> {
  const names = ['points.npy', 'descriptors.npy'];
  try {
    return unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (originalSize > largestArray) throw new Error(`${name} claims ${originalSize} bytes`);
        return names.includes(name);
      },
    });
  } catch (error) {
    throw new DataError(
      `${file} is not a zip file of NumPy's arrays (${(error as Error).message}); let OpenSfM write it again.`,
    );
  }
}

function unitRows(values: Float64Array, length: number): Float32Array {
  const rows = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += length) {
    const row = values.subarray(start, start + length);
    const norm = Math.hypot(...row) || 1;
    for (let i = 0; i < length; i++) rows[start + i] = row[i] / norm;
  }
  return rows;
}
