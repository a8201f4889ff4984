import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentOf, copyPhotos, fastFlags, plane, row, tessera } from './sfm-runs.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera sfm-'));
  await copyPhotos(at('photos'), plane, { 'a.jpg': '1.jpg', 'b.jpg': '2.jpg', 'in/c.jpg': '3.jpg' });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]): ReturnType<typeof tessera> =>
  tessera(['sfm', at('photos'), ...fastFlags, '--workspace', at('work'), ...args]);
const says = (text: string) => expect.stringContaining(text) as string;

describe('tessera sfm', () => {
  it('writes a database and a report, and says what it did', async () => {
    const { code, stdout, stderr } = await run('--colmap', at('new.db'), '--report', at('report.json'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: says('matching photo pairs: 3') });
    expect(stdout).toContain('3 photos, 3 pairs compared, 3 verified');
    expect(stdout).toContain('new.db: 3 photos, 3 pairs');
    const report = JSON.parse(await readFile(at('report.json'), 'utf8')) as { pairs: unknown };
    expect(report.pairs).toMatchObject({ compared: 3, verified: 3 });
    expect((await contentOf(at('new.db'))).names).toEqual(['a.jpg', 'b.jpg', 'in/c.jpg']);
    expect((await readdir(at('photos'))).toSorted()).toEqual(['a.jpg', 'b.jpg', 'in']);
    const json = await run('--colmap', at('new.db'), '--json', '--quiet');
    expect(json).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ photos: 3, workspace: at('work') });
  });

  it('files that are no photos are reported, and the rest goes on', async () => {
    const whole = await readFile(join(plane, '1.jpg'));
    await writeFile(at('photos/cut.jpg'), whole.subarray(0, whole.length >> 1));
    await writeFile(at('photos/empty.jpg'), '');
    await writeFile(at('photos/text.jpg'), 'this is a letter');
    await writeFile(at('photos/readme.txt'), 'no photo, and nobody says so');
    const { code, stdout } = await run('--colmap', at('new.db'));
    expect(code).toBe(0);
    for (const name of ['cut.jpg', 'empty.jpg', 'text.jpg'])
      expect(stdout).toContain(`left out: ${at('photos/')}${name} `);
    expect(stdout).toContain('3 photos, 3 pairs compared, 3 verified');
    expect((await contentOf(at('new.db'))).names).toEqual(['a.jpg', 'b.jpg', 'in/c.jpg']);
  });

  it('photos that show nothing in common: exit code 1, and no database', async () => {
    await copyPhotos(at('apart'), plane, { 'a.jpg': '1.jpg' });
    await copyPhotos(at('apart'), row, { 'b.jpg': '03.jpg' });
    const outcome = await tessera([
      'sfm',
      at('apart'),
      ...fastFlags,
      '--workspace',
      at('work'),
      '--colmap',
      at('new.db'),
    ]);
    expect(outcome).toMatchObject({ code: 1, stderr: says('no two photos share a geometry') });
    expect(await readdir(folder)).not.toContain('new.db');
  });
});

