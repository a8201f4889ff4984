import { z } from 'zod';
import { DataError } from '../errors.ts';

/** Independent correspondences of one photo pair. */
export interface PairCorrespondences {
  /** File names without folder. */
  readonly photo1: string;
  readonly photo2: string;
  readonly count: number;
  /** x1, y1, x2, y2 each; pixels at full resolution, centre of the top-left pixel (0, 0). */
  readonly points: Float64Array;
}

const header = 'photo1,photo2,x1,y1,x2,y2';

/**
 * Reads the text of a `<set>.csv` with the columns photo1, photo2, x1, y1, x2, y2; the rows of a pair may stand anywhere.
 * @throws DataError naming `source` and the line that is not as expected.
 */
export function parseCorrespondences(text: string, source = 'correspondences'): PairCorrespondences[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines[0].trim() !== header) {
    throw new DataError(`${source}: expected the first line "${header}", but it is "${lines[0].slice(0, 80)}".`);
  }
  const pairs = new Map<string, { photo1: string; photo2: string; values: number[] }>();
  for (let i = 1; i < lines.length; i++) {
    if (lines[i].trim() === '') continue;
    const fields = lines[i].split(',');
    const values = fields.slice(2).map((field) => (field.trim() === '' ? NaN : Number(field)));
    if (fields.length !== 6 || !values.every(Number.isFinite)) {
      throw new DataError(
        `${source}, line ${i + 1}: expected two file names and four numbers, but it is "${lines[i]}".`,
      );
    }
    const key = `${fields[0]}\n${fields[1]}`;
    const pair = pairs.get(key) ?? { photo1: fields[0], photo2: fields[1], values: [] };
    pair.values.push(...values);
    pairs.set(key, pair);
  }
  return [...pairs.values()].map(({ photo1, photo2, values }) => ({
    photo1,
    photo2,
    count: values.length / 4,
    points: Float64Array.from(values),
  }));
}

const expectedPanoramas = z.record(z.string(), z.array(z.array(z.string())));

/** Set name → groups of file names that belong to one panorama each; photos in no group belong to nothing. */
export type ExpectedPanoramas = z.infer<typeof expectedPanoramas>;

/**
 * Checks what was read from `expect.json`.
 * @throws DataError naming `source`.
 */
export function parseExpectedPanoramas(json: unknown, source = 'expect.json'): ExpectedPanoramas {
  const result = expectedPanoramas.safeParse(json);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0];
  throw new DataError(
    `${source}: expected { "set": [["photo.jpg", …], …] }, one list of file names a panorama, ` +
      `but at ${path.join('.') || 'the top'}: ${message}.`,
  );
}
