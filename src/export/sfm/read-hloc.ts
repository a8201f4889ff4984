import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, UsageError } from '../../errors.ts';
import type { SfmCamera, SfmFeatures, SfmPair, SfmPhoto, SfmSet } from '../../scene/sfm-set.ts';
import { type Hdf5Reader, openHdf5 } from './hdf5-file.ts';
import { listHlocPairs } from './hloc-pairs.ts';
import { hlocFiles } from './hloc.ts';

/**
 * Reads what hloc, or a program that writes its files, found: `features.h5` and `matches.h5`, or the only `feats-*.h5` and
 * `*matches-*.h5` of the folder, which is how hloc calls them itself. Pixel origin as ours (see hloc.ts). Cameras are guesses, one for each
 * size of photos: hloc keeps none. Keypoints have no size and angle (0), pairs no geometry and so no inliers.
 * The set opens the files when it is asked and closes them again.
 * @throws UsageError where the folder or a file is missing; DataError, naming the file, for one that is damaged
 */
export async function readHloc(folder: string): Promise<SfmSet> {
  const files = await findFiles(folder);
  const { photos, counts } = await using(files.features, (file) => readPhotos(file, files.features));
  const names = photos.map(({ name }) => name);
  const cameras = guessCameras(photos);
  const cameraOf = new Map(cameras.map(({ width, height }, i) => [`${width}×${height}`, i]));
  return {
    cameras,
    photos: photos.map((photo) => ({ ...photo, camera: cameraOf.get(`${photo.width}×${photo.height}`)! })),
    features: (photo) =>
      using(files.features, (file) => readFeatures(file, `${files.features}: ${names[photo]}`, names[photo])),
    async *pairs() {
      const file = await openHdf5(files.matches);
      try {
        for (const { a, b, group, isSwapped } of listHlocPairs(file, files.matches, names)) {
          const [count0, count1] = isSwapped ? [counts[b], counts[a]] : [counts[a], counts[b]];
          yield { a, b, ...readMatches(file, files.matches, group, count0, count1, isSwapped) };
        }
      } finally {
        file.close();
      }
    },
  };
}

async function using<T>(path: string, work: (file: Hdf5Reader) => T): Promise<T> {
  const file = await openHdf5(path);
  try {
    return work(file);
  } finally {
    file.close();
  }
}

async function findFiles(folder: string): Promise<{ features: string; matches: string }> {
  const names = await readdir(folder).catch(() => {
    throw new UsageError(`${folder}: no such folder. Expected one with hloc's ${hlocFiles.features} and matches.h5.`);
  });
  const h5 = names.filter((name) => name.endsWith('.h5'));
  const pick = (usual: string, isOne: (name: string) => boolean): string => {
    if (h5.includes(usual)) return join(folder, usual);
    const found = h5.filter(isOne);
    if (found.length === 1) return join(folder, found[0]);
    const seen = found.length === 0 ? 'no such file' : `several (${found.join(', ')})`;
    throw new UsageError(`${folder}: expected hloc's ${usual} but found ${seen}. Copy or link the file to that name.`);
  };
  return {
    features: pick(hlocFiles.features, (name) => name.startsWith('feats') && !name.includes('matches')),
    matches: pick(hlocFiles.matches, (name) => name.includes('matches')),
  };
}

interface FoundPhotos {
  readonly photos: readonly Omit<SfmPhoto, 'camera'>[];
  /** Keypoints of each. */
  readonly counts: readonly number[];
}

/** Photos are the groups that hold keypoints, by name. */
function readPhotos(file: Hdf5Reader, path: string): FoundPhotos {
  const names = photoGroups(file, '', 0).sort();
  if (names.length === 0)
    throw new DataError(`${path}: holds keypoints of no photo. Expected hloc's file of features.`);
  const counts: number[] = [];
  const photos = names.map((name) => {
    const shape = file.shape(`${name}/keypoints`);
    const size = file.read(`${name}/image_size`);
    if (shape?.length !== 2 || shape[1] < 2) throw new DataError(`${path}: keypoints of ${name} are not N × 2.`);
    if (size?.length !== 2 || !(size[0] > 0 && size[1] > 0)) {
      throw new DataError(`${path}: ${name} has no image_size of two numbers.`);
    }
    counts.push(shape[0]);
    return { name, width: size[0], height: size[1] };
  });
  return { photos, counts };
}

/** Folders are nested; links of a damaged file may lead round in circles. */
const deepestFolder = 64;

