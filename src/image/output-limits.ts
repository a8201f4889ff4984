import { OutputError, UsageError } from '../errors.ts';
import { extensionOf } from './photo-formats.ts';

export type OutputFormat = 'jpeg' | 'png' | 'webp' | 'tiff';

const formatOfExtension: Readonly<Record<string, OutputFormat>> = {
  jpg: 'jpeg',
  jpeg: 'jpeg',
  jpe: 'jpeg',
  png: 'png',
  webp: 'webp',
  tif: 'tiff',
  tiff: 'tiff',
};

interface FormatTraits {
  readonly name: string;
  /** Most pixels a side. */
  readonly maxSide: number;
  /** Whether it holds an alpha channel. */
  readonly alpha: boolean;
  /** Most bits a channel. */
  readonly depth: 8 | 16;
}

/** JPEG and WebP are bound by their fields; PNG and TIFF by what readers accept (libpng refuses more than a million). */
export const formatTraits: Readonly<Record<OutputFormat, FormatTraits>> = {
  jpeg: { name: 'JPEG', maxSide: 65_535, alpha: false, depth: 8 },
  png: { name: 'PNG', maxSide: 1_000_000, alpha: true, depth: 16 },
  webp: { name: 'WebP', maxSide: 16_383, alpha: true, depth: 8 },
  tiff: { name: 'TIFF', maxSide: 1_000_000, alpha: true, depth: 16 },
};

/**
 * The format that a path's extension asks for.
 * @throws UsageError naming the extensions that work
 */
export function outputFormat(path: string): OutputFormat {
  const extension = extensionOf(path);
  if (Object.hasOwn(formatOfExtension, extension)) return formatOfExtension[extension];
  const known = Object.keys(formatOfExtension)
    .map((e) => `.${e}`)
    .join(', ');
  const came = extension === '' ? 'has no extension' : `ends in .${extension}`;
  throw new UsageError(`${path}: expected a picture file ending in ${known}, but the name ${came}`);
}

/**
 * Checks that a picture's format can hold its size; call it before computing the picture.
 * @throws OutputError with what to do, UsageError for an unknown extension
 */
export function assertFits(path: string, width: number, height: number): void {
  const { name, maxSide } = formatTraits[outputFormat(path)];
  const longest = Math.max(width, height);
  if (longest <= maxSide) return;
  const roomy = Object.values(formatTraits)
    .filter((other) => other.maxSide >= longest)
    .map((other) => other.name);
  const fitting = Math.max(1, Math.floor((width * maxSide) / longest));
  throw new OutputError(
    `${path}: ${name} holds at most ${maxSide} pixels a side, but the panorama has ${width} × ${height}. ` +
      `Shrink it with --max-width ${fitting}${roomy.length > 0 ? `, or write ${roomy.join(' or ')}` : ''}.`,
  );
}
