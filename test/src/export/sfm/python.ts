import { execFileSync, spawnSync } from 'node:child_process';

/** Pythons with NumPy, each version of NumPy once: its pickles differ between versions 1 and 2. */
export const pythons = findPythons();

if (pythons.length === 0) console.warn('python3 with numpy is not installed: files are not checked against it');

function findPythons(): readonly (readonly [string, string])[] {
  const found = new Map<string, string>();
  for (const python of ['/usr/bin/python3', 'python3']) {
    const { status, stdout } = spawnSync(python, ['-c', 'import numpy; print(numpy.__version__)'], {
      encoding: 'utf8',
    });
    if (status === 0 && !found.has(stdout.trim())) found.set(stdout.trim(), python);
  }
  return [...found];
}

/** What a script prints as JSON. */
export function runPython(python: string, script: string, ...parameters: string[]): unknown {
  return JSON.parse(execFileSync(python, ['-c', script, ...parameters], { encoding: 'utf8', maxBuffer: 1 << 28 }));
}