describe('wrong usage and bad data are told before any work', () => {
  const cases: [string, number, string, () => Promise<string[]>][] = [
    ['a flag that is none', 2, '--colmab', () => Promise.resolve(['--colmab', 'x'])],
    ['a shard beyond the last', 2, 'received "3/2"', () => Promise.resolve(['--shard', '3/2'])],
    ['an output folder that holds something', 2, 'holds a.jpg', () => Promise.resolve(['--openmvg', at('photos')])],
    ['a folder that does not exist', 2, 'make it first', () => Promise.resolve(['--colmap', at('no/new.db')])],
    ['a database that is a folder', 2, 'this is a folder', () => Promise.resolve(['--colmap', at('photos')])],
    ['a folder within a file', 2, 'a.jpg', () => Promise.resolve(['--hloc', at('photos/a.jpg/out')])],
    ['a workspace to merge that is none', 2, 'nowhere', () => Promise.resolve(['--merge', at('nowhere')])],
    [
      'a workspace to merge with nothing in it',
      2,
      'nothing was computed',
      () => Promise.resolve(['--merge', at('photos')]),
    ],
    ['masks that are nowhere', 2, 'folder of masks', () => Promise.resolve(['--masks', at('nowhere')])],
    ['a list of photos that is nowhere', 2, 'cannot be read', () => Promise.resolve(['--image-list', at('no.txt')])],
    ['a list of pairs that is nowhere', 2, 'cannot be read', () => Promise.resolve(['--pairs', at('no.txt')])],
    ['cameras that are nowhere', 2, 'no such file of cameras', () => Promise.resolve(['--intrinsics', at('no.json')])],
    [
      'a database that is none',
      1,
      'no SQLite file',
      () => file('--colmap', 'a.db', 'this is a letter, and quite a long one'),
    ],
    [
      'a list that names a photo that is not there',
      1,
      '"z.jpg"',
      () => file('--image-list', 'list.txt', 'a.jpg\nz.jpg'),
    ],
    ['a list of one photo', 1, 'found 1', () => file('--image-list', 'list.txt', 'a.jpg')],
    [
      'a pair with a photo that is not there',
      1,
      'line 2: "z.jpg"',
      () => file('--pairs', 'list.txt', 'a.jpg b.jpg\na.jpg z.jpg'),
    ],
    ['cameras that are no JSON', 1, 'cameras.json', () => file('--intrinsics', 'cameras.json', '{')],
    ['a camera of a photo that is not there', 1, '"z.jpg"', () => camera('z.jpg', 'PINHOLE', [1, 1, 1, 1])],
    ['a model that is none', 1, 'model', () => camera('*', 'FISHEYE', [1, 1, 1])],
    ['a camera with too few parameters', 1, 'fx, fy, cx, cy', () => camera('*', 'PINHOLE', [700, 400, 300])],
    ['a focal length below zero', 1, 'fx, fy, cx, cy', () => camera('*', 'PINHOLE', [700, -700, 400, 300])],
  ];
  async function file(flag: string, name: string, text: string): Promise<string[]> {
    await writeFile(at(name), text);
    return [flag, at(name)];
  }
  const camera = (name: string, model: string, params: number[]): Promise<string[]> =>
    file('--intrinsics', 'cameras.json', JSON.stringify({ [name]: { model, params } }));

  it.each(cases)('%s: exit code %i', async (_, code, text, flags) => {
    const outcome = await run(...(await flags()));
    expect(outcome).toMatchObject({ code, stdout: '', stderr: says(text) });
    expect(outcome.stderr).not.toContain('unexpected error');
    expect(outcome.stderr).not.toContain('finding keypoints');
  });

  it.each([
    ['no folder', 'nowhere', 2, 'nowhere'],
    ['a file in place of a folder', 'photos/a.jpg', 2, 'cannot be read as a folder'],
    ['a folder with one photo', 'photos/in', 1, 'found 1'],
  ])('%s', async (_, photos, code, text) => {
    const outcome = await tessera(['sfm', at(photos), ...fastFlags, '--workspace', at('work')]);
    expect(outcome).toMatchObject({ code, stdout: '', stderr: says(text) });
  });

  it('one photo that can be read is not enough, and the other is named', async () => {
    await writeFile(at('photos/in/d.jpg'), 'this is a letter');
    const outcome = await tessera(['sfm', at('photos/in'), ...fastFlags, '--workspace', at('work')]);
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: says('d.jpg') });
  });

  it('a workspace in a file', async () => {
    const outcome = await tessera(['sfm', at('photos'), ...fastFlags, '--workspace', at('photos/a.jpg/work')]);
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: says('--workspace') });
    expect(outcome.stderr).not.toContain('unexpected error');
  });
});

/** Whoever may do everything is refused nothing. */
const isRoot = process.getuid?.() === 0;
if (isRoot) console.warn('SKIPPED: places that may not be written to, as these tests run as root');

describe.skipIf(isRoot)('places that may not be written to', () => {
  it.each([
    ['--colmap', 'closed/new.db', 2],
    ['--hloc', 'closed/hloc', 2],
    ['--workspace', 'closed/work', 1],
  ])('%s', async (flag, name, code) => {
    await mkdir(at('closed'));
    await chmod(at('closed'), 0o500);
    const outcome = await run(flag, at(name));
    await chmod(at('closed'), 0o700);
    expect(outcome).toMatchObject({ code, stdout: '', stderr: says(at('closed')) });
    expect(outcome.stderr).not.toContain('finding keypoints');
  });
});

it.each([0, 150, 300])('Ctrl-C %i ms after it began: exit code 130, and no database', async (ms) => {
  // A thread that is ended while a network computes would take the process with it.
  let isAsked = false;
  const outcome = await tessera(
    ['sfm', at('photos'), ...fastFlags, '--workspace', at('work'), '--colmap', at('new.db')],
    (kill, stderr) => {
      if (!isAsked && stderr.includes('reading photos')) setTimeout(() => kill('SIGINT'), ms);
      isAsked ||= stderr.includes('reading photos');
    },
  );
  expect(outcome).toMatchObject({ code: 130, stderr: says('interrupted') });
  await expect(stat(at('new.db'))).rejects.toThrow('ENOENT');
});
