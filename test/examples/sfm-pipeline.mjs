#!/usr/bin/env node
/**
 * Matches the photos of a folder for structure from motion: a database for COLMAP and a folder for hloc, then a look into the database as any
 * program would take it up. What was computed is kept in `<results>/work`: after Ctrl+C the same call goes on where it was.
 *
 *   node sfm-pipeline.mjs <photos> <results>
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exportColmap, exportHloc, matchPairs, openWorkspace, readColmap } from 'tessera';

const [photoFolder, results] = process.argv.slice(2);
if (results === undefined) {
  console.error('usage: sfm-pipeline.mjs <photos> <results>');
  process.exit(2);
}
const at = (name) => join(results, name);

const interruption = new AbortController();
const { signal } = interruption;
process.once('SIGINT', () => interruption.abort());

function onProgress(event) {
  if (event.type === 'message') console.error(event.text);
  else console.error(`${event.stage} ${event.done}/${event.total}`);
}

async function matchFolder() {
  const workspace = await openWorkspace(photoFolder, { workspace: at('work'), quality: 'fast', signal, onProgress });
  try {
    const matched = await matchPairs(workspace, { mode: 'exhaustive' });
    // Reads keypoints and matches from the workspace when an exporter asks for them.
    const set = await matched.set();
    await exportColmap(at('database.db'), set, { signal });
    // Exporters write into a new folder, never over another's files.
    await rm(at('hloc'), { recursive: true, force: true });
    const notes = await exportHloc(at('hloc'), set, { signal });
    return { ...matched, notes };
  } finally {
    await workspace.close();
  }
}

function printSummary({ photos, rejected, pairs, notes }) {
  const verified = pairs.filter(({ failure }) => failure === null);
  console.log(`${photos.length} photos, ${pairs.length} pairs compared, ${verified.length} of them verified`);
  for (const { path, reason, suggestion } of rejected) console.log(`left out ${path}: ${reason}. ${suggestion}`);
  for (const note of notes) console.log(note);
}

/** A line for each verified pair of the database. */
async function printDatabase() {
  const database = await readColmap(at('database.db'));
  try {
    for await (const { a, b, inliers, geometry } of database.pairs()) {
      if (geometry === null) continue;
      const [first, second] = [database.photos[a], database.photos[b]];
      console.log(`${first.name} – ${second.name}: ${inliers.length} matches, ${geometry.kind}`);
    }
  } finally {
    database.close();
  }
}

try {
  await mkdir(results, { recursive: true });
  printSummary(await matchFolder());
  await printDatabase();
} catch (error) {
  // Whatever else was under way when the user stopped it is no news.
  console.error(signal.aborted ? 'interrupted; run it again to go on' : error.message);
  process.exitCode = signal.aborted ? 130 : 1;
}
