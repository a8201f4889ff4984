import type { Command } from 'commander';
import type { MatchesFile } from '../src/export/matches-file.ts';
import { addOptions, givenOptions } from './cli-options.ts';
import { matchOptions, type MatchOptions } from './match-options.ts';
import { createConsoleObserver } from './observer.ts';

/**
 * Adds `tessera match <photo1> <photo2>`.
 * @param done told whether the photos share a geometry
 */
export function addMatchCommand(program: Command, signal: AbortSignal, done: (found: boolean) => void): void {
  const command = program
    .command('match')
    .description('find the matches of two photos and the geometry that they show')
    .argument('<photo1>', 'a photo')
    .argument('<photo2>', 'another of the same place')
    .exitOverride();
  addOptions(command, matchOptions);
  command.action(async (photo1: string, photo2: string) => {
    const options = givenOptions(command) as MatchOptions;
    const { match } = await import('./match.ts');
    const progress = options.quiet ? null : createConsoleObserver();
    try {
      const file = await match(photo1, photo2, { ...options, signal, onProgress: progress?.observe });
      progress?.close();
      process.stdout.write(options.json ? `${JSON.stringify(file)}\n` : summary(file));
      if (file.geometry.kind === 'none') process.stderr.write(`tessera: ${failure(file)}\n`);
      done(file.geometry.kind !== 'none');
    } finally {
      progress?.close();
    }
  });
}

const matrixNames = { homography: 'homography', fundamental: 'fundamental matrix', essential: 'essential matrix' };

function summary({ matches, geometry }: MatchesFile): string {
  if (geometry.kind === 'none') return '';
  const { kind, inliers, reason } = geometry;
  return `${inliers.length} of ${matches.length} matches agree with one ${matrixNames[kind]}: ${reason}\n`;
}

function failure({ image1, image2, geometry }: MatchesFile): string {
  return `no geometry between ${image1.path} and ${image2.path} (${geometry.verdict}): ${geometry.reason}`;
}
