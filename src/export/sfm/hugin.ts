import { writeFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { DataError, OutputError } from '../../errors.ts';
import { median } from '../../math/median.ts';
import type { SfmSet } from '../../scene/sfm-set.ts';
import { writeWhole } from '../../write-whole.ts';
import { huginLens, lensOf } from './hugin-lens.ts';
import { pickControlPoints } from './hugin-points.ts';
import { anglesFromRotation, rotationBetween, startRotations, type StartRotations } from './hugin-rotations.ts';
import { pairPoints, placesReader } from './pair-points.ts';

/*
 * A project of Hugin (`.pto`, the script language of Panorama Tools): one `p` line of the panorama, an `i` line a photo, `v` lines of what
 * to optimise, a `c` line a control point.
 *
 * Pixel origin: the centre of the top-left pixel is (0, 0), as ours, in the picture as the file stores it: Hugin does not turn photos by
 * their EXIF orientation. Axes and angles: see hugin-rotations.ts; lens: see hugin-lens.ts.
 */

export interface HuginOptions {
  /** The folder that photos' names are relative to. */
  readonly photoFolder: string;
  readonly signal?: AbortSignal;
}

/**
 * Writes a project that `autooptimiser -n`, or Hugin itself, can optimise as it is. Photos that share a camera share a lens. Control points
 * are inliers only, at most 25 a pair (see hugin-points.ts). The cameras start turned as the matches say:
 * from straight ahead the optimiser took 37 steps in place of 4 for a circle of eleven photos.
 * @returns sentences about what the user should know
 * @throws DataError for a photo whose name the format cannot hold; OutputError where the file cannot be written
 */
export async function writeHuginProject(path: string, set: SfmSet, options: HuginOptions): Promise<readonly string[]> {
  const { photoFolder, signal } = options;
  const names = set.photos.map(({ name }) => nameFromProject(path, resolve(photoFolder, name)));
  const pairs = await collectPairs(set, signal);
  const start = startRotations(set.photos.length, pairs);
  const text = [
    '# hugin project file',
    '#hugin_ptoversion 2',
    '# Control points in px; the centre of the top-left pixel is (0, 0).',
    panoramaLine(set),
    'm i0',
    '',
    ...imageLines(set, names, start),
    '',
    ...optimiseLines(set, start),
    '',
    ...pairs.flatMap(controlPointLines),
    '',
  ].join('\n');
  try {
    await writeWhole(path, (temporary) => writeFile(temporary, text), signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw new OutputError(`${path} could not be written (${(error as Error).message}); choose another place`);
  }
  return groupsNote(start, names);
}

/** Hugin lays groups that nothing connects over each other, and its optimiser does not mind. */
function groupsNote({ root }: StartRotations, names: readonly string[]): string[] {
  const groups = [...new Set(root)];
  if (groups.length < 2) return [];
  const sizes = groups.map((start) => root.filter((photo) => photo === start).length);
  const parts = groups.map((start, n) => (sizes[n] === 1 ? names[start] : `${sizes[n]} photos around ${names[start]}`));
  const shown = parts.slice(0, 5).join('; ') + (parts.length > 5 ? '; …' : '');
  return [`No control points connect these in Hugin: ${shown}. Take them apart, or add control points by hand.`];
}

interface ProjectPair {
  readonly a: number;
  readonly b: number;
  readonly weight: number;
  readonly bFromA: StartRotations['rotations'][number];
  /** xa, ya, xb, yb a control point. */
  readonly points: Float64Array;
}

/** Keeps 25 points a pair, 800 bytes: Hugin itself stops being usable long before that is much. */
async function collectPairs(set: SfmSet, signal?: AbortSignal): Promise<ProjectPair[]> {
  const lenses = set.cameras.map(lensOf);
  const placesOf = placesReader(set);
  const pairs: ProjectPair[] = [];
  for await (const pair of set.pairs()) {
    signal?.throwIfAborted();
    const { a, b, inliers } = pair;
    if (inliers.length === 0) continue;
    const all = pairPoints(pair, inliers, await placesOf(a), await placesOf(b));
    const [lensA, lensB] = [a, b].map((photo) => lenses[set.photos[photo].camera]);
    const chosen = pickControlPoints(all).flatMap((m) => [...all.subarray(4 * m, 4 * m + 4)]);
    const bFromA = rotationBetween(all, lensA, lensB);
    pairs.push({ a, b, weight: inliers.length, bFromA, points: Float64Array.from(chosen) });
  }
  return pairs;
}

/** The whole sphere at about the photos' own resolution; Hugin fits size and crop later. */
function panoramaLine({ cameras }: SfmSet): string {
  const focal = median(cameras.map((camera) => lensOf(camera).fx));
  const height = Math.max(1, Math.round(Math.PI * focal));
  return `p f2 w${2 * height} h${height} v360 E0 R0 n"TIFF_m c:LZW"`;
}

function imageLines({ cameras, photos }: SfmSet, names: readonly string[], { rotations }: StartRotations): string[] {
  const firstOf = firstPhotos(photos);
  return photos.map(({ width, height, camera }, i) => {
    const first = firstOf.get(camera)!;
    const lens = huginLens(cameras[camera]);
    const { hfov: v, a, b, c, d, e } = lens;
    const { yaw, pitch, roll } = anglesFromRotation(rotations[i]);
    const shared = Object.entries({ v, a, b, c, d, e });
    const lensKeys = shared.map(([key, value]) => (first === i ? `${key}${decimal(value)}` : `${key}=${first}`));
    const turned = `r${decimal(roll)} p${decimal(pitch)} y${decimal(yaw)}`;
    return `i w${width} h${height} f0 ${lensKeys.join(' ')} ${turned} n"${names[i]}"`;
  });
}

/** The first photo of each camera: the others' lens is linked to it. */
function firstPhotos(photos: SfmSet['photos']): Map<number, number> {
  const first = new Map<number, number>();
  photos.forEach(({ camera }, i) => {
    if (!first.has(camera)) first.set(camera, i);
  });
  return first;
}

/**
 * Directions of all photos that something connects, but the one of each group that the others are placed around; and of each lens the field of
 * view and `b`, its main distortion, as Hugin's assistant does. Two photos of a known focal length tell little of it.
 */
function optimiseLines({ cameras, photos }: SfmSet, { root }: StartRotations): string[] {
  const sizes = new Map<number, number>();
  root.forEach((photo) => sizes.set(photo, (sizes.get(photo) ?? 0) + 1));
  const lines: string[] = [];
  for (const [camera, first] of firstPhotos(photos)) {
    const largest = Math.max(...photos.map((photo, i) => (photo.camera === camera ? sizes.get(root[i])! : 0)));
    if (largest > 2) lines.push(`v v${first} b${first}`);
    else if (largest === 2 && !cameras[camera].isFocalKnown) lines.push(`v v${first}`);
  }
  root.forEach((start, i) => {
    if (start !== i) lines.push(`v r${i} p${i} y${i}`);
  });
  return [...lines, 'v'];
}

function controlPointLines({ a, b, points }: ProjectPair): string[] {
  return Array.from({ length: points.length / 4 }, (_, m) => {
    const [xa, ya, xb, yb] = Array.from(points.subarray(4 * m, 4 * m + 4), decimal);
    return `c n${a} N${b} x${xa} y${ya} X${xb} Y${yb} t0`;
  });
}

/** Without exponents, which not every reader of the format knows. */
function decimal(value: number): string {
  return String(Number(value.toFixed(6))).includes('e') ? '0' : String(Number(value.toFixed(6)));
}

/** Relative to the project where both lie on one drive, with `/` between folders. */
function nameFromProject(path: string, photo: string): string {
  const name = relative(dirname(resolve(path)), photo)
    .split(sep)
    .join('/');
  if (/["\n\r]/.test(name)) {
    throw new DataError(`${photo}: Hugin's projects cannot hold names with quotation marks or line breaks. Rename it.`);
  }
  return name;
}
