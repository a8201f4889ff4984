import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * What a measurement depends on beside its input, by name.
 * @param otherVersion name and version of the program that Tessera is measured against
 */
export function conditions(otherVersion) {
  const git = (...args) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' }).trim();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with uncommitted changes';
  return {
    date: new Date().toISOString(),
    machine: `${cpus()[0].model.trim()}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    commit: git('rev-parse', '--short', 'HEAD') + changed,
    versions: `tessera ${version}, node ${process.versions.node}, ${otherVersion}`,
  };
}
