import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { parseCorrespondences, parseExpectedPanoramas } from '../../../src/evaluation/correspondences.ts';
import { measurePanoramas } from '../../../src/evaluation/panorama-errors.ts';
import { rotationImage, rotationReport } from './report-cameras.ts';

const data = resolve(import.meta.dirname, '../../../../shared/data');
const found = existsSync(data);
if (!found)
  console.warn('SKIPPED: ../shared/data is not there, so nothing is compared with known errors of AutoStitch');

/**
 * AutoStitch's cameras for the photos of a set. Its file has nine lines a photo: name, width and height, K, R, f.
 * Its vectors are (row, column, 1), so the first two rows and columns of its R change places.
 */
async function autoStitchReport(set: string) {
  const folder = join(data, 'panoramas', set);
  const files = readdirSync(folder);
  const blocks = readFileSync(join(folder, 'pano.txt'), 'utf8').split(/\n(?=.*\.jpg)/i);
  const images = blocks.map(async (block) => {
    const [path, ...rest] = block.trim().split(/\s*\n\s*/);
    const name = path.split('\\').at(-1)!.toLowerCase();
    const file = files.find((f) => f.toLowerCase().endsWith(name))!;
    const numbers = rest.join(' ').split(/\s+/).map(Number);
    const K = numbers.slice(2, 11);
    const R = numbers.slice(11, 20);
    const { width, height } = await sharp(join(folder, file)).metadata();
    const scale = width / numbers[0];
    const focal = numbers[20] * K[0] * scale;
    return rotationImage(file, 0, {
      width,
      height,
      K: [
        [focal, 0, (K[5] + 0.5) * scale - 0.5],
        [0, focal, (K[2] + 0.5) * scale - 0.5],
        [0, 0, 1],
      ],
      R: [
        [R[4], R[3], R[5]],
        [R[1], R[0], R[2]],
        [R[7], R[6], R[8]],
      ],
    });
  });
  return rotationReport(await Promise.all(images));
}

describe.skipIf(!found)('the error of AutoStitch on real photographs', () => {
  it.each([
    ['NISwGSP-cise', 0.117],
    ['NISwGSP-denny', 0.375],
    ['NISwGSP-grail', 0.282],
    ['NISwGSP-parrington', 0.184],
    ['hsiaoyi_chairs', 0.096],
    ['hsiaoyi_grass2', 0.124],
    ['hsiaoyi_night2d', 0.378],
  ])('on %s is the published %f %%', async (set, published) => {
    const read = (name: string) => readFileSync(join(data, 'eval/panoramas', name), 'utf8');
    const groups = parseExpectedPanoramas(JSON.parse(read('expect.json')))[set];
    const errors = measurePanoramas(await autoStitchReport(set), parseCorrespondences(read(`${set}.csv`)), groups);
    expect(errors.medianPct).toBeCloseTo(published, 3);
    expect(errors.used).toBe(errors.belong);
  });
});
