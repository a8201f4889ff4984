import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { stitch } from '../../pipeline/index.ts';
import type { Image } from '../../src/image/image.ts';
import type { Keypoints } from '../../src/features/keypoints.ts';

const photo = (name: string): string => fileURLToPath(new URL(`../../fixtures/panoramas/row/${name}`, import.meta.url));

/** Keypoints all in one place: too little to match anything, unlike what our own detectors find. */
function hardlyAny({ width, height }: Image): Keypoints {
  const count = 20;
  return {
    count,
    x: new Float32Array(count).fill(width / 2),
    y: new Float32Array(count).fill(height / 2),
    size: new Float32Array(count).fill(5),
    angle: new Float32Array(count),
    response: new Float32Array(count),
    octave: new Int16Array(count),
    location: new Uint32Array(count),
  };
}

it('results of our detector in the workspace do not answer for a detector of the caller’s own, nor the reverse', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-custom-'));
  try {
    const options = {
      workspace: join(folder, 'workspace'),
      output: join(folder, 'p.jpg'),
      device: 'cpu',
      maxWidth: 400,
    } as const;
    const photos = [photo('01.jpg'), photo('02.jpg')];
    expect((await stitch(photos, { ...options, detect: hardlyAny })).failure).not.toBeNull();
    expect((await stitch(photos, options)).failure).toBeNull();
    expect(await readdir(join(folder, 'workspace'))).toContain('pairs');
    expect((await stitch(photos, { ...options, detect: hardlyAny })).failure).not.toBeNull();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
