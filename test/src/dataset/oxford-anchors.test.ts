import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readTable } from '../../../src/dataset/csv-table.ts';
import { readHomographySequences } from '../../../src/dataset/homography-sequences.ts';
import { anchorColumns, keypointColumns } from '../../../src/dataset/keypoint-benchmark.ts';
import { matchByHomography } from '../../../src/dataset/match-by-homography.ts';
import { placedKeypoints } from '../features/analytic-picture.ts';

const data = fileURLToPath(new URL('../../../../shared/data/eval', import.meta.url));
const benchmark = join(data, 'patches-oxford');

/** A benchmark that was made outside of Tessera, by rules that ours are to follow. */
describe.skipIf(!existsSync(benchmark))('matchByHomography on the keypoints of patches-oxford', () => {
  const keypointsOf = async (image: string) => {
    const { rows } = await readTable(join(benchmark, `${image}.keypoints.csv`), keypointColumns);
    return placedKeypoints(
      rows.map(({ fields }) => {
        const [x, y, size, degrees] = fields.map(Number);
        return [x, y, size, (degrees * Math.PI) / 180] as const;
      }),
    );
  };

  // Pairs of which all true pairs became anchors, not a choice.
  it.each([
    ['oxford-bark', 5],
    ['oxford-graf', 5],
    ['oxford-leuven', 6],
    ['oxford-bikes', 4],
  ])('%s, photo %i: gives its true pairs, but for those that its rounding takes over a bound', async (name, image) => {
    const [{ others }] = await readHomographySequences(join(data, 'homography'), name);
    const { imageFromImage1 } = others.find((photo) => photo.image === image)!;
    const [keypoints1, keypoints2] = await Promise.all([keypointsOf(`${name}.1`), keypointsOf(`${name}.${image}`)]);
    const { keypoint1, keypoint2 } = matchByHomography(keypoints1, keypoints2, imageFromImage1);
    const found = keypoint1.map((i, pair) => `${i} ${keypoint2[pair]}`);
    const { rows } = await readTable(join(benchmark, 'anchors.csv'), anchorColumns);
    const expected = rows.flatMap(({ fields: [sequence, k, i, j] }) =>
      sequence === name && Number(k) === image ? [`${i} ${j}`] : [],
    );
    expect(expected.length).toBeGreaterThan(100);
    const differing = [
      ...found.filter((pair) => !expected.includes(pair)),
      ...expected.filter((pair) => !found.includes(pair)),
    ];
    expect(differing.length / expected.length).toBeLessThan(0.01);
  });
});
