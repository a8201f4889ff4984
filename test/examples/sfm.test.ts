import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readColmap, readHloc } from '../../pipeline/index.ts';
import { cli, runProgram } from '../pipeline/run-cli.ts';
import { hasColmap } from '../src/export/sfm/colmap-program.ts';

const courtyard = fileURLToPath(new URL('../../fixtures/scenes/courtyard/images', import.meta.url));
const example = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

let folder: string;
let photos: string;
const at = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-sfm-examples-'));
  photos = at('Höfe 1');
  await cp(courtyard, photos, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('sfm-pipeline.mjs', () => {
  it('ends at an interrupt, goes on when it runs again, and shows what it wrote', async () => {
    const run = [example('sfm-pipeline.mjs'), photos, at('results')];
    let isSent = false;
    const interrupted = await runProgram(process.execPath, run, {}, (kill, stderr) => {
      if (isSent || !stderr.includes('detect 6/6')) return;
      isSent = true;
      kill('SIGINT');
    });
    expect(interrupted).toMatchObject({ code: 130, stdout: '', stderr: expect.stringContaining('run it again') });
    expect(await readdir(at('results'))).toEqual(['work']);

    const { code, stdout, stderr } = await runProgram(process.execPath, run);
    expect(code, stderr).toBe(0);
    const [summary, ...pairs] = stdout.trimEnd().split('\n');
    expect(summary).toMatch(/^6 photos, 15 pairs compared, \d+ of them verified$/);
    expect(pairs.length).toBe(Number(/(\d+) of them/.exec(summary)![1]));
    expect(pairs[0]).toMatch(/^01\.jpg – 02\.jpg: \d{2,} matches, uncalibrated$/);
    const [colmap, hloc] = [await readColmap(at('results/database.db')), await readHloc(at('results/hloc'))];
    expect(hloc.photos.map(({ name }) => name)).toEqual(colmap.photos.map(({ name }) => name));
    colmap.close();
  });

  it('says what it expects', async () => {
    const outcome = await runProgram(process.execPath, [example('sfm-pipeline.mjs')]);
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('usage') });
  });
});

describe.skipIf(process.platform === 'win32')('colmap.sh', () => {
  const bash = process.platform === 'win32' ? '' : execFileSync('sh', ['-c', 'command -v bash'], { encoding: 'utf8' }).trim(); // prettier-ignore

  /** A folder for PATH where `tessera` is, as after an installation. */
  async function installTessera(): Promise<string> {
    const bin = at('bin');
    await mkdir(bin);
    await writeFile(join(bin, 'tessera'), `#!${bash}\nexec '${process.execPath}' '${cli}' "$@"\n`);
    await chmod(join(bin, 'tessera'), 0o755);
    return bin;
  }

  it.skipIf(!hasColmap())('reconstructs all photos from what Tessera matched', async () => {
    for (const name of ['05.jpg', '06.jpg']) await rm(join(photos, name));
    const PATH = `${await installTessera()}:${process.env.PATH}`;
    const { code, stdout, stderr } = await runProgram(bash, [example('colmap.sh'), photos, at('results')], { PATH });
    expect(code, stderr).toBe(0);
    // COLMAP 3.8 prints it on stdout, later ones on stderr.
    expect(stdout + stderr).toMatch(/Registered images: 4/);
    expect((await readFile(at('results/sparse/0/images.bin'))).length).toBeGreaterThan(0);
  });

  it('says what is not installed', async () => {
    const run = [example('colmap.sh'), photos, at('results')];
    expect(await runProgram(bash, run, { PATH: at('nothing') })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('tessera is not installed'),
    });
    expect(await runProgram(bash, run, { PATH: await installTessera() })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('colmap is not installed'),
    });
    expect(await readdir(folder)).not.toContain('results');
    expect(await runProgram(bash, run.slice(0, 2))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('usage'),
    });
  });
});
