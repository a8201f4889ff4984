import { join } from 'node:path';
import { DataError } from '../../errors.ts';
import { sharedUint32 } from '../shared-columns.ts';
import { readNumberLines } from './number-lines.ts';

/** The file with the point and the photo of each patch. */
export const infoFile = 'info.txt';

/** Ids, one of each a patch, over shared memory. */
export interface PatchIds {
  readonly point: Uint32Array;
  readonly photo: Uint32Array;
}

/**
 * Reads `info.txt`: "<point> <photo>" a patch, on lines of their own.
 * @throws DataError naming the line that is not so, or where there is none
 */
export async function readInfo(folder: string, signal?: AbortSignal): Promise<PatchIds> {
  const file = join(folder, infoFile);
  const format = { columns: ['point', 'photo'], separator: ' ', header: false, whole: true } as const;
  const { rows, values } = await readNumberLines(file, format, signal);
  if (rows === 0) throw new DataError(`${file} is empty; expected a line "<point> <photo>" for each patch.`);
  const point = sharedUint32(rows);
  const photo = sharedUint32(rows);
  for (let row = 0; row < rows; row++) {
    point[row] = values[2 * row];
    photo[row] = values[2 * row + 1];
  }
  return { point, photo };
}

export function infoLine(point: number, photo: number): string {
  return `${point} ${photo}\n`;
}
