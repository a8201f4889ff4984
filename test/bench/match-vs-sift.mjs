#!/usr/bin/env node
/**
 * Whole-process wall time of `tessera match --no-cache` at each quality against OpenCV's SIFT with mutual nearest neighbours (4000 keypoints,
 * two threads) on the same pairs of photos, in the same run: medians and the median of the ratios. Build first (`npm run build`); OpenCV is
 * Debian's python3-opencv.
 *
 *   node test/bench/match-vs-sift.mjs <folder of sequences or scenes> ... [--only names] [--every 1] [--qualities fast,normal,best]
 *        [--python /usr/bin/python3] [-- flags of tessera match]
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readPairTruths } from '../../dist/src/dataset/pair-truths.js';
import { median } from '../../dist/src/math/median.js';

const here = dirname(fileURLToPath(import.meta.url));
const cli = resolve(here, '../../dist/pipeline/cli.js');
const { values, positionals, tokens } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  tokens: true,
  options: {
    only: { type: 'string' },
    every: { type: 'string', default: '1' },
    qualities: { type: 'string', default: 'fast,normal,best' },
    python: { type: 'string', default: '/usr/bin/python3' },
  },
});
const end = tokens.find((token) => token.kind === 'option-terminator');
const flags = end === undefined ? [] : process.argv.slice(2 + end.index + 1);
const folders = positionals.filter((word) => !flags.includes(word));
if (folders.length === 0) {
  console.error('usage: match-vs-sift.mjs <folder of sequences or scenes> ... [options]; see the top of the file');
  process.exit(2);
}

function seconds(command, args, accepted) {
  const start = performance.now();
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (!accepted.includes(status)) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return (performance.now() - start) / 1000;
}

const pairs = (await Promise.all(folders.map((folder) => readPairTruths(folder, values.only)))).flat();
const qualities = values.qualities.split(',');
const rows = [];
for (const { name, path1, path2 } of pairs.filter((_, i) => i % Number(values.every) === 0)) {
  const sift = seconds(values.python, [join(here, 'opencv_sift_match.py'), path1, path2], [0]);
  const ours = qualities.map((quality) =>
    // 1: the photos share no geometry.
    seconds(
      process.execPath,
      [cli, 'match', path1, path2, '--no-cache', '--quiet', '--quality', quality, ...flags],
      [0, 1],
    ),
  );
  rows.push({ sift, ours });
  console.error([name.padEnd(20), sift.toFixed(2), ...ours.map((s) => s.toFixed(2))].join('  '));
}
console.log(
  `${rows.length} pairs, ${availableParallelism()} × ${cpus()[0].model}; seconds are medians, ratios medians of ratios`,
);
console.log(`SIFT 4000, mutual nearest neighbours  ${median(rows.map(({ sift }) => sift)).toFixed(2)} s`);
qualities.forEach((quality, q) => {
  const time = median(rows.map(({ ours }) => ours[q]));
  const ratio = median(rows.map(({ sift, ours }) => ours[q] / sift));
  console.log(`tessera match --quality ${quality.padEnd(6)}  ${time.toFixed(2)} s  ${ratio.toFixed(2)} times`);
});
