import type { Command } from 'commander';
import { addOptions, givenOptions } from './cli-options.ts';
import { datasetHomographyOptions } from './dataset-homography-options.ts';
import { datasetMineOptions } from './dataset-mine-options.ts';
import { datasetPhotosOptions } from './dataset-photos-options.ts';
import { datasetSfmOptions } from './dataset-sfm-options.ts';
import { datasetShowOptions } from './dataset-show-options.ts';
import { createConsoleObserver, type Observer, silentObserver } from './observer.ts';
import { resolveOptions } from './options.ts';
import type { SetCounts } from './set-builder.ts';

/** Adds `tessera dataset …`: the commands that make, complete and show sets of patches. */
export function addDatasetCommands(program: Command, signal: AbortSignal): void {
  const dataset = program.command('dataset').description('make and show sets of patches to train and measure on');

  const photos = dataset
    .command('photos')
    .description('make a set from single photos: each is rendered as if seen from elsewhere')
    .argument('<photos...>', 'photos or folders of photos')
    .exitOverride();
  addOptions(photos, datasetPhotosOptions);
  photos.action(async (inputs: string[]) => {
    const options = resolveOptions(datasetPhotosOptions, givenOptions(photos));
    await print(options.quiet, async (observe) => {
      const { makePhotosDataset } = await import('./dataset-photos.ts');
      const made = await makePhotosDataset(inputs, options, signal, observe);
      return describeSet(options.output!, made, made.skipped.length);
    });
  });

  const sfm = dataset
    .command('sfm')
    .description('make a set from photos that COLMAP has placed')
    .argument('<folder>', 'the photos, as COLMAP was given them')
    .exitOverride();
  addOptions(sfm, datasetSfmOptions);
  sfm.action(async (folder: string) => {
    const options = resolveOptions(datasetSfmOptions, givenOptions(sfm));
    await print(options.quiet, async (observe) => {
      const { makeSfmDataset } = await import('./dataset-sfm.ts');
      const made = await makeSfmDataset(folder, options, signal, observe);
      return describeSet(options.output!, made, made.skipped.length);
    });
  });

  const homography = dataset
    .command('homography')
    .description('make a benchmark for `evaluate patches` from photos with known homographies')
    .argument('<folder>', 'folder of sequences: <sequence>/1.jpg, 2.jpg … and H_1_2 …, which map pixels of 1 to 2')
    .exitOverride();
  addOptions(homography, datasetHomographyOptions);
  homography.action(async (folder: string) => {
    const options = resolveOptions(datasetHomographyOptions, givenOptions(homography));
    await print(options.quiet, async (observe) => {
      const { makeHomographyDataset } = await import('./dataset-homography.ts');
      const { anchors, photoPairs } = await makeHomographyDataset(folder, options, signal, observe);
      return `${options.output}: ${anchors} anchors in ${photoPairs} photo pairs`;
    });
  });

  const mine = dataset
    .command('mine')
    .description('find look-alikes of the patches of a set, to train on')
    .argument('<folder>', 'a set of patches')
    .exitOverride();
  addOptions(mine, datasetMineOptions);
  mine.action(async (folder: string) => {
    const options = resolveOptions(datasetMineOptions, givenOptions(mine));
    await print(options.quiet, async (observe) => {
      const { minePatchSet } = await import('./dataset-mine.ts');
      const { count } = await minePatchSet(folder, options, signal, observe);
      return `${folder}: ${count} anchor patches with ${options.perAnchor} look-alikes each`;
    });
  });

  const show = dataset
    .command('show')
    .description('count what is in a set, and draw right pairs of it')
    .argument('<folder>', 'a set of patches')
    .exitOverride();
  addOptions(show, datasetShowOptions);
  show.action(async (folder: string) => {
    const options = resolveOptions(datasetShowOptions, givenOptions(show));
    await print(options.quiet, async (observe) => {
      const { showPatchSet, summaryText } = await import('./dataset-show.ts');
      const summary = await showPatchSet(folder, options, signal, observe);
      return options.json ? JSON.stringify(summary, null, 2) : summaryText(summary);
    });
  });
}

/** Prints what some work comes to, showing its progress unless it is to be quiet. */
async function print(quiet: boolean, work: (observe: Observer) => Promise<string>): Promise<void> {
  const progress = quiet ? null : createConsoleObserver();
  try {
    const text = await work(progress?.observe ?? silentObserver);
    progress?.close();
    process.stdout.write(`${text}\n`);
  } finally {
    progress?.close();
  }
}

function describeSet(folder: string, { patches, photos, sharedPoints }: SetCounts, skipped: number): string {
  const left = skipped === 0 ? '' : `; ${skipped} photos left out`;
  return `${folder}: ${patches} patches of ${photos} pictures, ${sharedPoints} points seen more than once${left}`;
}
