import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Rejection, UsageError } from '../src/errors.ts';
import { listPhotos } from '../src/image/list-photos.ts';
import type { StitchResult } from './finish-stitch.ts';
import { type OutsideMatches, readOutsideMatches } from './outside-matches.ts';
import { type StitchContext, type StitchHooks, withContext } from './stitch-context.ts';
import { finishMatches, pairPoints } from './stitch-matches.ts';

/**
 * Stitches what another program matched: does what `tessera stitch --matches` does. Photos that it does not name are rejected.
 * @param inputs one folder: that of the photos which were matched
 * @param source the other program's matches, of a kind that `readOutsideMatches` knows
 * @throws UsageError where there is not one folder, no such source or no match in it; DataError where it is damaged or about other photos;
 * and as `stitch`
 */
export async function stitchOutside(
  inputs: string | readonly string[],
  source: string,
  hooks: StitchHooks,
  options: StitchContext['options'],
): Promise<StitchResult> {
  const folder = await oneFolder(inputs);
  const { photos, matches, missing } = await readOutsideMatches(folder, source);
  const names = missing.length > 0 ? `, not ${someOf(missing)}` : '';
  if (matches.length === 0) {
    throw new UsageError(
      `${source}: holds no matches of two photos in ${folder}, which has ${photos.length} of its photos${names}. ` +
        'Match them first, or name the folder of all of them.',
    );
  }
  const pairs = pairPoints(photos, matches);
  const rejected = await unnamedPhotos(photos, source);
  return withContext(options, hooks, (context) => {
    if (missing.length > 0) {
      const text = `${folder} holds ${photos.length} of the ${photos.length + missing.length} photos of ${source}${names}`;
      context.observe({ type: 'message', level: 'warning', text });
    }
    return finishMatches(photos, pairs, rejected, context);
  });
}

async function oneFolder(inputs: string | readonly string[]): Promise<string> {
  const paths = typeof inputs === 'string' ? [inputs] : inputs;
  const expected = 'option "matches": expected one folder, that of the photos which were matched, but';
  if (paths.length !== 1) throw new UsageError(`${expected} received ${paths.length} paths`);
  const [folder] = paths;
  const stats = await stat(folder).catch(() => null);
  if (stats === null) throw new UsageError(`${expected} there is no ${folder}`);
  if (!stats.isDirectory()) throw new UsageError(`${expected} ${folder} is a file`);
  return folder;
}

/** A message names so many photos. */
const namesShown = 3;

function someOf(names: readonly string[]): string {
  const rest = names.length - namesShown;
  return names.slice(0, namesShown).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** Those that lie beside photos which the other program names. */
async function unnamedPhotos(named: OutsideMatches['photos'], source: string): Promise<Rejection[]> {
  // Systems differ in how they write accents.
  const fileOf = (path: string): string => resolve(path).normalize();
  const known = new Set(named.map(({ path }) => fileOf(path)));
  const beside = await listPhotos([...new Set(named.map(({ path }) => dirname(path)))]);
  return beside
    .filter((path) => !known.has(fileOf(path)))
    .map((path) => ({
      path,
      code: 'no-overlap',
      reason: `${source} does not name it`,
      suggestion: 'Match it with the others first.',
    }));
}
