#!/usr/bin/env node
/**
 * Our robust estimators against OpenCV's USAC_MAGSAC on the same matches in the same orders, in the same run: the area under the curve of
 * errors by the truth (AUC, %), and the time of the estimation alone. Build first (`npm run build`); OpenCV is Debian's python3-opencv.
 *
 *   node test/bench/geometry-vs-opencv.mjs <folder of sequences or scenes> ... [--only names] [--orders 5] [--thresholds 0.5,1,2,3]
 *        [--workspace dir] [--python /usr/bin/python3] [--json result.json]
 *
 * Matches: all that `tessera match` finds, and those of OpenCV's SIFT, mutual nearest neighbours with and without the ratio test. Each pair is
 * estimated from several random orders of them (uniform samples), and from the best first with as many seeds (PROSAC). Of OpenCV's
 * thresholds the one with the best AUC counts.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { alignColumns } from '../../dist/pipeline/align-columns.js';
import { createMatcher } from '../../dist/pipeline/matcher.js';
import { readPairTruths } from '../../dist/src/dataset/pair-truths.js';
import { areaUnderCurve, cornerError, poseError } from '../../dist/src/evaluation/pair-errors.js';
import { pixelsFromDirections } from '../../dist/src/geometry/pinhole.js';
import { pointsAt } from '../../dist/src/geometry/points-at.js';
import { median } from '../../dist/src/math/median.js';
import { createRandom } from '../../dist/src/math/random.js';
import { startOpenCv } from './start-opencv.mjs';
import { estimate, estimators } from './own-estimators.mjs';

const { values, positionals: folders } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    orders: { type: 'string', default: '5' },
    thresholds: { type: 'string', default: '0.5,1,2,3' },
    workspace: { type: 'string' },
    python: { type: 'string', default: '/usr/bin/python3' },
    json: { type: 'string' },
  },
});
if (folders.length === 0) {
  console.error('usage: geometry-vs-opencv.mjs <folder of sequences or scenes> ... [options]; see the top of the file');
  process.exit(2);
}

const thresholds = values.thresholds.split(',').map(Number);
const seeds = Array.from({ length: Number(values.orders) }, (_, seed) => seed);
const largestRatio = 0.8;
/** Px of a homography, degrees of a pose. */
const aucAt = { homography: [3, 5, 10], pose: [5, 10, 20] };

