#!/usr/bin/env node
/**
 * `tessera sfm` against COLMAP's own SIFT (`feature_extractor`, `exhaustive_matcher`, on the CPU) as what stands in front of COLMAP's mapper:
 * seconds and their ratios, and what the mapper makes of either database. Both compare all pairs with one thread a core. COLMAP's mapper
 * differs from run to run: figures of reconstructions are medians over `--runs`. Build first (`npm run build`); COLMAP is Debian's.
 *
 *   node test/bench/sfm-vs-colmap.mjs <folder of photos> [--cameras cameras.json] [--runs 3] [--output dir] [--json result.json]
 *        [-- flags of tessera sfm]
 *
 * With the true cameras in `cameras.json` (as of `tessera evaluate pairs`; photos as their files store them) both databases hold them and the
 * mapper keeps them: what is left is the error of the matches, which is measured. Photos: directly in the folder.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readPosedCameras } from '../../dist/src/dataset/posed-scenes.js';
import { readColmapModel } from '../../dist/src/dataset/sfm/colmap-model.js';
import { reconstructionErrors } from '../../dist/src/evaluation/reconstruction-errors.js';
import { openColmapFile } from '../../dist/src/export/sfm/colmap-open.js';
import { cameraParamsToColmap } from '../../dist/src/export/sfm/colmap-pixels.js';
import { colmapCameraModels } from '../../dist/src/export/sfm/colmap-schema.js';
import { median } from '../../dist/src/math/median.js';
import { conditions } from './conditions.mjs';

const cli = resolve(dirname(fileURLToPath(import.meta.url)), '../../dist/pipeline/cli.js');
const argv = process.argv.slice(2);
const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
const flags = argv.slice(end + 1);
const { values, positionals } = parseArgs({
  args: argv.slice(0, end),
  allowPositionals: true,
  options: {
    cameras: { type: 'string' },
    runs: { type: 'string', default: '3' },
    output: { type: 'string' },
    json: { type: 'string' },
  },
});
if (positionals.length !== 1) {
  console.error('usage: sfm-vs-colmap.mjs <folder of photos> [options]; see the top of the file');
  process.exit(2);
}
const photoFolder = resolve(positionals[0]);
const runs = Number(values.runs);
const threads = availableParallelism();

/** Runs a program to its end; gives its seconds and what it said. */
function run(command, args) {
  const start = performance.now();
  const env = { ...process.env, QT_QPA_PLATFORM: 'offscreen' };
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, env });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr.slice(-2000)}`);
  return { seconds: (performance.now() - start) / 1000, said: stdout + stderr };
}

function colmap(command, options) {
  const named = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return run('colmap', [command, ...named]);
}

/** The true cameras as both programs take them: PINHOLE, px with the centre of the top-left pixel at (0, 0), by the names of photos. */
function pinholes(truth) {
  return truth.map(({ image, K }) => ({ image, params: [K[0], K[4], K[2], K[5]] }));
}

function runTessera(folder, truth) {
  const database = join(folder, 'tessera.db');
  const report = join(folder, 'tessera.json');
  const args = [cli, 'sfm', photoFolder, '--colmap', database, '--workspace', join(folder, 'workspace')];
  args.push('--report', report, '--pairing', 'exhaustive', '--threads', threads, '--quiet');
  if (truth !== null) {
    const file = join(folder, 'intrinsics.json');
    const cameras = pinholes(truth).map(({ image, params }) => [image, { model: 'PINHOLE', params }]);
    writeFileSync(file, JSON.stringify(Object.fromEntries(cameras)));
    args.push('--intrinsics', file);
  }
  const whole = run(process.execPath, [...args.map(String), ...flags]).seconds;
  const stages = JSON.parse(readFileSync(report, 'utf8')).seconds;
  return { database, extraction: stages.detect, matching: whole - stages.detect, stages };
}

function runColmap(folder, truth) {
  const database = join(folder, 'colmap.db');
  const reader = truth === null ? {} : readerOptions(pinholes(truth));
  const extraction = colmap('feature_extractor', {
    database_path: database,
    image_path: photoFolder,
    'SiftExtraction.use_gpu': 0,
    'SiftExtraction.num_threads': threads,
    ...reader,
  }).seconds;
  if (truth !== null && reader['ImageReader.camera_params'] === undefined) writeCameras(database, pinholes(truth));
  const matching = colmap('exhaustive_matcher', {
    database_path: database,
    'SiftMatching.use_gpu': 0,
    'SiftMatching.num_threads': threads,
  }).seconds;
  return { database, extraction, matching };
}

const toColmap = (params) => cameraParamsToColmap('PINHOLE', params);

/** One camera for all photos where they are equal, else one each, to be filled in later. */
function readerOptions(cameras) {
  const [first] = cameras.map(({ params }) => toColmap(params).join());
  const isShared = cameras.every(({ params }) => toColmap(params).join() === first);
  return isShared
    ? { 'ImageReader.single_camera': 1, 'ImageReader.camera_model': 'PINHOLE', 'ImageReader.camera_params': first }
    : { 'ImageReader.single_camera_per_image': 1 };
}

/** Puts each photo's own camera into the database. */
function writeCameras(database, cameras) {
  const db = openColmapFile(database, 'write', database);
  try {
    for (const { image, params } of cameras) {
      const bytes = new Uint8Array(Float64Array.from(toColmap(params)).buffer);
      db.run(
        'UPDATE cameras SET model = ?, params = ?, prior_focal_length = 1 WHERE camera_id = (SELECT camera_id FROM images WHERE name = ?)',
        [colmapCameraModels.indexOf('PINHOLE'), bytes, image],
      );
    }
  } finally {
    db.close();
  }
}

/** The figures of one reconstruction; of several models that of the most photos. */
async function reconstruct(database, folder, truth) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const fixed = { 'Mapper.ba_refine_focal_length': 0, 'Mapper.ba_refine_extra_params': 0 };
  const options = { database_path: database, image_path: photoFolder, output_path: folder };
  try {
    colmap('mapper', { ...options, ...(truth === null ? {} : fixed) });
  } catch (error) {
    // Where no two photos start a reconstruction some versions end with an error.
    console.error(error.message);
  }
  const models = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'images.bin')));
  let best = { photos: 0 };
  for (const name of models) {
    const { said } = colmap('model_analyzer', { path: join(folder, name) });
    const figure = (title) => Number(new RegExp(`${title}: ([0-9.e+-]+)`).exec(said)?.[1] ?? NaN);
    const model = {
      path: join(folder, name),
      photos: figure('Registered images'),
      points: figure('Points'),
      trackLength: figure('Mean track length'),
      reprojectionPx: figure('Mean reprojection error'),
    };
    if (model.photos > best.photos) best = model;
  }
  if (truth === null || best.path === undefined) return best;
  const { photos } = await readColmapModel(best.path);
  const { rotationDegrees, positionPct } = reconstructionErrors(
    truth.map(({ image, ...camera }) => ({ ...camera, name: image })),
    photos,
  );
  return { ...best, rotationDegrees, positionPct };
}

async function mapped(database, folder, truth) {
  const figures = [];
  for (let i = 0; i < runs; i++) figures.push(await reconstruct(database, folder, truth));
  return figures;
}

function printRow(cells) {
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(38) : cell.padStart(10))).join('  '));
}

function printTimes(tessera, sift) {
  printRow(['seconds', 'tessera', 'SIFT', 'ratio']);
  const row = (title, of) => {
    const [a, b] = [of(tessera), of(sift)];
    printRow([title, a.toFixed(1), b.toFixed(1), (a / b).toFixed(2)]);
  };
  row('extraction', ({ extraction }) => extraction);
  row('matching (tessera: start, writing too)', ({ matching }) => matching);
  row('together', ({ extraction, matching }) => extraction + matching);
}

function printFigures(tessera, sift, hasTruth) {
  printRow([`\nmedian of ${runs} reconstructions`, 'tessera', 'SIFT']);
  const row = (title, name, digits) => {
    const of = (all) => median(all.map((figures) => figures[name] ?? NaN)).toFixed(digits);
    printRow([title, of(tessera), of(sift)]);
  };
  row('registered photos', 'photos', 0);
  row('points', 'points', 0);
  row('mean track length', 'trackLength', 2);
  row('mean reprojection error, px', 'reprojectionPx', 3);
  if (!hasTruth) return;
  row('relative rotations, median error, °', 'rotationDegrees', 4);
  row('positions, median error, % of the box', 'positionPct', 4);
}

/** The true cameras of the folder's photos; null where none are given. */
async function readTruth() {
  if (values.cameras === undefined) return null;
  const cameras = await readPosedCameras(values.cameras);
  if (cameras === null) throw new Error(`there is no ${values.cameras}`);
  return cameras.filter(({ image }) => existsSync(join(photoFolder, image)));
}

const truth = await readTruth();
const [version] = /COLMAP [0-9.]+\S*/.exec(execFileSync('colmap', ['help'], { encoding: 'utf8' })) ?? ['COLMAP'];
const about = { ...conditions(version), photos: photoFolder, flags: flags.join(' ') || 'none' };
for (const [name, text] of Object.entries(about)) console.log(`${name.padEnd(9)} ${text}`);
const parent = values.output ?? tmpdir();
mkdirSync(parent, { recursive: true });
const folder = mkdtempSync(join(parent, 'sfm-vs-colmap-'));
try {
  const tessera = runTessera(folder, truth);
  const sift = runColmap(folder, truth);
  console.log('');
  printTimes(tessera, sift);
  const tesseraFigures = await mapped(tessera.database, join(folder, 'tessera'), truth);
  const siftFigures = await mapped(sift.database, join(folder, 'colmap'), truth);
  printFigures(tesseraFigures, siftFigures, truth !== null);
  if (values.json !== undefined) {
    const result = {
      ...about,
      tessera: { ...tessera, reconstructions: tesseraFigures },
      sift: { ...sift, reconstructions: siftFigures },
    };
    writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  }
} finally {
  if (values.output === undefined) rmSync(folder, { recursive: true, force: true });
}
