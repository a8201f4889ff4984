#!/usr/bin/env node
/**
 * The `descriptor` network alone against OpenCV's SIFT descriptors, in the same run and on as many threads: descriptors a
 * second, and their ratio. Ours takes patches that were cut and halved beforehand; OpenCV's time holds the pyramid that its
 * descriptors are read from, once for all keypoints of the photo. Build first (`npm run build`); OpenCV is Debian's python3-opencv.
 *
 *   node test/bench/descriptor-speed.mjs <photo> [--model models/descriptor.onnx] [--threads 2] [--repeat 20]
 *
 * Of repeated runs the fastest counts.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readPhoto } from '../../dist/src/image/read-photo.js';
import { descriptorContract } from '../../dist/src/nn/descriptor.js';
import { loadModel } from '../../dist/src/nn/model.js';

const here = dirname(fileURLToPath(import.meta.url));
const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    model: { type: 'string', default: join(here, '../../models/descriptor.onnx') },
    threads: { type: 'string', default: '2' },
    repeat: { type: 'string', default: '20' },
    python: { type: 'string', default: '/usr/bin/python3' },
  },
});
if (positionals.length !== 1) {
  console.error('usage: descriptor-speed.mjs <photo> [options]; see the top of the file');
  process.exit(2);
}
/** Patches of one run, as `describePatches` has it. */
const batch = 128;
const batches = 16;

async function fastestRun(model) {
  // What patches show makes no difference to the time.
  const data = Float32Array.from({ length: batch * 32 * 32 }, (_, i) => Math.abs(Math.sin(i * 0.37)));
  let seconds = Infinity;
  for (let i = 0; i <= Number(values.repeat); i++) {
    const start = performance.now();
    for (let j = 0; j < batches; j++) await model.run({ patches: { data, shape: [batch, 1, 32, 32] } });
    // The first run allocates.
    if (i > 0) seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return (batch * batches) / seconds;
}

async function openCvSpeed() {
  const { image } = await readPhoto(positionals[0], { channels: 1, depth: 8 });
  const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
  try {
    const file = join(folder, 'grey.raw');
    writeFileSync(file, image.data);
    const args = [join(here, 'opencv_sift_descriptors.py'), values.threads, '5', image.width, image.height, file];
    return JSON.parse(execFileSync(values.python, args.map(String), { encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const model = await loadModel(values.model, descriptorContract, { device: 'cpu', threads: Number(values.threads) });
const ours = await fastestRun(model);
await model.release();
const { descriptors, seconds, version } = await openCvSpeed();
const theirs = descriptors / seconds;
console.log(
  `machine     ${cpus()[0].model.trim()}, ${values.threads} threads; node ${process.versions.node}, OpenCV ${version}`,
);
console.log(`descriptor  ${ours.toFixed(0)} a second (${values.model.split('/').at(-1)}, ${batch * batches} patches)`);
console.log(`SIFT        ${theirs.toFixed(0)} a second (OpenCV, ${descriptors} keypoints)`);
console.log(`ratio       ${(ours / theirs).toFixed(2)}`);
