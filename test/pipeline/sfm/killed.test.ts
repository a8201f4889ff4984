import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../../src/math/random.ts';
import { cliFile, normalFlags, rowsOf, square, tessera } from './sfm-runs.ts';

/** A run that is killed at any moment goes on where it was: nothing is lost but what was being worked on. */
const isSlow = process.env.TESSERA_SLOW === '1';
if (!isSlow)
  console.warn(
    'SKIPPED: kills at ten moments and in the last stages; TESSERA_SLOW=1 runs them, three kills do for now',
  );

let folder: string;
let expected: ReturnType<typeof rowsOf>;
let bytes: Buffer;
const at = (name: string): string => join(folder, name);
const argsOf = (name: string): string[] => [
  ...['sfm', join(square, 'images'), ...normalFlags],
  ...['--workspace', at(`${name} work`), '--colmap', at(`${name}.db`)],
];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera killed-'));
  expect(await tessera(argsOf('whole'))).toMatchObject({ code: 0 });
  expected = rowsOf(at('whole.db'));
  bytes = await readFile(at('whole.db'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Whole entries of a workspace, each with the number of its file, which another writing would change. */
async function entriesOf(workspace: string): Promise<Map<string, bigint>> {
  const entries = await readdir(workspace, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.name.endsWith('.bin'))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(files.map(async (file) => [file, (await stat(file, { bigint: true })).ino] as const)),
  );
}

/**
 * `kill -9`, some ms after `isTime` first says so: moments in what is done, as times say little of it on a busy machine.
 * @returns whether that was before the end
 */
async function runAndKill(name: string, isTime: () => Promise<boolean>, ms: number): Promise<boolean> {
  const child = spawn(process.execPath, [cliFile, ...argsOf(name)], { stdio: 'ignore' });
  let isOver = false;
  const over = new Promise<boolean>((resolve) => {
    child.on('close', (_, signal) => {
      isOver = true;
      resolve(signal === 'SIGKILL');
    });
  });
  while (!isOver && !(await isTime())) await setTimeout(3);
  await setTimeout(ms);
  child.kill('SIGKILL');
  return over;
}

const hasEntries =
  (name: string, count: number): (() => Promise<boolean>) =>
  async () =>
    (await entriesOf(at(`${name} work`))).size >= count;
/** A database that is being written has a name of its own. */
const isWriting =
  (name: string): (() => Promise<boolean>) =>
  async () =>
    (await readdir(folder)).some((file) => file.startsWith(`.${name}.db.`));
const isSettling =
  (name: string): (() => Promise<boolean>) =>
  async () =>
    (await readdir(at(`${name} work/links`)).catch(() => [])).length > 0;

/** Keypoints of six photos and what is remembered of each, matches of 15 pairs, what others led to in each photo, and what verifying pairs gave. */
const entryCount = 6 + 6 + 15 + 6 + 15;
const random = createRandom(20);
const count = isSlow ? 10 : 3;
const moments = Array.from(
  { length: count },
  (_, i) => [`${i + 1} of ${count}`, Math.floor((entryCount * (i + random.next())) / count)] as const,
);

async function expectResumed(name: string): Promise<void> {
  const workspace = at(`${name} work`);
  const before = await entriesOf(workspace);
  expect(await tessera(argsOf(name))).toMatchObject({ code: 0 });
  expect(rowsOf(at(`${name}.db`))).toEqual(expected);
  expect((await readFile(at(`${name}.db`))).equals(bytes)).toBe(true);
  const after = await entriesOf(workspace);
  for (const [entry, inode] of before) expect(after.get(entry), `${entry} was written again`).toBe(inode);
  const whole = await entriesOf(at('whole work'));
  expect(after.size).toBe(whole.size);
  const { length } = [...before.keys()];
  console.log(`${name}: ${length} of ${whole.size} entries were there when it went on`);
}

it.each(moments)('killed at moment %s: goes on to the same database, and does nothing twice', async (name, entries) => {
  expect(await runAndKill(name, hasEntries(name, entries), 30 * random.next())).toBe(true);
  await expectResumed(name);
});

it.runIf(isSlow).each([
  ['settling', isSettling('settling')],
  ['writing', isWriting('writing')],
])('killed while %s', async (name, isTime) => {
  expect(await runAndKill(name, isTime, 0)).toBe(true);
  await expectResumed(name);
});

it.runIf(isSlow)('killed over and over: the end is reached all the same', async () => {
  for (let run = 1; run <= 6; run++) await runAndKill('often', hasEntries('often', 6 * run), 20 * random.next());
  await expectResumed('often');
});
