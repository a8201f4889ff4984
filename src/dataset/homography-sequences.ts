import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, UsageError } from '../errors.ts';
import { determinant3, type Matrix3 } from '../math/matrix3.ts';
import { isNamed } from './is-named.ts';

/** Photos whose pixels a homography takes to each other: of a plane, or from one place. */
export interface HomographySequence {
  /** Name of its folder. */
  readonly name: string;
  /** Photo 1. */
  readonly path1: string;
  /** The others, by their numbers. */
  readonly others: readonly NumberedPhoto[];
}

export interface NumberedPhoto {
  readonly image: number;
  readonly path: string;
  /** From photo 1; the centre of the top-left pixel is (0, 0) in both. */
  readonly imageFromImage1: Matrix3;
}

/**
 * The sequences of a folder, by name: sub-folders with `1.jpg`, and `<k>.jpg` and `H_1_<k>` for each other photo. Other
 * files and folders are left alone.
 * @param only names, separated by commas, in which `*` stands for any letters; all without it
 * @throws UsageError where the folder cannot be read or has no sequence of that name, DataError naming the file that is
 *   missing or not as expected
 */
export async function readHomographySequences(folder: string, only?: string): Promise<HomographySequence[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`expected a folder of sequences but ${folder} cannot be read as a folder (${error.code})`);
  });
  const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  const sequences: HomographySequence[] = [];
  for (const name of names) {
    if (only === undefined || isNamed(name, only)) sequences.push(...(await readSequence(folder, name)));
  }
  if (sequences.length > 0) return sequences;
  throw new UsageError(
    `${folder} holds no sequences${only === undefined ? '' : ` called ${only}`}: expected folders with 1.jpg, 2.jpg … and H_1_2 …`,
  );
}

/** None where the folder is no sequence. */
async function readSequence(parent: string, name: string): Promise<HomographySequence[]> {
  const folder = join(parent, name);
  const path1 = join(folder, '1.jpg');
  const numbers = (await readdir(folder)).flatMap((file) => /^H_1_(\d+)$/.exec(file)?.[1] ?? []).map(Number);
  if (!existsSync(path1) || numbers.length === 0) return [];
  // Its tables have no quotes.
  if (/[,\n]/.test(name)) throw new DataError(`${folder}: a sequence's name may have no comma; rename the folder`);
  const others: NumberedPhoto[] = [];
  for (const image of numbers.sort((a, b) => a - b)) {
    const path = join(folder, `${image}.jpg`);
    if (!existsSync(path)) throw new DataError(`${folder} holds H_1_${image} but no ${image}.jpg that it leads to.`);
    others.push({ image, path, imageFromImage1: await readHomography(join(folder, `H_1_${image}`)) });
  }
  return [{ name, path1, others }];
}

/** Nine numbers, row by row, separated by white space. */
async function readHomography(file: string): Promise<Matrix3> {
  const words = (await readFile(file, 'utf8')).split(/\s+/).filter((word) => word !== '');
  const numbers = words.map(Number);
  if (numbers.length !== 9 || !numbers.every(Number.isFinite)) {
    throw new DataError(
      `${file}: expected a homography, nine numbers, but it holds "${words.join(' ').slice(0, 80)}".`,
    );
  }
  const matrix = numbers as unknown as Matrix3;
  if (determinant3(matrix) === 0) throw new DataError(`${file}: its matrix is singular, so it is no homography.`);
  return matrix;
}
