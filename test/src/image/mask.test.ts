import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWanted, readMask } from '../../../src/image/mask.ts';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'tessera masks-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Black on the left, white on the right. */
async function halfMask(name: string, channels: 1 | 3 | 4, left: readonly number[], right: readonly number[]) {
  const [width, height] = [40, 10];
  const data = Buffer.from(Array.from({ length: width * height }, (_, i) => (i % width < 20 ? left : right)).flat());
  await sharp(data, { raw: { width, height, channels } }).png().toFile(join(folder, name));
  return readMask(join(folder, name));
}

describe('masks', () => {
  it.each([
    ['grey', 1, [0], [255]],
    ['colour', 3, [0, 0, 0], [255, 255, 255]],
    ['any light is wanted', 3, [0, 0, 0], [9, 9, 9]],
    ['see-through is not wanted, whatever its colour', 4, [255, 255, 255, 0], [255, 255, 255, 255]],
  ] as const)('%s', async (name, channels, left, right) => {
    const mask = await halfMask(`${name}.png`, channels, left, right);
    expect(mask).toMatchObject({ width: 40, height: 10 });
    // Shares of the photo's size: the mask may be smaller than the photo.
    expect([0, 0.25, 0.499].map((u) => isWanted(mask, u, 0.5))).toEqual([false, false, false]);
    expect([0.501, 0.75, 1].map((u) => isWanted(mask, u, 1))).toEqual([true, true, true]);
  });

  it('with one bit a pixel', async () => {
    const data = Buffer.from(Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 0 : 255)));
    const path = join(folder, 'bit.png');
    await sharp(data, { raw: { width: 8, height: 8, channels: 1 } })
      .png({ palette: true, colours: 2 })
      .toFile(path);
    const mask = await readMask(path);
    expect([0.2, 0.8].map((u) => isWanted(mask, u, 0.5))).toEqual([false, true]);
  });

  it('one that cannot be read is named', async () => {
    const path = join(folder, 'broken.png');
    await writeFile(path, 'no picture');
    await expect(readMask(path)).rejects.toThrow(/broken\.png: cannot be read as a mask .*Save it as a grey PNG/);
  });
});
