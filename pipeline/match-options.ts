import { UsageError } from '../src/errors.ts';
import { geometryRequests } from '../src/geometry/pair-geometry.ts';
import type { PinholeCamera } from '../src/geometry/pinhole.ts';
import {
  choice,
  commonOptions,
  integer,
  matchingOptions,
  resolveOptions,
  text,
  textOr,
  withPreset,
} from './options.ts';
import type { OptionTable, Preset, Presets, Resolved } from './options.ts';

/** What `quality` decides when two photos are matched. */
const matchPresets: Presets = {
  fast: { maxKeypoints: 2000, detectMegapixels: 1, candidates: 1 },
  normal: { maxKeypoints: 4000, detectMegapixels: 2, candidates: 2 },
  best: { maxKeypoints: 8000, detectMegapixels: 4, candidates: 4 },
};

const cameraOf = 'focal lengths and principal point of';

/** Options of finding keypoints and candidates for photo pairs. */
export const pairMatchingOptionsOf = (presets: Presets) => ({
  ...matchingOptions(presets),
  maxSize: integer(
    'search photos with their longer side at most so long, tile by tile if need be, in place of --detect-megapixels',
    'px',
    64,
    100_000,
  ),
  descriptor: textOr(
    'descriptor that chooses the candidates: a shipped name or an ONNX file',
    'name|file',
    'descriptor',
  ),
});

export const pairMatchingOptions = pairMatchingOptionsOf(matchPresets) satisfies OptionTable;

/** Options of finding the matches of two photos, and of the library's `createMatcher`. */
export const matcherOptions = {
  geometry: choice('geometry to find; `auto`: what the matches show', geometryRequests, 'auto'),
  ...pairMatchingOptions,
  ...commonOptions,
} satisfies OptionTable;

/** Options of `tessera match` and of the library's `match`. */
export const matchOptions = {
  output: text('write the matches here: matches.json, or a table by the extension .csv', 'file'),
  draw: text('draw the two photos with their matches here: PNG or JPEG', 'file'),
  k1: text(`${cameraOf} photo 1, px, for an essential matrix`, 'fx,fy,cx,cy'),
  k2: text(`${cameraOf} photo 2`, 'fx,fy,cx,cy'),
  ...matcherOptions,
} satisfies OptionTable;

export type MatcherOptions = Partial<Resolved<typeof matcherOptions>>;
export type MatchOptions = Partial<Resolved<typeof matchOptions>>;

export type ResolvedMatcherOptions = Resolved<typeof matcherOptions> & Preset;

/** `resolveOptions` for a matcher, with what `quality` decides filled in. */
export function resolveMatcherOptions(given: MatcherOptions): ResolvedMatcherOptions {
  return withPreset(resolveOptions(matcherOptions, given), matchPresets);
}

/**
 * "fx,fy,cx,cy" as a camera.
 * @throws UsageError naming the option where it is anything else
 */
export function parseCamera(option: 'k1' | 'k2', text: string): PinholeCamera {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [fx, fy, cx, cy] = numbers;
  if (numbers.length !== 4 || !numbers.every(Number.isFinite) || !(fx > 0) || !(fy > 0)) {
    throw new UsageError(
      `option "${option}": expected fx,fy,cx,cy in px, such as 1200,1200,960,540, received "${text}"`,
    );
  }
  return { fx, fy, cx, cy };
}
