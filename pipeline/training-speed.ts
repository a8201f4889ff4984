import { z } from 'zod';
import { markdownTable } from '../src/nn/network/describe.ts';
import { readJsonFile } from '../src/read-json-file.ts';

const speedSchema = z.object({
  date: z.string(),
  machine: z.string(),
  versions: z.string(),
  threads: z.number(),
  networks: z.array(
    z.object({
      name: z.string(),
      side: z.number(),
      batch: z.number(),
      loss: z.string(),
      pairsPerSecond: z.number(),
      /** To `2ch` in the same run. */
      ratio: z.number(),
      cpuSecondsPer1000: z.number(),
    }),
  ),
});
/** The content of `models/training-speed.json`, which `test/bench/train-speed.mjs --json` writes. */
export type TrainingSpeed = z.infer<typeof speedSchema>;

/**
 * Reads how fast the networks train; null where there is no such file.
 * @throws DataError naming the file and the field that is not as expected
 */
export function readTrainingSpeed(file: string): Promise<TrainingSpeed | null> {
  return readJsonFile(file, speedSchema, 'restore it, or measure again');
}

/** The section of `models/RESULTS.md`. */
export function trainingSpeedSection({ date, machine, versions, threads, networks }: TrainingSpeed): string[] {
  return [
    '## How fast they train',
    `Pairs a second of a training step by the preset \`tessera\`, batches made beforehand, on ${threads} CPU threads; ratios are to ` +
      `\`${networks[0].name}\` in the same run. Measured on ${date.slice(0, 10)} by \`node test/bench/train-speed.mjs\` ` +
      `(${machine}; ${versions}).`,
    markdownTable(
      ['network', 'loss', 'patch', 'batch', 'pairs/s', 'ratio', 'CPU s / 1000 pairs'],
      networks.map(({ name, loss, side, batch, pairsPerSecond, ratio, cpuSecondsPer1000 }) => [
        name,
        loss,
        `${side}×${side}`,
        String(batch),
        pairsPerSecond.toFixed(0),
        ratio.toFixed(2),
        cpuSecondsPer1000.toFixed(2),
      ]),
    ),
  ];
}
