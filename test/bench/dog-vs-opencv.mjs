#!/usr/bin/env node
/**
 * The `dog` detector against OpenCV's SIFT on the same grey pixels and one thread each, in the same run: how many keypoints of
 * one have one of the other's (¼ pixel, 10 % in size, 5° in angle; and whatever the angle), and the time as a ratio. Build first (`npm run build`);
 * OpenCV is Debian's python3-opencv.
 *
 *   node test/bench/dog-vs-opencv.mjs <photo> [<photo> ...] [--contrast 0.04] [--repeat 5] [--python /usr/bin/python3]
 *
 * Of repeated runs the fastest counts.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { detectDog } from '../../dist/src/features/dog/detect-dog.js';
import { readPhoto } from '../../dist/src/image/read-photo.js';
import { agreement, placesFromKeypoints, placesFromOpenCv } from './keypoint-agreement.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values, positionals: photos } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    contrast: { type: 'string', default: '0.04' },
    repeat: { type: 'string', default: '5' },
    python: { type: 'string', default: '/usr/bin/python3' },
  },
});
if (photos.length === 0) {
  console.error('usage: dog-vs-opencv.mjs <photo> [<photo> ...] [options]; see the top of the file');
  process.exit(2);
}

function runOpenCv({ width, height, data }, folder) {
  const file = join(folder, 'grey.raw');
  writeFileSync(file, data);
  const script = join(here, 'opencv_sift.py');
  const args = [script, values.repeat, values.contrast, String(width), String(height), file];
  return JSON.parse(execFileSync(values.python, args, { encoding: 'utf8', maxBuffer: 2 ** 30 }))[0];
}

function runTessera(image) {
  let seconds = Infinity;
  let keypoints;
  for (let i = 0; i < Number(values.repeat); i++) {
    const start = performance.now();
    keypoints = detectDog(image, { contrastThreshold: Number(values.contrast) });
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return { seconds, keypoints };
}

function printRow(cells) {
  const widths = [24, 5, 9, 9, 10, 10, 10, 10, 12, 11, 5];
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '));
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

const percent = (share) => `${(100 * share).toFixed(2)} %`;
const openCv = execFileSync(values.python, ['-c', 'import cv2; print(cv2.__version__)'], { encoding: 'utf8' }).trim();
console.log(`machine   ${cpus()[0].model.trim()}, ${availableParallelism()} cores`);
console.log(`versions  node ${process.versions.node}, OpenCV ${openCv}; contrast threshold ${values.contrast}\n`);
printRow(['', '', 'tessera', 'OpenCV', 'of OpenCV', 'of tessera', 'whatever', 'the angle', 'tessera', 'OpenCV', '']);
printRow(['photo', 'MP', 'keypoints', 'keypoints', 'found', 'found', 'found', 'found', 's/MP', 's/MP', 'ratio']);
const rows = [];
const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
try {
  for (const photo of photos) {
    const { image } = await readPhoto(photo, { channels: 1, depth: 8 });
    const megapixels = (image.width * image.height) / 1e6;
    const other = runOpenCv(image, folder);
    const own = runTessera(image);
    const theirs = placesFromOpenCv(other.keypoints);
    const ours = placesFromKeypoints(own.keypoints);
    const row = {
      found: agreement(theirs, ours),
      shared: agreement(ours, theirs),
      foundPlaces: agreement(theirs, ours, 180),
      sharedPlaces: agreement(ours, theirs, 180),
      secondsPerMegapixel: own.seconds / megapixels,
      ratio: own.seconds / other.seconds,
    };
    rows.push(row);
    printRow([
      photo.split('/').slice(-2).join('/'),
      megapixels.toFixed(2),
      String(ours.length),
      String(theirs.length),
      percent(row.found),
      percent(row.shared),
      percent(row.foundPlaces),
      percent(row.sharedPlaces),
      row.secondsPerMegapixel.toFixed(3),
      (other.seconds / megapixels).toFixed(3),
      row.ratio.toFixed(2),
    ]);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const least = (name) => percent(Math.min(...rows.map((row) => row[name])));
console.log(`\nleast agreement: ${least('found')} of OpenCV's, ${least('shared')} of tessera's;`);
console.log(`whatever the angle: ${least('foundPlaces')} of OpenCV's, ${least('sharedPlaces')} of tessera's`);
console.log(
  `median: ${median(rows.map((r) => r.secondsPerMegapixel)).toFixed(3)} s a megapixel, ` +
    `${median(rows.map((r) => r.ratio)).toFixed(2)} times OpenCV's time`,
);
