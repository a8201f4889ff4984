#!/usr/bin/env node
/**
 * Whole-process wall time of `tessera stitch --no-cache` against OpenCV's Stitcher on the same photo sets, in the same run,
 * as ratios; and where Tessera's time goes. Build first (`npm run build`); OpenCV is Debian's python3-opencv.
 *
 *   node test/bench/stitch-vs-opencv.mjs <folder of sets> [--only set,set] [--repeat 1] [--output dir] [--python /usr/bin/python3]
 *        [--json result.json] [-- flags of tessera stitch]
 *
 * OpenCV runs in its PANORAMA mode, on sets that Tessera finds flat in its SCANS mode. Of repeated runs the fastest counts.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createChildStitcher, runMeasured } from '../../dist/pipeline/stitch-child.js';
import { conditions } from './conditions.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');

const { values, positionals, tokens } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  tokens: true,
  options: {
    only: { type: 'string' },
    repeat: { type: 'string', default: '1' },
    output: { type: 'string' },
    python: { type: 'string', default: '/usr/bin/python3' },
    json: { type: 'string' },
  },
});
const end = tokens.find((token) => token.kind === 'option-terminator');
const flags = end === undefined ? [] : process.argv.slice(2 + end.index + 1);
const [setsFolder] = positionals;
if (setsFolder === undefined) {
  console.error('usage: stitch-vs-opencv.mjs <folder of sets> [options]; see the top of the file');
  process.exit(2);
}

/** Runs something several times; the fastest run counts. */
async function fastest(run) {
  let best = await run();
  for (let i = 1; i < Number(values.repeat); i++) {
    const next = await run();
    if (next.seconds < best.seconds) best = next;
  }
  return best;
}

async function runTessera(set, folder) {
  const reportPath = join(folder, `${set}.json`);
  const stitch = createChildStitcher(join(root, 'dist/pipeline/cli.js'), ['--quiet', ...flags]);
  rmSync(reportPath, { force: true });
  const run = await fastest(() => stitch(join(setsFolder, set), join(folder, `${set}.jpg`), reportPath));
  let report = null;
  try {
    report = JSON.parse(readFileSync(reportPath, 'utf8'));
  } catch {
    // A run without a report is shown by its exit code and last line.
  }
  return { ...run, report };
}

/** OpenCV may ask for a hundred gigabytes: a bound on its address space makes that an error of its own. */
async function runOpenCv(set, folder, mode) {
  const limit = Math.floor((totalmem() / 1024) * 0.9);
  const script = join(here, 'opencv_stitch.py');
  const command = [values.python, script, join(setsFolder, set), join(folder, `${set}.opencv.jpg`), mode];
  const run = await fastest(() => runMeasured('sh', ['-c', `ulimit -v ${limit}; exec "$@"`, 'sh', ...command]));
  try {
    return { ...run, ...JSON.parse(run.lastLine) };
  } catch {
    return { ...run, status: `exit code ${run.exitCode ?? 'none, killed'}: ${run.lastLine}` };
  }
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function printRow(cells) {
  const widths = [28, 6, 10, 9, 7, 14, 14, 0];
  const text = cells.map((cell, i) => (i === 0 || i === 7 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])));
  console.log(text.join('  '));
}

/** Sum over the sets of each stage, and what is outside the stages: start of Node, loading, and the end. */
function printProfile(rows) {
  const stages = new Map();
  let wall = 0;
  for (const { tessera } of rows) {
    wall += tessera.seconds;
    for (const [stage, seconds] of Object.entries(tessera.report?.seconds ?? {})) {
      stages.set(stage, (stages.get(stage) ?? 0) + seconds);
    }
  }
  const known = [...stages.values()].reduce((sum, s) => sum + s, 0);
  console.log('\nWhere the time of tessera goes, all sets together:');
  for (const [stage, seconds] of [...stages, ['outside of the stages', wall - known]]) {
    console.log(
      `  ${stage.padEnd(22)} ${seconds.toFixed(1).padStart(8)} s ${((100 * seconds) / wall).toFixed(1).padStart(5)} %`,
    );
  }
  console.log(`  ${'together'.padEnd(22)} ${wall.toFixed(1).padStart(8)} s`);
}

async function main() {
  const openCv = execFileSync(values.python, ['-c', 'import cv2; print(cv2.__version__)'], { encoding: 'utf8' }).trim();
  const about = { ...conditions(`OpenCV ${openCv}`), flags: flags.join(' ') || 'none' };
  for (const [name, text] of Object.entries(about)) console.log(`${name.padEnd(9)} ${text}`);
  const only = values.only?.split(',');
  const sets = readdirSync(setsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && (only === undefined || only.includes(entry.name)))
    .map((entry) => entry.name)
    .sort();
  const folder = values.output ?? mkdtempSync(join(tmpdir(), 'tessera-bench-'));
  mkdirSync(folder, { recursive: true });
  const rows = [];
  console.log('');
  printRow(['set', 'photos', 'tessera s', 'OpenCV s', 'ratio', 'tessera MiB', 'OpenCV MiB', 'OpenCV says']);
  try {
    for (const set of sets) {
      const tessera = await runTessera(set, folder);
      const flat = tessera.report?.panoramas[0]?.model === 'planar';
      const openCv = await runOpenCv(set, folder, flat ? 'scans' : 'panorama');
      const ratio = tessera.seconds / openCv.seconds;
      rows.push({ set, ratio, tessera, openCv });
      const failed = tessera.exitCode === 0 ? '' : `; tessera: exit code ${tessera.exitCode}: ${tessera.lastLine}`;
      const memory = [tessera, openCv].map((run) => (run.peakMiB === null ? '–' : run.peakMiB.toFixed(0)));
      const times = [tessera.seconds.toFixed(2), openCv.seconds.toFixed(2), ratio.toFixed(2)];
      const mode = flat ? ' (scans)' : '';
      printRow([set, String(openCv.photos ?? '–'), ...times, ...memory, `${openCv.status}${mode}${failed}`]);
    }
  } finally {
    if (values.output === undefined) rmSync(folder, { recursive: true, force: true });
  }
  const fair = rows.filter((row) => row.openCv.status === 'ok' && row.tessera.exitCode === 0);
  console.log(
    `\nmedian ratio where both made a panorama (${fair.length} of ${rows.length} sets): ${median(fair.map((r) => r.ratio)).toFixed(2)}`,
  );
  console.log(`median ratio of all sets: ${median(rows.map((r) => r.ratio)).toFixed(2)}`);
  printProfile(rows);
  if (values.json !== undefined) {
    const results = rows.map(({ set, ratio, tessera: { report, ...tessera }, openCv }) => ({
      set,
      ratio,
      tessera: { ...tessera, stages: report?.seconds ?? null },
      openCv,
    }));
    writeFileSync(values.json, `${JSON.stringify({ ...about, sets: results }, null, 2)}\n`);
  }
}

await main();
