import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../errors.ts';
import { sharedFloat32 } from '../shared-columns.ts';
import { readNumberLines } from './number-lines.ts';

/** The file with the keypoint of each patch. */
export const keypointsFile = 'keypoints.csv';

const columns = ['x', 'y', 'size', 'angle'] as const;

export const keypointsHeader = `${columns.join(',')}\n`;

/** Keypoints in columns, one a patch; over shared memory as they are read. */
export type KeypointColumns = Readonly<Record<(typeof columns)[number], Float32Array>>;

/**
 * Reads `keypoints.csv`: a header "x,y,size,angle", then a line a patch. x, y and the diameter in px of the photo as it was
 * searched, the centre of the top-left pixel being (0, 0); the angle in radians, clockwise as y points down.
 * @param count number of patches
 * @returns null where there is no such file
 * @throws DataError naming the file where it is not so
 */
export async function readKeypointColumns(
  folder: string,
  count: number,
  signal?: AbortSignal,
): Promise<KeypointColumns | null> {
  const file = join(folder, keypointsFile);
  if (!existsSync(file)) return null;
  const { rows, values } = await readNumberLines(file, { columns, separator: ',', header: true, whole: false }, signal);
  if (rows !== count) throw new DataError(`${file}: expected ${count} keypoints, one a patch, but there are ${rows}.`);
  const column = (at: number): Float32Array => {
    const result = sharedFloat32(count);
    for (let row = 0; row < count; row++) result[row] = values[columns.length * row + at];
    return result;
  };
  return { x: column(0), y: column(1), size: column(2), angle: column(3) };
}

export function keypointLine({ x, y, size, angle }: KeypointColumns, i: number): string {
  return `${shortest(x[i])},${shortest(y[i])},${shortest(size[i])},${shortest(angle[i])}\n`;
}

/** The shortest decimal of a float32 that reads back the same; nine digits always do. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(Number(value.toPrecision(9)));
}
