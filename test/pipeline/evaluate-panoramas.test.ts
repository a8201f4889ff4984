import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evaluatePanoramas, evaluationJson, evaluationTable } from '../../pipeline/evaluate-panoramas.ts';
import { runMeasured } from '../../pipeline/stitch-child.ts';
import type { StitchSet } from '../../pipeline/stitch-child.ts';
import { rotationImage, rotationReport } from '../src/evaluation/report-cameras.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-test-'));
  for (const set of ['good', 'crash', 'lonely']) await mkdir(join(folder, 'sets', set), { recursive: true });
  await mkdir(join(folder, 'truth'));
  const groups = [['a.jpg', 'b.jpg']];
  await writeFile(join(folder, 'truth/expect.json'), JSON.stringify({ good: groups, crash: groups, lonely: groups }));
  for (const set of ['good', 'crash', 'lonely']) {
    const csv = 'photo1,photo2,x1,y1,x2,y2\na.jpg,b.jpg,599.5,399.5,602.5,403.5\n';
    await writeFile(join(folder, `truth/${set}.csv`), csv);
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Three ends a stitch can come to: a panorama, no overlap (report, exit code 1), a crash (no report). */
const stitchSet: StitchSet = async (photos, _out, report) => {
  const run = { seconds: 1.25, peakMiB: 200, exitCode: 0, lastLine: '' };
  if (photos.endsWith('crash')) return { ...run, exitCode: null, lastLine: 'out of memory' };
  const lonely = photos.endsWith('lonely');
  const pair = [rotationImage(join(photos, 'a.jpg'), 0), rotationImage(join(photos, 'b.jpg'), 0)];
  const result = lonely ? rotationReport() : rotationReport(pair);
  const why = { code: 'no-overlap' as const, reason: 'no overlap', suggestion: 'overlap more' };
  if (lonely) result.rejected.push(...pair.map(({ path }) => ({ path, ...why })));
  await writeFile(report, JSON.stringify(result));
  return { ...run, exitCode: lonely ? 1 : 0, lastLine: lonely ? 'no two photos overlap' : '' };
};

describe('evaluatePanoramas', () => {
  it('measures every set and goes on after one that fails', async () => {
    const sets = await evaluatePanoramas(join(folder, 'sets'), { stitchSet, correspondences: join(folder, 'truth') });
    const failed = { used: 0, panoramas: 0, belong: 2, photos: 2, medianPct: null, p90Pct: null, seconds: 1.25 };
    // 5 px of 1200 px; 300 MiB is what the report says, more than was seen from outside.
    const pct = expect.closeTo(500 / 1200, 9) as number;
    expect(evaluationJson(sets)).toEqual({
      sets: {
        crash: { ...failed, peakMiB: 200 },
        good: { photos: 2, belong: 2, used: 2, panoramas: 1, medianPct: pct, p90Pct: pct, seconds: 1.25, peakMiB: 300 },
        lonely: { ...failed, peakMiB: 300 },
      },
    });
    const table = evaluationTable(sets);
    expect(table).toMatch(/^good +2 +2\/2 +1 +0\.417 +0\.417 +1\.3 +300$/m);
    expect(table).toMatch(/^lonely +2 +0\/2 +0 +∞ +∞/m);
    expect(table).toContain('lonely: exit code 1: no two photos overlap');
    expect(table).toContain('crash: exit code none, killed: out of memory');
    expect(table).toContain('1 of 3 sets');
  });

  it('runs only the sets asked for, keeps what they wrote, and has no errors without correspondences', async () => {
    const output = join(folder, 'kept');
    const sets = await evaluatePanoramas(join(folder, 'sets'), { stitchSet, only: ['good'], output });
    expect(sets.map((set) => [set.name, set.medianPct, set.used])).toEqual([['good', null, 2]]);
    expect(JSON.parse(await readFile(join(output, 'good.json'), 'utf8'))).toHaveProperty('panoramas');
  });

  it('does not take the report of an earlier run for that of a crash', async () => {
    const output = join(folder, 'kept');
    await mkdir(output);
    await writeFile(join(output, 'crash.json'), JSON.stringify(rotationReport([rotationImage('a.jpg', 0)])));
    const [set] = await evaluatePanoramas(join(folder, 'sets'), { stitchSet, only: ['crash'], output });
    expect(set.panoramas).toBe(0);
  });

  it('says what is missing', async () => {
    const missing = evaluatePanoramas(join(folder, 'nowhere'), { stitchSet });
    await expect(missing).rejects.toThrow('nowhere cannot be read as a folder');
    const unknown = evaluatePanoramas(join(folder, 'sets'), { stitchSet, only: ['best'] });
    await expect(unknown).rejects.toThrow('no set named best');
    const noTruth = evaluatePanoramas(join(folder, 'sets'), { stitchSet, correspondences: folder });
    await expect(noTruth).rejects.toThrow('expect.json');
  });
});

describe('runMeasured', () => {
  const node = (script: string, signal?: AbortSignal) => runMeasured(process.execPath, ['-e', script], signal);

  it('tells exit code, reason and time of a whole process', async () => {
    const run = await node('setTimeout(() => { console.error("first\\nthe reason"); process.exit(1); }, 200)');
    expect(run).toMatchObject({ exitCode: 1, lastLine: 'the reason' });
    expect(run.seconds).toBeGreaterThan(0.2);
  });

  it.runIf(process.platform === 'linux')('sees memory that was freed again', async () => {
    const script = 'let b = Buffer.alloc(3e8, 1); b = null; setTimeout(() => {}, 300)';
    expect((await node(script)).peakMiB).toBeGreaterThan(290);
  });

  it('ends the process when aborted', async () => {
    const abort = new AbortController();
    const run = node('setTimeout(() => {}, 60000)', abort.signal);
    setTimeout(() => abort.abort(new Error('stop')), 200);
    await expect(run).rejects.toThrow('stop');
  });
});