function shuffled(count, seed) {
  const random = createRandom(seed);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** The sizes of the photos, and their matches by who found them, best first. */
async function matchesOf({ path1, path2, truth }, matcher, openCv) {
  const request =
    truth.kind === 'pose' ? { camera1: truth.camera1, camera2: truth.camera2 } : { geometry: 'homography' };
  const { matches, image1, image2 } = await matcher.match(path1, path2, request);
  const mutual = await openCv.ask({ paths: [path1, path2] });
  const pointsOf = (rows) => Float64Array.from(rows.flatMap((row) => row.slice(0, 4)));
  const sets = {
    tessera: pointsOf(matches),
    'SIFT, ratio test': pointsOf(mutual.filter((row) => row[4] < largestRatio)),
    'SIFT, mutual': pointsOf(mutual),
  };
  return { sizes: { size1: image1, size2: image2 }, sets };
}

/** What the estimators of a kind make of the matches in each order: errors by the truth, and milliseconds. */
async function estimateAll(kind, { truth }, sizes, points, bestFirst, openCv) {
  const count = points.length / 4;
  const orders = seeds.map((seed) => (bestFirst ? [...Array(count).keys()] : shuffled(count, seed)));
  const measured = ({ found, ...run }) => ({ ...run, error: errorOf(truth, sizes, found) });
  const own = Object.keys(estimators).filter((name) => name.startsWith(kind));
  const ours = own.map((name) => {
    const runs = orders.map((order, seed) =>
      measured(estimate(name, pointsAt(points, order), { ...sizes, seed, bestFirst }, truth)),
    );
    return [name, runs];
  });
  const cameras = truth.kind === 'pose' ? [truth.camera1, truth.camera2].map(pixelsFromDirections) : null;
  const answers = await openCv.ask({ kind, points: Array.from(points), orders, bestFirst, thresholds, cameras });
  return { ours: Object.fromEntries(ours), openCv: answers.map((runs) => runs.map(measured)) };
}

function errorOf(truth, { size1 }, found) {
  if (found === null) return Infinity;
  if (truth.kind === 'pose') return poseError(truth, found);
  return cornerError(truth.image2FromImage1, found.matrix, size1);
}

async function measure(pairs) {
  const matcher = await createMatcher({ quality: 'normal', workspace: values.workspace });
  const openCv = startOpenCv(values.python);
  const results = [];
  try {
    for (const [done, pair] of pairs.entries()) {
      console.error(`${done + 1} of ${pairs.length}: ${pair.name}`);
      const { sets, sizes } = await matchesOf(pair, matcher, openCv);
      for (const kind of pair.truth.kind === 'pose' ? ['fundamental', 'essential'] : ['homography']) {
        for (const [matches, points] of Object.entries(sets)) {
          for (const order of ['random', 'best first']) {
            const runs = await estimateAll(kind, pair, sizes, points, order === 'best first', openCv);
            results.push({ kind, matches, order, pair: pair.name, count: points.length / 4, ...runs });
          }
        }
      }
    }
  } finally {
    openCv.close();
    await matcher.close();
  }
  return results;
}

function summarise(runs, kind) {
  const errors = runs.map(({ error }) => error);
  const auc = aucAt[kind === 'homography' ? 'homography' : 'pose'].map((at) => areaUnderCurve(errors, at));
  return { auc, total: auc.reduce((sum, a) => sum + a, 0), times: runs.map(({ milliseconds }) => milliseconds) };
}

/** Results that differ in the pair alone. */
function grouped(results) {
  const groups = new Map();
  for (const result of results) {
    const name = `${result.kind}, ${result.matches}, ${result.order}`;
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return [...groups.values()];
}

/** One row for each of our estimators of a kind. */
function rowsOf(results) {
  const [{ kind, matches, order, ours }] = results;
  const theirs = thresholds.map((threshold, i) => {
    const runs = results.flatMap(({ openCv }) => openCv[i]);
    return { threshold, ...summarise(runs, kind) };
  });
  const best = theirs.reduce((a, b) => (b.total > a.total ? b : a));
  const count = results.reduce((sum, result) => sum + result.count, 0) / results.length;
  const shown = (auc) => auc.map((a) => a.toFixed(1)).join(' / ');
  return Object.keys(ours).map((name) => {
    const runs = results.flatMap((result) => result.ours[name]);
    const own = summarise(runs, kind);
    const ratio = median(own.times.map((time, i) => time / best.times[i]));
    return [
      name,
      `${matches} (${count.toFixed(0)})`,
      order,
      shown(own.auc),
      `${shown(best.auc)} (${best.threshold} px)`,
      median(own.times).toFixed(1),
      median(best.times).toFixed(1),
      ratio.toFixed(2),
    ];
  });
}

const pairs = (await Promise.all(folders.map((folder) => readPairTruths(folder, values.only)))).flat();
const results = await measure(pairs);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results)}\n`);
const header = ['geometry', 'matches (a pair)', 'order', 'tessera', 'OpenCV', 'ms', 'ms', 'ratio'];
console.log(
  `${pairs.length} pairs, ${values.orders} orders each; ${availableParallelism()} × ${cpus()[0].model.trim()}`,
);
console.log(
  `AUC@${aucAt.homography.join('/')} px, or AUC@${aucAt.pose.join('/')}°; times and their ratios are medians\n`,
);
console.log(alignColumns([header, ...grouped(results).flatMap(rowsOf)]).join('\n'));
