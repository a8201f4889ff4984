import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PinholeCamera } from '../geometry/pinhole.ts';
import type { CameraMotion } from '../geometry/relative-pose.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { multiply3, transpose3 } from '../math/matrix3.ts';
import { readHomographySequences } from './homography-sequences.ts';
import { type PosedPhoto, type PosedScene, readPosedScenes } from './posed-scenes.ts';

/** Two photos and how they really stand to each other. */
export interface PairTruth {
  /** Folder and photos, for people. */
  readonly name: string;
  /** What the pair is counted under: the part of the folder's name before its first `-`, or the scene. */
  readonly set: string;
  readonly path1: string;
  readonly path2: string;
  readonly truth: HomographyTruth | PoseTruth;
}

export interface HomographyTruth {
  readonly kind: 'homography';
  /** px; the centre of the top-left pixel is (0, 0) in both. */
  readonly image2FromImage1: Matrix3;
}

export interface PoseTruth extends CameraMotion {
  readonly kind: 'pose';
  readonly camera1: PinholeCamera;
  readonly camera2: PinholeCamera;
}

/**
 * The pairs of a folder of sequences (`1.jpg`, `2.jpg`, `H_1_2` …: photo 1 with each other) or of scenes with known cameras
 * (`cameras.json`, `images`: see {@link comparedPhotos}), by name.
 * @throws UsageError where the folder holds neither, DataError naming a file that is not as expected
 */
export async function readPairTruths(folder: string, only?: string): Promise<PairTruth[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  if (names.some((name) => existsSync(join(folder, name, 'cameras.json')))) {
    return (await readPosedScenes(folder, only)).flatMap(posedPairs);
  }
  const sequences = await readHomographySequences(folder, only);
  return sequences.flatMap(({ name, path1, others }) =>
    others.map(({ image, path, imageFromImage1 }) => ({
      name: `${name} 1-${image}`,
      set: name.split('-')[0],
      path1,
      path2: path,
      truth: { kind: 'homography' as const, image2FromImage1: imageFromImage1 },
    })),
  );
}

/** Every third photo is compared with those two, four and six further on. */
const firstEvery = 3;
const stepsOn = [2, 4, 6];

/** Pairs of castle-P19 that look at opposite sides and share nothing. */
const withoutOverlap: Readonly<Record<string, readonly string[]>> = { 'castle-P19': ['6-12', '9-13', '9-15'] };

/** The pairs of a scene that are compared, as indices from 0: (i, i + 2), (i, i + 4), (i, i + 6) for every third i. */
export function comparedPhotos(count: number): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0; i < count; i += firstEvery) {
    for (const step of stepsOn) if (i + step < count) pairs.push([i, i + step]);
  }
  return pairs;
}

function posedPairs({ name, photos }: PosedScene): PairTruth[] {
  const disjoint = withoutOverlap[name] ?? [];
  return comparedPhotos(photos.length).flatMap(([i, j]): PairTruth[] => {
    if (disjoint.includes(`${i}-${j}`)) return [];
    const truth = motionBetween(photos[i], photos[j]);
    return [{ name: `${name} ${i}-${j}`, set: name, path1: photos[i].path, path2: photos[j].path, truth }];
  });
}

function motionBetween(first: PosedPhoto, second: PosedPhoto): PoseTruth {
  const R = multiply3(second.R, transpose3(first.R));
  const [x, y, z] = first.t;
  const t = [0, 1, 2].map((k) => second.t[k] - (R[3 * k] * x + R[3 * k + 1] * y + R[3 * k + 2] * z));
  return {
    kind: 'pose',
    R,
    t: t as unknown as CameraMotion['t'],
    camera1: cameraOf(first),
    camera2: cameraOf(second),
  };
}

function cameraOf({ K }: PosedPhoto): PinholeCamera {
  return { fx: K[0], fy: K[4], cx: K[2], cy: K[5] };
}
