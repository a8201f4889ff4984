#!/usr/bin/env node
/**
 * Training steps of each network at its recipe of the preset `tessera` (loss, batch, batch normalisation, optimiser): pairs a
 * second, as a ratio to `2ch` in the same run, and processor seconds of a thousand pairs. Making batches is not in it: they
 * are made in other threads. Networks for patches of any side are measured at 64×64. Build first (`npm run build`).
 *
 *   node test/bench/train-speed.mjs [network …] [--steps 3] [--threads all] [--json result.json]
 *
 * Of the steps the fastest counts; one before them, which also opens the graph, does not. On a busy machine the processor
 * seconds say more than the wall time.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { definitionNames, definitions } from '../../dist/models/definitions.js';
import { graphSettings, recipeFor } from '../../dist/pipeline/train-recipe.js';
import { batchLengths } from '../../dist/src/dataset/batches/make-batch.js';
import { createRandom } from '../../dist/src/math/random.js';
import { defaultSide } from '../../dist/src/nn/network/definition.js';
import { initialState } from '../../dist/src/nn/training/initial-state.js';
import { buildTrainingGraph } from '../../dist/src/nn/training/training-graph.js';
import { createTrainingSession } from '../../dist/src/nn/training/training-session.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const baseline = '2ch';

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'string' },
  },
});
const unknown = positionals.filter((name) => !definitionNames.includes(name));
if (unknown.length > 0) {
  console.error(`expected names of networks (${definitionNames.join(', ')}) but received ${unknown.join(', ')}`);
  process.exit(2);
}
const wanted = positionals.length > 0 ? positionals : definitionNames;
const names = [baseline, ...wanted.filter((name) => name !== baseline)];
const threads = Number(values.threads);

/** Wall and processor seconds of a call, all threads of the process together. */
async function timed(call) {
  const [start, used] = [performance.now(), process.cpuUsage()];
  await call();
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

async function measure(name) {
  const definition = definitions[name];
  const side = defaultSide(definition);
  const recipe = recipeFor(name, { preset: 'tessera', seed: 0, startsFolded: false });
  const settings = graphSettings(recipe);
  const lengths = batchLengths(recipe.plan, side);
  const random = createRandom(1);
  // What patches show makes no difference to the time a step takes.
  const patches = Float32Array.from({ length: lengths.patches }, () => random.next());
  const targets = new Float32Array(lengths.targets);
  if (recipe.plan.kind === 'pairs') targets.forEach((_, i) => (targets[i] = i % 2 === 0 ? 1 : -1));
  const start = initialState(buildTrainingGraph(definition, { ...settings, side }), 0);
  const session = createTrainingSession(definition, settings, start, { provider: 'cpu', threads });
  const step = () => session.step({ side, patches, targets, learningRate: 1e-4, averageRate: 0.1 });
  const first = await timed(step);
  let best = await timed(step);
  for (let i = 1; i < Number(values.steps); i++) {
    const next = await timed(step);
    if (next.wall < best.wall) best = next;
  }
  await session.release();
  const { batch } = settings;
  return {
    name,
    side,
    batch,
    loss: recipe.loss.kind,
    pairsPerSecond: batch / best.wall,
    cpuSecondsPer1000: (1000 * best.cpu) / batch,
    opening: Math.max(0, first.wall - best.wall),
  };
}

function conditions() {
  const git = (...args) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' }).trim();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const onnxRuntime = JSON.parse(readFileSync(join(root, 'node_modules/onnxruntime-node/package.json'), 'utf8'));
  const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with uncommitted changes';
  return {
    date: new Date().toISOString(),
    machine: `${cpus()[0].model.trim()}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    commit: git('rev-parse', '--short', 'HEAD') + changed,
    versions: `tessera ${version}, node ${process.versions.node}, ONNX Runtime ${onnxRuntime.version}`,
    threads,
  };
}

function printRow(cells) {
  const widths = [16, 14, 5, 6, 9, 6, 14, 6, 10];
  console.log(cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '));
}

async function main() {
  const about = conditions();
  for (const [name, text] of Object.entries(about)) console.log(`${name.padEnd(9)} ${text}`);
  console.log('');
  printRow(['network', 'loss', 'side', 'batch', 'pairs/s', 'ratio', 'cpu s / 1000', 'ratio', 'opening s']);
  const rows = [];
  for (const name of names) {
    const row = await measure(name);
    const ratio = row.pairsPerSecond / (rows[0] ?? row).pairsPerSecond;
    const cpuRatio = row.cpuSecondsPer1000 / (rows[0] ?? row).cpuSecondsPer1000;
    rows.push({ ...row, ratio, cpuRatio });
    printRow([
      name,
      row.loss,
      String(row.side),
      String(row.batch),
      row.pairsPerSecond.toFixed(1),
      ratio.toFixed(2),
      row.cpuSecondsPer1000.toFixed(1),
      cpuRatio.toFixed(2),
      row.opening.toFixed(1),
    ]);
  }
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ ...about, networks: rows }, null, 2)}\n`);
}

await main();
