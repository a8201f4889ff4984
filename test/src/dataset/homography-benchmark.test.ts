import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BenchmarkAnchor,
  benchmarkAnchors,
  benchmarkKeypoints,
  type DescribedKeypoints,
} from '../../../src/dataset/homography-benchmark.ts';
import { readHomographySequences } from '../../../src/dataset/homography-sequences.ts';
import { readPatchBenchmark } from '../../../src/dataset/read-patch-benchmark.ts';
import { writeHomographyBenchmark } from '../../../src/dataset/write-homography-benchmark.ts';
import { DataError, UsageError } from '../../../src/errors.ts';
import { siftDescriptors, siftLength } from '../../../src/evaluation/classical/sift.ts';
import { detectDog } from '../../../src/features/dog/detect-dog.ts';
import { cutPatches } from '../../../src/features/patches.ts';
import { buildPyramid } from '../../../src/image/pyramid.ts';
import type { Image } from '../../../src/image/image.ts';
import { invert3, type Matrix3, transformPoint } from '../../../src/math/matrix3.ts';
import { blobPicture, type Picture, renderPicture } from '../features/analytic-picture.ts';

/** A plane seen straight on, then turned by 25°, smaller and obliquely. */
const [width, height] = [420, 320];
const image2FromImage1: Matrix3 = [0.78, -0.36, 110, 0.33, 0.8, -30, 0.0002, -0.0001, 1];
const image1FromImage2 = invert3(image2FromImage1)!;
const plane = blobPicture(7, width, height, 250);
const seen: Picture = (x, y) => plane(...transformPoint(image1FromImage2, x, y));

function describeKeypoints(image: Image): DescribedKeypoints {
  const keypoints = benchmarkKeypoints(detectDog(image, { contrastThreshold: 0.01 }), 6);
  const patches = cutPatches(buildPyramid(image), keypoints, { side: 64, k: 6 });
  return { keypoints, descriptors: siftDescriptors(patches, keypoints.count, 64, 'l2') };
}

const images = [renderPicture(plane, width, height), renderPicture(seen, width, height)];
const [photo1, photo2] = images.map(describeKeypoints);
const options = { mostAnchors: 10_000, hardPerAnchor: 10, seed: 3 };
const anchorsWith = (changes: Partial<typeof options>): BenchmarkAnchor[] =>
  benchmarkAnchors(photo1, photo2, image2FromImage1, { ...options, ...changes });
const all = anchorsWith({});

/** How far a keypoint of photo 2 lies from where the anchor is in photo 2, px. */
function apart({ keypoint1 }: BenchmarkAnchor, keypoint2: number): number {
  const [x, y] = transformPoint(image2FromImage1, photo1.keypoints.x[keypoint1], photo1.keypoints.y[keypoint1]);
  return Math.hypot(photo2.keypoints.x[keypoint2] - x, photo2.keypoints.y[keypoint2] - y);
}

const clearance = ({ true2 }: BenchmarkAnchor): number => Math.max(10, 2 * photo2.keypoints.size[true2]);

describe('benchmarkAnchors of a plane seen twice', () => {
  it('finds many of the keypoints again, at their places and no keypoint twice', () => {
    expect(all.length).toBeGreaterThan(60);
    for (const anchor of all) expect(apart(anchor, anchor.true2)).toBeLessThan(2.5);
    expect(new Set(all.map(({ true2 }) => true2)).size).toBe(all.length);
    const numbers = all.map(({ keypoint1 }) => keypoint1);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    // A wrong homography, by 6 px, leaves hardly anything but chance.
    const shifted = image2FromImage1.with(2, 116) as unknown as Matrix3;
    expect(benchmarkAnchors(photo1, photo2, shifted, options).length).toBeLessThan(all.length / 5);
  });

  it('takes no wrong keypoint within 10 px or a third of the true patch', () => {
    for (const anchor of all) {
      expect(new Set(anchor.hard2).size).toBe(10);
      for (const wrong of [anchor.random2, ...anchor.hard2]) {
        expect(apart(anchor, wrong)).toBeGreaterThan(clearance(anchor));
      }
    }
    // Both bounds are in force.
    expect(all.some((anchor) => clearance(anchor) > 10)).toBe(true);
    expect(all.some((anchor) => clearance(anchor) === 10)).toBe(true);
  });

  it('takes the look-alikes by descriptor, nearest first, and none that is nearer is left out', () => {
    const distance = (i: number, j: number): number => {
      let sum = 0;
      for (let k = 0; k < siftLength; k++) {
        sum += (photo1.descriptors[i * siftLength + k] - photo2.descriptors[j * siftLength + k]) ** 2;
      }
      return sum;
    };
    for (const anchor of all.filter((_, i) => i % 10 === 0)) {
      const distances = anchor.hard2.map((j) => distance(anchor.keypoint1, j));
      expect(distances).toEqual(distances.toSorted((a, b) => a - b));
      const nearer = Array.from(photo2.keypoints.x.keys()).filter(
        (j) => apart(anchor, j) > clearance(anchor) && distance(anchor.keypoint1, j) < distances[9],
      );
      expect(nearer.every((j) => anchor.hard2.includes(j))).toBe(true);
    }
    // Wrong ones by chance are spread over the photo, not look-alikes.
    const alike = all.filter(({ random2, hard2 }) => hard2.includes(random2));
    expect(alike.length).toBeLessThan(all.length / 4);
  });

  it('draws anchors and wrong ones by the seed', () => {
    const few = anchorsWith({ mostAnchors: 20 });
    expect(few).toHaveLength(20);
    expect(anchorsWith({ mostAnchors: 20 })).toEqual(few);
    const others = anchorsWith({ mostAnchors: 20, seed: 4 });
    expect(others).toHaveLength(20);
    expect(others.map(({ keypoint1 }) => keypoint1)).not.toEqual(few.map(({ keypoint1 }) => keypoint1));
    const trueOf = new Map(all.map(({ keypoint1, true2 }) => [keypoint1, true2]));
    for (const { keypoint1, true2 } of [...few, ...others]) expect(true2).toBe(trueOf.get(keypoint1));
  });

  it('leaves out anchors with too few wrong ones', () => {
    expect(anchorsWith({ hardPerAnchor: photo2.keypoints.count })).toEqual([]);
  });
});

