#!/usr/bin/env node
/**
 * Recall of choosing pairs by retrieval: the share of the verified pairs of a pool of scenes that are among a share of
 * all its pairs. Which pairs verify is found once by matching every pair of each scene at quality `fast`, and kept in
 * the folder `--keep`, as features are; photos of different scenes share nothing. Build first (`npm run build`).
 *
 *   node test/bench/retrieval-recall.mjs <folder of scenes, each a folder of photos> --keep <folder>
 *        [--only names] [--most 40] [--threads 1] [--seeds 3]
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createMatcher } from '../../dist/pipeline/index.js';
import { isNamed } from '../../dist/src/dataset/is-named.js';
import { listPhotos } from '../../dist/src/image/list-photos.js';
import { describePhotos } from '../../dist/src/retrieval/describe-photos.js';
import { nearestPhotos } from '../../dist/src/retrieval/nearest-photos.js';
import { choosePairs, pairingDefaults, planPairing } from '../../dist/src/scene/choose-pairs.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    keep: { type: 'string' },
    only: { type: 'string', default: '*' },
    most: { type: 'string', default: '40' },
    threads: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '3' },
  },
});
if (positionals.length !== 1 || values.keep === undefined) {
  console.error('usage: retrieval-recall.mjs <folder of scenes> --keep <folder> [options]; see the top of the file');
  process.exit(2);
}
const [folder] = positionals;
const threads = Number(values.threads);
const shares = [0.05, 0.1, 0.15, 0.25];

/** At most `--most` photos of a scene, evenly. */
async function photosOf(scene) {
  const paths = await listPhotos([join(folder, scene)]);
  const count = Math.min(paths.length, Number(values.most));
  return Array.from({ length: count }, (_, i) => paths[Math.floor((i * paths.length) / count)]);
}

/** Pairs of a scene that show a geometry, as indices into its photos. */
async function verifiedPairs(scene, paths, matcher) {
  const file = join(values.keep, `${scene}.json`);
  const names = paths.map((path) => basename(path));
  const kept = await readFile(file, 'utf8').then(JSON.parse, () => null);
  if (kept !== null && kept.names.join() === names.join()) return kept.verified;
  const photos = [];
  for (const path of paths) photos.push(await matcher.detect(path));
  const verified = [];
  for (let a = 0; a < photos.length; a++) {
    for (let b = a + 1; b < photos.length; b++) {
      const { geometry } = await matcher.match(photos[a], photos[b]);
      if (geometry.kind !== 'none') verified.push([a, b]);
    }
  }
  await writeFile(file, JSON.stringify({ names, verified }));
  return verified;
}

async function readPool(matcher) {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && isNamed(entry.name, values.only));
  const pool = { scenes: [], photos: [], truth: [] };
  for (const { name } of names.sort((p, q) => (p.name < q.name ? -1 : 1))) {
    const paths = await photosOf(name);
    const verified = await verifiedPairs(name, paths, matcher);
    const first = pool.photos.length;
    pool.scenes.push({ name, first, end: first + paths.length });
    pool.photos.push(...paths.map((path) => ({ name: `${name}/${basename(path)}`, shot: null, path })));
    pool.truth.push(...verified.map(([a, b]) => [first + a, first + b]));
    console.error(`${name}: ${paths.length} photos, ${verified.length} verified pairs`);
  }
  return pool;
}

/** Pairs chosen with a share of all comparisons. */
function chosen(photos, neighbours, share) {
  const options = { ...pairingDefaults, mode: 'retrieval', share };
  const list = choosePairs(photos, planPairing(photos, options), neighbours, options);
  return new Set(Array.from({ length: list.count }, (_, i) => `${list.a[i]} ${list.b[i]}`));
}

const share = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`.padStart(8);

await mkdir(values.keep, { recursive: true });
const matcher = await createMatcher({ quality: 'fast', threads, workspace: join(values.keep, 'workspace') });
try {
  const { scenes, photos, truth } = await readPool(matcher);
  const all = (photos.length * (photos.length - 1)) / 2;
  console.log(`${photos.length} photos of ${scenes.length} scenes, ${all} pairs, ${truth.length} of them verified`);
  console.log('seed  compared    recall  at best   by scene');
  for (let seed = 0; seed < Number(values.seeds); seed++) {
    const read = async (i) => (await matcher.detect(photos[i].path)).features;
    const descriptors = await describePhotos(photos.length, read, { seed });
    const start = performance.now();
    const neighbours = await nearestPhotos(descriptors, photos.length - 1, { threads });
    const seconds = (performance.now() - start) / 1000;
    for (const wanted of shares) {
      const pairs = chosen(photos, neighbours, wanted);
      const found = truth.filter(([a, b]) => pairs.has(`${a} ${b}`));
      const byScene = scenes.map(({ name, first, end }) => {
        const isOf = ([a]) => a >= first && a < end;
        return `${name} ${((100 * found.filter(isOf).length) / truth.filter(isOf).length).toFixed(0)}`;
      });
      const best = share(Math.min(1, pairs.size / truth.length), 1);
      console.log(
        `${seed}     ${share(pairs.size, all)}  ${share(found.length, truth.length)} ${best}   ${byScene.join(', ')}`,
      );
    }
    console.error(`nearest photos in ${seconds.toFixed(2)} s, ${descriptors.length} bytes a photo`);
  }
} finally {
  await matcher.close();
}
