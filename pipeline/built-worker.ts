import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TesseraError } from '../src/errors.ts';

/**
 * The built module of a worker: a worker thread cannot load TypeScript, so sources run under a loader use the build too.
 * @param name the module's name in this folder, without its extension
 * @throws TesseraError where the sources were not built
 */
export function builtWorker(name: string): string {
  const beside = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  if (existsSync(beside)) return beside;
  const built = fileURLToPath(new URL(`../dist/pipeline/${name}.js`, import.meta.url));
  if (existsSync(built)) return built;
  throw new TesseraError(`the worker ${built} is missing: run \`npm run build\` first`);
}
