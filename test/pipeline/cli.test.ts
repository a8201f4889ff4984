import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseReport } from '../../src/export/panorama-report.ts';
import { runCli as run } from './run-cli.ts';

const row = fileURLToPath(new URL('../../fixtures/panoramas/row', import.meta.url));
const fastFlags = ['--quality', 'fast', '--max-width', '800', '--device', 'cpu', '--no-cache'];

describe('tessera stitch', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const photos = async (): Promise<string[]> => (await readdir(row)).filter((name) => name.endsWith('.jpg')).sort();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-cli-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('wrong usage ends with 2 and says what was expected', async () => {
    expect(await run(['stitch'])).toMatchObject({ code: 2, stderr: expect.stringContaining('photos') });
    expect(await run(['stitch', row, '-o', at('p.jpg'), '--qualty', 'fast'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--qualty'),
    });
    expect(await run(['stitch', row])).toMatchObject({ code: 2, stderr: expect.stringContaining('-o pano.jpg') });
    expect(await run(['stitch', row, '-o', at('p.gif')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('gif'),
    });
    expect(await run(['stitch', at('nowhere'), '-o', at('p.jpg')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nowhere'),
    });
    expect(await run(['stitch', row, '-o', at('p.jpg'), '--scale', 'big'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('number'),
    });
    expect(await run(['stitch', row, '-o', at('p.jpg'), '--model', 'nonsense'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nonsense'),
    });
    expect(await run(['frobnicate'])).toMatchObject({ code: 2, stderr: expect.stringContaining('frobnicate') });
  });

  it('a folder without photos, one photo, and the same photo twice end with 1, the reason and a report', async () => {
    const [first] = await photos();
    await mkdir(at('empty'));
    await writeFile(join(at('empty'), 'notes.txt'), 'no photo');
    expect(await run(['stitch', at('empty'), '-o', at('p.jpg'), ...fastFlags])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('empty'),
    });
    const one = await run(['stitch', join(row, first), '-o', at('p.jpg'), ...fastFlags]);
    expect(one).toMatchObject({ code: 1, stderr: expect.stringMatching(/at least two photos, received 1/) });
    await mkdir(at('twice'));
    await copyFile(join(row, first), join(at('twice'), 'a.jpg'));
    await copyFile(join(row, first), join(at('twice'), 'b.jpg'));
    const twice = await run(['stitch', at('twice'), '-o', at('p.jpg'), '--report', at('r.json'), ...fastFlags]);
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('same pixels') });
    const report = parseReport(JSON.parse(await readFile(at('r.json'), 'utf8')));
    expect(report.panoramas).toEqual([]);
    expect(report.rejected.map(({ code }) => code)).toContain('duplicate');
    await expect(stat(at('p.jpg'))).rejects.toThrow();
  });

  it('rejects damaged photos by name and stitches the rest', async () => {
    const [first, second, third] = await photos();
    const set = at('mixed set');
    await mkdir(set);
    await copyFile(join(row, first), join(set, 'ä first.jpg'));
    await copyFile(join(row, second), join(set, 'second.jpg'));
    const whole = await readFile(join(row, third));
    await writeFile(join(set, 'truncated.jpg'), whole.subarray(0, whole.length / 3));
    await writeFile(join(set, 'empty.jpg'), '');
    await writeFile(join(set, 'text.jpg'), 'not a photo at all');
    await sharp({ create: { width: 300, height: 200, channels: 3, background: '#808080' } })
      .jpeg()
      .toFile(join(set, 'blank.jpg'));
    const { code, stdout } = await run(['stitch', set, '-o', at('p.png'), '--report', at('r.json'), ...fastFlags]);
    expect(code).toBe(0);
    const { panoramas, rejected } = parseReport(JSON.parse(await readFile(at('r.json'), 'utf8')));
    expect(panoramas.map(({ images }) => images.map(({ path }) => path))).toEqual([
      [join(set, 'ä first.jpg'), join(set, 'second.jpg')],
    ]);
    expect(Object.fromEntries(rejected.map(({ path, code: why }) => [path.slice(set.length + 1), why]))).toEqual({
      'truncated.jpg': 'unreadable',
      'empty.jpg': 'unreadable',
      'text.jpg': 'unreadable',
      'blank.jpg': 'little-texture',
    });
    expect(stdout).toContain('truncated.jpg');
    const picture = await sharp(at('p.png')).metadata();
    expect([picture.width, picture.height, picture.hasAlpha]).toEqual([panoramas[0].width, panoramas[0].height, true]);
  });

  it('photos without overlap end with 1 and a reason for each', async () => {
    const [first] = await photos();
    await mkdir(at('apart'));
    await copyFile(join(row, first), join(at('apart'), 'a.jpg'));
    const noise = Buffer.from(Uint8Array.from({ length: 640 * 480 * 3 }, (_, i) => (i * i * 7919) >> 5));
    await sharp(noise, { raw: { width: 640, height: 480, channels: 3 } })
      .blur(2)
      .jpeg()
      .toFile(join(at('apart'), 'b.jpg'));
    const outcome = await run(['stitch', at('apart'), '-o', at('p.jpg'), '--report', at('r.json'), ...fastFlags]);
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining('overlap') });
    const { rejected } = parseReport(JSON.parse(await readFile(at('r.json'), 'utf8')));
    expect(rejected.map(({ code }) => code)).toEqual(['no-overlap', 'no-overlap']);
  });

  it('an interrupt ends with 130 and leaves nothing half-written', async () => {
    let sent = false;
    const outcome = await run(
      ['stitch', row, '-o', at('p.jpg'), '--report', at('r.json'), '--no-cache'],
      (kill, stderr) => {
        if (sent || !stderr.includes('finding keypoints')) return;
        sent = true;
        kill('SIGINT');
      },
    );
    expect(outcome).toMatchObject({ code: 130, stderr: expect.stringContaining('interrupted') });
    expect(await readdir(folder)).toEqual([]);
  });

  it('an output folder that does not exist is told by name', async () => {
    const [first, second] = await photos();
    const args = [join(row, first), join(row, second), '-o', join(at('missing'), 'p.jpg'), ...fastFlags];
    const { code, stderr } = await run(['stitch', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/missing does not exist/);
  });

  it('--json prints the report and nothing else on stdout', async () => {
    const [first, second] = await photos();
    const args = [join(row, first), join(row, second), '-o', at('p.webp'), '--json', '--quiet', ...fastFlags];
    const { code, stdout, stderr } = await run(['stitch', ...args]);
    expect([code, stderr]).toEqual([0, '']);
    expect(parseReport(JSON.parse(stdout)).panoramas).toHaveLength(1);
  });
});
