import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { UsageError } from '../src/errors.ts';
import { detectorNames } from '../src/features/detect.ts';

/** How a value is written on the command line: a switch takes none. */
type OptionKind = 'text' | 'number' | 'choice' | 'switch';

/** One option: command-line flags, library types and the README's table derive from it. */
export interface OptionSpec<T, Required extends boolean = boolean> {
  readonly kind: OptionKind;
  readonly schema: z.ZodType<T>;
  /** What holds when nothing is given; undefined: the option stays unset (or `quality` decides). */
  readonly fallback: T | undefined;
  /** Whether the option always has a value. */
  readonly always: Required;
  readonly doc: string;
  /** What stands for the value in `--help`: px, file, … */
  readonly placeholder: string;
  readonly choices?: readonly string[];
}

export type OptionTable = Readonly<Record<string, OptionSpec<unknown>>>;

/** The options after defaults and presets: everything that always has a value is there. */
export type Resolved<T extends OptionTable> = {
  [K in keyof T]: T[K] extends OptionSpec<infer V, true> ? V : T[K] extends OptionSpec<infer V> ? V | undefined : never;
};

interface NumberOption {
  (doc: string, placeholder: string, min: number, max: number, fallback: number): OptionSpec<number, true>;
  (doc: string, placeholder: string, min: number, max: number): OptionSpec<number, false>;
}

function numberOption(kind: z.ZodNumber): NumberOption {
  const option = (
    doc: string,
    placeholder: string,
    min: number,
    max: number,
    fallback?: number,
  ): OptionSpec<number> => {
    const schema = kind.min(min).max(max);
    return { kind: 'number', schema, fallback, always: fallback !== undefined, doc, placeholder };
  };
  return option as NumberOption;
}

export const number = numberOption(z.number());
export const integer = numberOption(z.number().int());

export function choice<const C extends readonly string[]>(
  doc: string,
  choices: C,
  fallback: C[number],
): OptionSpec<C[number], true> {
  return {
    kind: 'choice',
    schema: z.enum(choices),
    fallback,
    always: true,
    doc,
    placeholder: choices.join('|'),
    choices,
  };
}

export function text(doc: string, placeholder: string): OptionSpec<string, false> {
  return { kind: 'text', schema: z.string().min(1), fallback: undefined, always: false, doc, placeholder };
}

export function textOr(doc: string, placeholder: string, fallback: string): OptionSpec<string, true> {
  return { kind: 'text', schema: z.string().min(1), fallback, always: true, doc, placeholder };
}

export function onOff(doc: string, fallback: boolean): OptionSpec<boolean, true> {
  return { kind: 'switch', schema: z.boolean(), fallback, always: true, doc, placeholder: '' };
}

/** Options of every command that computes. */
export const commonOptions = {
  model: textOr('judge of candidate pairs: a shipped name or a 2-channel ONNX file', 'name|file', '2ch'),
  device: choice(
    'where the networks run; `auto` takes a GPU where there is one',
    ['auto', 'cpu', 'webgpu', 'cuda'],
    'auto',
  ),
  threads: integer('worker threads', 'n', 1, 256, availableParallelism()),
  workspace: text("folder for what was computed (default: `tessera` in the user's cache folder)", 'dir'),
  cache: onOff('keep or reuse what was computed', true),
  cacheGigabytes: number('bound on the size of the workspace', 'GB', 0.1, 10_000, 4),
  quiet: onOff('no progress', false),
  json: onOff('print the result as JSON', false),
} satisfies OptionTable;

/** Options of every command that reads photos. */
export const photoOptions = {
  seed: integer('seed of every random choice', 'n', 0, 2 ** 31 - 1, 0),
  maxInputPixels: number('refuse photos with more megapixels than this', 'MP', 1, 10_000, 400),
} satisfies OptionTable;

/** What `quality` decides. */
export interface Preset {
  readonly maxKeypoints: number;
  readonly detectMegapixels: number;
  readonly candidates: number;
}
export type Presets = Readonly<Record<'fast' | 'normal' | 'best', Preset>>;

/** What `quality` decides when photos are stitched. */
const stitchPresets: Presets = {
  fast: { maxKeypoints: 1000, detectMegapixels: 0.6, candidates: 1 },
  normal: { maxKeypoints: 2400, detectMegapixels: 1.2, candidates: 2 },
  best: { maxKeypoints: 4000, detectMegapixels: 3, candidates: 4 },
};

/** Options of finding and matching keypoints. Unset ones follow `quality`. */
export function matchingOptions(presets: Presets) {
  /** "fast 1000, normal 2400 …": what an option is where nobody sets it. */
  const presetsOf = (name: keyof Preset): string =>
    Object.entries(presets)
      .map(([quality, values]) => `${quality} ${values[name]}`)
      .join(', ');
  return {
    quality: choice('one dial of time against accuracy', ['fast', 'normal', 'best'], 'normal'),
    detector: choice('keypoint detector', detectorNames, 'dog'),
    maxKeypoints: integer(`most keypoints a photo (${presetsOf('maxKeypoints')})`, 'n', 50, 50_000),
    detectMegapixels: number(
      `photos are searched for keypoints at this size (${presetsOf('detectMegapixels')})`,
      'MP',
      0.05,
      50,
    ),
    candidates: integer(`candidates a keypoint for the judge (${presetsOf('candidates')})`, 'k', 1, 16),
    ...photoOptions,
  } satisfies OptionTable;
}