describe('benchmarkKeypoints', () => {
  it('scales sizes so that k = 6 cuts what the detector’s own k does', () => {
    const { keypoints } = photo1;
    const halved = benchmarkKeypoints(keypoints, 3);
    halved.size.forEach((size, i) => expect(size).toBeCloseTo(keypoints.size[i] / 2, 2));
    expect(benchmarkKeypoints(keypoints, 6)).toEqual(keypoints);
  });
});

describe('the files', () => {
  let folder: string;
  const sequence = (): string => join(folder, 'photos', 'plane.x');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-homography-'));
    await mkdir(sequence(), { recursive: true });
    for (const [i, { data }] of images.entries()) {
      await sharp(data, { raw: { width, height, channels: 1 } })
        .jpeg({ quality: 98 })
        .toFile(join(sequence(), `${i + 1}.jpg`));
    }
    await writeFile(
      join(sequence(), 'H_1_2'),
      image2FromImage1.map((v, i) => `${v}${i % 3 === 2 ? '  \n' : '\t'}`).join(''),
    );
    await mkdir(join(folder, 'photos', 'notes'));
    await writeHomographyBenchmark(
      join(folder, 'made'),
      [
        {
          name: 'plane.x',
          keypoints: new Map([
            [1, photo1.keypoints],
            [2, photo2.keypoints],
          ]),
          anchors: new Map([[2, all]]),
        },
      ],
      { detector: 'dog' },
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are read as what they were written from', async () => {
    const benchmark = await readPatchBenchmark(join(folder, 'made'), {
      side: 64,
      every: 1,
      photos: join(folder, 'photos'),
    });
    expect(benchmark.truePairs.count).toBe(all.length);
    expect(benchmark.wrongPairs.count).toBe(all.length);
    expect(benchmark.ranking).toMatchObject({ hardPerAnchor: 10 });
    expect(benchmark.ranking!.hardPairs.count).toBe(10 * all.length);
    // SIFT's descriptor of the patches that were cut anew sees the true partner before most look-alikes.
    const descriptors = siftDescriptors(benchmark.patches, benchmark.count, 64, 'l2');
    const distance = (a: number, b: number): number => {
      let sum = 0;
      for (let k = 0; k < siftLength; k++)
        sum += (descriptors[a * siftLength + k] - descriptors[b * siftLength + k]) ** 2;
      return sum;
    };
    const { truePairs, ranking } = benchmark;
    const first = all.filter((_, i) => {
      const right = distance(truePairs.index1[i], truePairs.index2[i]);
      return all[i].hard2.every((_, h) => distance(truePairs.index1[i], ranking!.hardPairs.index2[10 * i + h]) > right);
    });
    expect(first.length / all.length).toBeGreaterThan(0.6);
    expect(JSON.parse(await readFile(join(folder, 'made', 'benchmark.json'), 'utf8'))).toEqual({
      version: 1,
      patchScale: 6,
      made: { detector: 'dog' },
    });
  });

  it('go only where nothing is', async () => {
    await expect(writeHomographyBenchmark(join(folder, 'made'), [], {})).rejects.toThrow(UsageError);
    expect(await readdir(folder)).toEqual(['made', 'photos']);
  });

  it('say what sequences there are', async () => {
    const photos = join(folder, 'photos');
    const [read, ...more] = await readHomographySequences(photos);
    expect(more).toEqual([]);
    expect(read).toEqual({
      name: 'plane.x',
      path1: join(sequence(), '1.jpg'),
      others: [{ image: 2, path: join(sequence(), '2.jpg'), imageFromImage1: image2FromImage1 }],
    });
    expect(await readHomographySequences(photos, 'other, plane.*')).toHaveLength(1);
    await expect(readHomographySequences(photos, 'plane')).rejects.toThrow(/no sequences called plane/);
    await expect(readHomographySequences(photos, 'planeyx')).rejects.toThrow(UsageError);
    await expect(readHomographySequences(join(folder, 'nowhere'))).rejects.toThrow(/nowhere cannot be read/);
    await expect(readHomographySequences(join(folder, 'made'))).rejects.toThrow(UsageError);
  });

  it.each([
    ['H_1_2', '1 0 0 0 1 0 0 0', /nine numbers/],
    ['H_1_2', '1 0 0 0 one 0 0 0 1', /nine numbers/],
    ['H_1_2', '1 0 0 2 0 0 0 0 1', /singular/],
    ['H_1_3', '1 0 0 0 1 0 0 0 1', /no 3\.jpg/],
  ])('%s that holds "%s" is an error that names it', async (name, text, message) => {
    const broken = join(folder, `broken-${name}-${text.length}${text.includes('one')}`, 'plane');
    await mkdir(broken, { recursive: true });
    for (const file of ['1.jpg', '2.jpg']) await writeFile(join(broken, file), '');
    await writeFile(join(broken, 'H_1_2'), '1 0 0 0 1 0 0 0 1');
    await writeFile(join(broken, name), text);
    const reading = readHomographySequences(join(broken, '..'));
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(message);
    await rm(join(broken, '..'), { recursive: true });
  });
});
