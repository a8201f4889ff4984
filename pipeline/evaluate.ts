import { fileURLToPath } from 'node:url';
import { evaluateOptions, flagOf, resolveOptions } from './options.ts';

/** Options of `evaluate panoramas` that go on to each `stitch`. */
const passedOn = [
  'quality',
  'detector',
  'model',
  'device',
  'seed',
  'maxKeypoints',
  'detectMegapixels',
  'candidates',
] as const;

/** `tessera evaluate panoramas <dir>`: prints the table (or JSON) to stdout; resolves to the exit code. */
export async function evaluatePanoramasCommand(
  dir: string,
  given: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<number> {
  const options = resolveOptions(evaluateOptions, given);
  const { evaluatePanoramas, evaluationJson, evaluationTable } = await import('./evaluate-panoramas.ts');
  const { createChildStitcher } = await import('./stitch-child.ts');
  const flags = passedOn.flatMap((name) => (given[name] === undefined ? [] : [flagOf(name), String(given[name])]));
  const sets = await evaluatePanoramas(dir, {
    stitchSet: createChildStitcher(fileURLToPath(new URL('./cli.js', import.meta.url)), flags),
    correspondences: options.correspondences,
    only: options.only?.split(',').map((name) => name.trim()),
    output: options.output,
    signal,
    progress: options.quiet ? undefined : (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${options.json ? JSON.stringify(evaluationJson(sets), null, 2) : evaluationTable(sets)}\n`);
  return 0;
}
