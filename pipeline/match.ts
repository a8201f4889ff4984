import { extname } from 'node:path';
import { UsageError } from '../src/errors.ts';
import { drawMatches, rasterise } from '../src/export/match-drawing.ts';
import { matchesCsv, type MatchesFile } from '../src/export/matches-file.ts';
import { photoDataUri } from '../src/image/data-uri.ts';
import { requirePhotoPath } from '../src/image/list-photos.ts';
import { matchOptions, type MatchOptions, parseCamera } from './match-options.ts';
import { createMatcher, type MatcherHooks } from './matcher.ts';
import { resolveOptions } from './options.ts';
import { requireWritableFolders, writeOutput } from './output.ts';

/**
 * Finds the matches of two photos and writes them: does what `tessera match` does.
 * @returns what `matches.json` holds; where the photos share no geometry, `geometry.reason` says why
 * @throws UsageError for unknown options, values out of range and paths that do not exist; PhotoError naming a photo that cannot be read;
 * OutputError where a file cannot be written; the signal's reason when aborted
 */
export async function match(
  path1: string,
  path2: string,
  given: MatchOptions & MatcherHooks = {},
): Promise<MatchesFile> {
  const { onProgress, signal, detect, output, draw, k1, k2, ...options } = given;
  resolveOptions(matchOptions, { output, draw, k1, k2, ...options });
  const camera1 = k1 === undefined ? undefined : parseCamera('k1', k1);
  const camera2 = k2 === undefined ? undefined : parseCamera('k2', k2);
  const drawingFormat = draw === undefined ? null : formatOfDrawing(draw);
  await Promise.all([path1, path2].map(requirePhotoPath));
  await requireWritableFolders([output, draw]);
  const matcher = await createMatcher({ ...options, onProgress, signal, detect });
  try {
    const file = await matcher.match(path1, path2, { camera1, camera2 });
    if (output !== undefined) await writeOutput(output, serialise(output, file));
    if (drawingFormat !== null) await writeOutput(draw!, await drawing(file, drawingFormat));
    return file;
  } finally {
    await matcher.close();
  }
}

function serialise(output: string, file: MatchesFile): string {
  return extname(output).toLowerCase() === '.csv' ? matchesCsv(file) : `${JSON.stringify(file)}\n`;
}

function formatOfDrawing(path: string): 'png' | 'jpeg' {
  const extension = extname(path).toLowerCase();
  if (extension === '.png') return 'png';
  if (extension === '.jpg' || extension === '.jpeg') return 'jpeg';
  throw new UsageError(`option "draw": expected a name ending in .png or .jpg, received ${path}`);
}

/** Px of the drawing: two photos side by side on a screen. */
const drawingWidth = 1800;

/** The inliers by probability; where there is no geometry, all matches. */
async function drawing({ image1, image2, matches, geometry }: MatchesFile, format: 'png' | 'jpeg'): Promise<Buffer> {
  const shown = geometry.kind === 'none' ? matches : geometry.inliers.map((m) => matches[m]);
  const [picture1, picture2] = await Promise.all([image1, image2].map(({ path }) => photoDataUri(path, drawingWidth)));
  const svg = drawMatches({
    photo1: { ...image1, picture: picture1 },
    photo2: { ...image2, picture: picture2 },
    points: Float64Array.from(shown.flatMap((row) => row.slice(0, 4))),
    goodness: Float64Array.from(shown, (row) => row[4]),
    width: drawingWidth,
  });
  return rasterise(svg, format);
}
