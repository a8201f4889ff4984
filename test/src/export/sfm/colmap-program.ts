import { execFile, spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import type { SfmPhoto } from '../../../../src/scene/sfm-set.ts';

/** Whether COLMAP itself is here to read what is written; says so where it is not. */
export function hasColmap(): boolean {
  const isHere = spawnSync('colmap', ['help'], { env: environment }).status === 0;
  if (!isHere) console.warn('COLMAP is not installed: tests with it are skipped.');
  return isHere;
}

// It wants a screen otherwise, even where it shows nothing.
const environment = { ...process.env, QT_QPA_PLATFORM: 'offscreen' };

/** Runs a command of COLMAP and gives what it says. */
export async function colmap(command: string, options: Readonly<Record<string, string | number>>): Promise<string> {
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout, stderr } = await promisify(execFile)('colmap', [command, ...flags], {
    env: environment,
    maxBuffer: 1 << 26,
    // Its matchers sometimes wait for ever where they were to use a GPU.
    timeout: 120_000,
  });
  return stdout + stderr;
}

/** Plain grey files for the photos: COLMAP looks into them for colours. */
export async function writeGreyPhotos(folder: string, photos: readonly SfmPhoto[]): Promise<void> {
  for (const { name, width, height } of photos) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const grey = sharp({ create: { width, height, channels: 3, background: '#808080' } });
    await writeFile(path, await grey.jpeg().toBuffer());
  }
}
