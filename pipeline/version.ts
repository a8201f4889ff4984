import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TesseraError } from '../src/errors.ts';

/** Tessera's version, from its package.json: one place, for the sources as for the build below them. */
export function tesseraVersion(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
      if (name === 'tessera' && version !== undefined) return version;
    }
    const parent = dirname(folder);
    if (parent === folder) throw new TesseraError('expected package.json of tessera above its code but found none');
    folder = parent;
  }
}
