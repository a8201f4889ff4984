import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TesseraError } from './errors.ts';

/** Where Tessera is installed, and which version of it. */
export interface PackageRoot {
  /** Folder of Tessera's package.json. */
  readonly folder: string;
  readonly version: string;
}

/** Looks for Tessera's package.json above this file: the sources and the build lie at different depths below it. */
export function packageRoot(): PackageRoot {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
      if (name === 'tessera' && version !== undefined) return { folder, version };
    }
    const parent = dirname(folder);
    if (parent === folder) throw new TesseraError('expected package.json of tessera above its code but found none');
    folder = parent;
  }
}