function photoGroups(file: Hdf5Reader, group: string, depth: number): string[] {
  const entries = file.list(group);
  if (entries.some(({ name, isGroup }) => name === 'keypoints' && !isGroup)) return group === '' ? [] : [group];
  if (depth === deepestFolder) return [];
  const inside = entries.filter(({ isGroup }) => isGroup).map(({ name }) => (group === '' ? name : `${group}/${name}`));
  return inside.flatMap((name) => photoGroups(file, name, depth + 1));
}

/** The focal length that COLMAP starts from where it knows none: 1.2 times the longer side. */
function guessCameras(photos: readonly Omit<SfmPhoto, 'camera'>[]): SfmCamera[] {
  const sizes = new Map(photos.map((photo) => [`${photo.width}×${photo.height}`, photo]));
  return [...sizes.values()].map(({ width, height }) => ({
    model: 'SIMPLE_RADIAL',
    width,
    height,
    params: [1.2 * Math.max(width, height), (width - 1) / 2, (height - 1) / 2, 0],
    isFocalKnown: false,
  }));
}

function readFeatures(file: Hdf5Reader, shownAs: string, name: string): SfmFeatures {
  const shape = file.shape(`${name}/keypoints`);
  const keypoints = file.read(`${name}/keypoints`);
  if (shape?.length !== 2 || keypoints === null) throw new DataError(`${shownAs}: its keypoints are gone.`);
  const [count, stride] = shape;
  const scores = file.read(`${name}/scores`);
  if (scores !== null && scores.length !== count) {
    throw new DataError(`${shownAs}: expected ${count} scores but found ${scores.length}.`);
  }
  const table = file.shape(`${name}/descriptors`);
  if (table !== null && (table.length !== 2 || table[1] !== count)) {
    throw new DataError(
      `${shownAs}: expected descriptors of ${count} columns but their shape is ${table.join(' × ')}.`,
    );
  }
  const descriptorLength = table?.[0] ?? 0;
  const turned = file.read(`${name}/descriptors`);
  const descriptors = new Float32Array(count * descriptorLength);
  for (let i = 0; i < count; i++) {
    for (let d = 0; d < descriptorLength; d++) descriptors[i * descriptorLength + d] = turned![d * count + i];
  }
  return {
    count,
    x: Float32Array.from({ length: count }, (_, i) => keypoints[i * stride]),
    y: Float32Array.from({ length: count }, (_, i) => keypoints[i * stride + 1]),
    size: new Float32Array(count),
    angle: new Float32Array(count),
    response: scores === null ? new Float32Array(count) : Float32Array.from(scores),
    descriptors,
    descriptorLength,
  };
}

/** @param isSwapped whether the file's photo 0 is the set's photo b */
function readMatches(
  file: Hdf5Reader,
  path: string,
  group: string,
  count0: number,
  count1: number,
  isSwapped: boolean,
): Omit<SfmPair, 'a' | 'b'> {
  const partner = file.read(`${group}/matches0`);
  const score = file.read(`${group}/matching_scores0`);
  if (partner?.length !== count0 || (score !== null && score.length !== count0)) {
    throw new DataError(
      `${path}: ${group} holds ${partner?.length ?? 'no'} matches and ${score?.length ?? 'no'} scores for ` +
        `${count0} keypoints. Were features and matches made together?`,
    );
  }
  const probabilityOf = (i: number): number => (score === null ? 1 : Math.min(1, Math.max(0, score[i] || 0)));
  const taken = new Set<number>();
  const matches: number[] = [];
  const probability: number[] = [];
  const bestFirst = Array.from(partner.keys())
    .filter((i) => partner[i] !== -1)
    .sort((i, j) => probabilityOf(j) - probabilityOf(i) || i - j);
  for (const i of bestFirst) {
    const j = partner[i];
    if (!Number.isInteger(j) || j < 0 || j >= count1) {
      throw new DataError(`${path}: ${group} points to keypoint ${j} of a photo that has ${count1}.`);
    }
    // Two keypoints may point to the same one: matchers do not have to be mutual.
    if (taken.has(j)) continue;
    taken.add(j);
    matches.push(...(isSwapped ? [j, i] : [i, j]));
    probability.push(probabilityOf(i));
  }
  return {
    matches: Uint32Array.from(matches),
    probability: Float32Array.from(probability),
    inliers: new Uint32Array(0),
    geometry: null,
  };
}
