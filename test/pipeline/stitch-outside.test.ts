import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Camera } from '../../fixtures/synthetic/camera.ts';
import { stitch, stitchMatches } from '../../pipeline/index.ts';
import { UsageError } from '../../src/errors.ts';
import { writeColmapDatabase } from '../../src/export/sfm/colmap-database.ts';
import { readColmapDatabase } from '../../src/export/sfm/colmap-read.ts';
import { parseReport } from '../../src/export/panorama-report.ts';
import type { SfmSet } from '../../src/scene/sfm-set.ts';
import { row, rowCameras, worstRotation } from './row-cameras.ts';
import { runCli, type Outcome } from './run-cli.ts';

describe('tessera stitch --matches', () => {
  let folder: string;
  let photos: string;
  let cameras: Camera[];
  const at = (name: string): string => join(folder, name);
  /** With the error that they may have, degrees: of Hugin's pairs 25 points are kept, of the others' some 500. */
  const sources = [
    ['row.db', 0.2],
    ['hloc', 0.2],
    ['row.pto', 0.6],
  ] as const;

  function stitchWith(source: string, inputs: readonly string[] = [photos], output = 'p.png'): Promise<Outcome> {
    const flags = ['--report', at('r.json'), '--max-width', '800', '--device', 'cpu', '--no-cache'];
    return runCli(['stitch', ...inputs, '--matches', at(source), '-o', at(output), ...flags]);
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-stitch-outside-'));
    photos = at('my phötos');
    const truth = await rowCameras();
    cameras = truth.cameras;
    await mkdir(photos);
    for (const name of truth.names) await copyFile(join(row, name), join(photos, `Platz ${name}`));
    const [colmap, hloc, hugin] = sources.map(([name]) => at(name));
    const outputs = ['--colmap', colmap, '--hloc', hloc, '--hugin', hugin, '--workspace', at('work')];
    const { code, stderr } = await runCli(['sfm', photos, ...outputs, '--quality', 'fast', '--device', 'cpu']);
    expect(code, stderr).toBe(0);
    // The other program never saw it.
    await copyFile(join(row, truth.names[0]), join(photos, 'stränge.jpg'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(sources)('stitches the photos that %s names and rejects the others', async (source, most) => {
    const { code, stdout, stderr } = await stitchWith(source);
    expect(code, stderr).toBe(0);
    const report = parseReport(JSON.parse(await readFile(at('r.json'), 'utf8')));
    expect(report.panoramas.map(({ images }) => images.length)).toEqual([cameras.length]);
    expect(worstRotation(report, cameras)).toBeLessThan(most);
    const { width, height } = await sharp(at('p.png')).metadata();
    expect([width, height]).toEqual([report.panoramas[0].width, report.panoramas[0].height]);
    expect(report.rejected).toEqual([
      expect.objectContaining({ path: join(photos, 'stränge.jpg'), reason: `${at(source)} does not name it` }),
    ]);
    expect(stdout).toContain('left out');
  });

  it('says which photos of the other program are missing and stitches the rest', async () => {
    const fewer = at('fewer');
    await cp(photos, fewer, { recursive: true });
    await rm(join(fewer, 'Platz 05.jpg'));
    const { code, stderr } = await stitchWith('row.db', [fewer]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('holds 4 of the 5 photos');
    expect(stderr).toContain('not Platz 05.jpg');
  });

  it('what it cannot stitch is wrong usage, told before any work', async () => {
    const set = await readColmapDatabase(at('row.db'));
    async function* none(): ReturnType<SfmSet['pairs']> {}
    await writeColmapDatabase(at('unmatched.db'), { ...set, pairs: none });
    await writeColmapDatabase(at('empty.db'), { ...set, cameras: [], photos: [], pairs: none });
    set.close();
    const before = await readdir(folder);

    const one = join(photos, 'Platz 01.jpg');
    const refused: [Promise<Outcome>, RegExp][] = [
      [stitchWith('row.db', [photos, row], 'x.png'), /one folder.* received 2 paths/],
      [stitchWith('row.db', [one], 'x.png'), /one folder.*Platz 01\.jpg is a file/],
      [stitchWith('row.db', [at('nowhere')], 'x.png'), /there is no .*nowhere/],
      [stitchWith('nothing.db', [photos], 'x.png'), /nothing\.db: no such file/],
      [stitchWith('p.png', [photos], 'x.png'), /p\.png: expected a Hugin project \(\.pto\), a COLMAP database/],
      [stitchWith('unmatched.db', [photos], 'x.png'), /unmatched\.db: holds no matches/],
      [stitchWith('empty.db', [photos], 'x.png'), /empty\.db: holds neither photos nor matches/],
    ];
    for (const [outcome, message] of refused) {
      expect(await outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
    }
    expect(await readdir(folder)).toEqual(before);
  });

  it('is an option of stitch, not of stitchMatches', async () => {
    const options = { output: at('library.jpg'), maxWidth: 400, device: 'cpu', cache: false } as const;
    const { report, failure } = await stitch(photos, { ...options, matches: at('hloc') });
    expect(failure).toBeNull();
    expect(report.panoramas[0].images).toHaveLength(cameras.length);
    const both = { ...options, matches: at('hloc') };
    await expect(stitchMatches([], [], both)).rejects.toThrow(UsageError);
  });
});