/** Options of `tessera stitch` and of the library's `stitch`. */
export const stitchOptions = {
  output: text('the panorama: JPEG, PNG, WebP or TIFF by its extension', 'file'),
  report: text('write report.json here', 'file'),
  html: text('write a page with the panorama, match graph and inliers here', 'file'),
  matches: text(
    'stitch what another program matched, in place of matching: a COLMAP database (.db), a Hugin project (.pto) or a folder of hloc',
    'file|dir',
  ),
  projection: choice(
    'projection of the panorama; `auto` chooses from the field of view',
    ['auto', 'plane', 'cylinder', 'sphere', 'panini', 'mercator'],
    'auto',
  ),
  maxWidth: integer('shrink the panorama to at most this width', 'px', 16, 1_000_000),
  scale: number('scale of the panorama: 1 keeps the resolution of the photos', 's', 0.001, 8, 1),
  crop: choice('`auto` crops to the largest full rectangle, `none` keeps everything', ['none', 'auto'], 'none'),
  outputQuality: integer('quality of JPEG and WebP', '1-100', 1, 100, 92),
  ...matchingOptions(stitchPresets),
  ...commonOptions,
} satisfies OptionTable;

/** Options of `tessera evaluate panoramas`. */
export const evaluateOptions = {
  correspondences: text('folder with `<set>.csv` and `expect.json`; without it there are no errors', 'dir'),
  only: text('names of the sets to run, separated by commas', 'names'),
  output: text("keep each set's panorama and report here", 'dir'),
  ...matchingOptions(stitchPresets),
  model: commonOptions.model,
  device: commonOptions.device,
  quiet: commonOptions.quiet,
  json: commonOptions.json,
} satisfies OptionTable;

/** What a caller of the library may pass: everything optional. */
export type StitchOptions = Partial<Resolved<typeof stitchOptions>>;

export type ResolvedStitchOptions = Resolved<typeof stitchOptions> & Preset;

/**
 * Checks options against a table and fills in the defaults.
 * @throws UsageError naming the option, what was expected and what came; unknown keys too.
 */
export function resolveOptions<T extends OptionTable>(table: T, given: Readonly<Record<string, unknown>>): Resolved<T> {
  const resolved: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name)) {
      throw new UsageError(`unknown option "${name}"; known are ${Object.keys(table).join(', ')}`);
    }
  }
  for (const [name, spec] of Object.entries(table)) {
    const value = given[name];
    if (value === undefined) {
      resolved[name] = spec.fallback;
      continue;
    }
    const checked = spec.schema.safeParse(value);
    if (!checked.success) {
      throw new UsageError(
        `option "${name}" (${spec.placeholder || 'true or false'}): received ${JSON.stringify(value)}; ` +
          checked.error.issues.map((issue) => issue.message).join('; '),
      );
    }
    resolved[name] = checked.data;
  }
  return resolved as Resolved<T>;
}

/** `resolveOptions` for stitching, with what `quality` decides filled in. */
export function resolveStitchOptions(given: StitchOptions): ResolvedStitchOptions {
  return withPreset(resolveOptions(stitchOptions, given), stitchPresets);
}

/** Fills in what `quality` decides where nobody set it. */
export function withPreset<
  T extends { readonly quality: keyof Presets } & { readonly [K in keyof Preset]: number | undefined },
>(options: T, presets: Presets): T & Preset {
  const preset = presets[options.quality];
  return {
    ...options,
    maxKeypoints: options.maxKeypoints ?? preset.maxKeypoints,
    detectMegapixels: options.detectMegapixels ?? preset.detectMegapixels,
    candidates: options.candidates ?? preset.candidates,
  };
}

/** `maxWidth` → `--max-width`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The README's table of options. */
export function optionsMarkdown(table: OptionTable): string {
  const rows = Object.entries(table).map(([name, spec]) => {
    const negated = spec.kind === 'switch' && spec.fallback === true;
    const flag = negated ? flagOf(name).replace('--', '--no-') : flagOf(name);
    const value = spec.placeholder ? ` ${spec.placeholder.replaceAll('|', '\\|')}` : '';
    const fallback =
      name === 'threads' ? 'all cores' : negated || spec.fallback === undefined ? '' : String(spec.fallback);
    return `| \`${flag}${value}\` | ${negated ? 'do not ' : ''}${spec.doc} | ${spec.kind === 'switch' ? '' : fallback} |`;
  });
  return ['| option | meaning | default |', '| --- | --- | --- |', ...rows].join('\n');
}
