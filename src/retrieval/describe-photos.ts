import { concatenate } from '../math/concatenate.ts';
import { createRandom } from '../math/random.ts';
import { kMeans, type Centres } from './k-means.ts';
import { createAggregator } from './vlad.ts';

/** Global descriptors of a set's photos; two photos are as similar as the directions of theirs. */
export interface PhotoDescriptors {
  readonly count: number;
  /** Numbers of one. */
  readonly length: number;
  /** `count × length`, row-major. */
  readonly values: Int8Array;
}

/** The descriptors of a photo's keypoints, strongest keypoint first, as `PhotoFeatures` has them. */
export interface LocalDescriptors {
  readonly descriptors: Float32Array;
  readonly descriptorLength: number;
}

export interface DescribeOptions {
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

/** Clusters of the codebook: with 128 numbers each, a photo takes 4 KiB. */
const codebookSize = 32;

/** More rounds move the centres no more than another seed does. */
const clusteringRounds = 15;

/** Descriptors that the codebook is made of: 800 a cluster, 13 MB. */
const sampleSize = 25_600;

/** Photos that give them, at most. */
const samplePhotos = 512;

/** The weaker keypoints of a photo tell less about it: 1000 of 2000 serve as well, at half the time. */
const strongestKeypoints = 1000;

/**
 * Global descriptors of a set of photos, by a codebook made of a sample of their own. Photos are read one at a time,
 * most of them once, and nothing else of them is kept: 4 KiB a photo.
 * @param read features of photo 0 … count − 1
 * @throws what `read` throws, and the signal's reason
 */
export async function describePhotos(
  count: number,
  read: (photo: number) => Promise<LocalDescriptors>,
  options: DescribeOptions,
): Promise<PhotoDescriptors> {
  const { descriptors: sample, descriptorLength } = await sampleOf(count, read, options);
  const { aggregate, length } = createAggregator(codebookOf(sample, descriptorLength, options.seed));
  const values = new Int8Array(count * length);
  for (let photo = 0; photo < count; photo++) {
    options.signal?.throwIfAborted();
    values.set(aggregate(strongestOf(await read(photo), strongestKeypoints)), photo * length);
    options.onProgress?.(photo + 1);
  }
  return { count, length, values };
}

function codebookOf(sample: Float32Array, dimension: number, seed: number): Centres {
  return kMeans(sample, dimension, { clusters: codebookSize, rounds: clusteringRounds, seed });
}

/** Random descriptors of random photos, without repetition, in the order of photos and keypoints. */
async function sampleOf(
  count: number,
  read: (photo: number) => Promise<LocalDescriptors>,
  { seed, signal }: DescribeOptions,
): Promise<LocalDescriptors> {
  const random = createRandom(seed);
  const photos = randomSubset(count, samplePhotos, random.next);
  const each = Math.ceil(sampleSize / Math.max(1, photos.length));
  const parts: Float32Array[] = [];
  let descriptorLength = 1;
  for (const photo of photos) {
    signal?.throwIfAborted();
    const features = await read(photo);
    descriptorLength = features.descriptorLength;
    const strongest = strongestOf(features, strongestKeypoints);
    const rows = randomSubset(strongest.length / descriptorLength, each, random.next);
    parts.push(...rows.map((row) => strongest.slice(row * descriptorLength, (row + 1) * descriptorLength)));
  }
  return { descriptors: concatenate(Float32Array, parts), descriptorLength };
}

function strongestOf({ descriptors, descriptorLength }: LocalDescriptors, most: number): Float32Array {
  return descriptors.subarray(0, most * descriptorLength);
}

/** At most `most` of 0 … count − 1, ascending, each as likely (selection sampling: Knuth, TAOCP 3.4.2, algorithm S). */
function randomSubset(count: number, most: number, next: () => number): number[] {
  const chosen: number[] = [];
  for (let i = 0; i < count && chosen.length < most; i++) {
    if ((count - i) * next() < Math.min(most, count) - chosen.length) chosen.push(i);
  }
  return chosen;
}
