import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../errors.ts';
import { writeWhole } from '../write-whole.ts';
import type { Anchors } from './patch-set.ts';
import { sharedUint32 } from './shared-columns.ts';

/** The file of a set's folder with what was mined. */
export const anchorsFile = 'anchors.csv';

const header = 'patch1,true2,hard2';
const rowsAtATime = 4096;

/**
 * Writes `anchors.csv`: an anchor patch a line, its true partner in another photo, and the nearest wrong patches of that
 * photo, nearest first, separated by spaces; all as numbers of patches in the set.
 */
export async function writeAnchors(folder: string, anchors: Anchors, signal?: AbortSignal): Promise<void> {
  const { count, patch1, true2, hard2 } = anchors;
  const perAnchor = count === 0 ? 0 : hard2.length / count;
  await writeWhole(
    join(folder, anchorsFile),
    async (temporary) => {
      const file = await open(temporary, 'w');
      try {
        await file.write(`${header}\n`);
        for (let start = 0; start < count; start += rowsAtATime) {
          signal?.throwIfAborted();
          let text = '';
          for (let row = start; row < Math.min(count, start + rowsAtATime); row++) {
            const hard = hard2.subarray(row * perAnchor, (row + 1) * perAnchor);
            text += `${patch1[row]},${true2[row]},${hard.join(' ')}\n`;
          }
          await file.write(text);
        }
      } finally {
        await file.close();
      }
    },
    signal,
  );
}

/**
 * Reads `anchors.csv` of a set, over shared memory; null where nothing was mined.
 * @param patches number of patches of the set
 * @throws DataError naming the file and the line that is not as written by `writeAnchors`
 */
export async function readAnchors(folder: string, patches: number): Promise<Anchors | null> {
  const file = join(folder, anchorsFile);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new DataError(`${file} cannot be read (${error.code}).`);
  });
  if (bytes === null) return null;
  const first = bytes.indexOf('\n');
  if (bytes.toString('latin1', 0, Math.max(0, first)).trim() !== header) {
    throw new DataError(`${file}: expected the first line "${header}"; mine the set again.`);
  }
  return parseRows(bytes, first + 1, file, patches);
}

const [newline, carriageReturn, comma, space, zero] = ['\n', '\r', ',', ' ', '0'].map((sign) => sign.charCodeAt(0));

/** Reads digits itself: a million lines of twelve numbers take a second so, and ten through strings. */
function parseRows(bytes: Buffer, start: number, file: string, patches: number): Anchors {
  let lines = 0;
  for (let at = start; at < bytes.length; at++) if (bytes[at] === newline) lines++;
  const end = bytes.indexOf('\n', start);
  const firstLine = bytes.toString('latin1', start, end < 0 ? bytes.length : end);
  const perAnchor = lines === 0 ? 0 : firstLine.split(/[, ]/).length - 2;
  const numbers = new Uint32Array(2 + perAnchor);
  const [patch1, true2] = [sharedUint32(lines), sharedUint32(lines)];
  const hard2 = sharedUint32(lines * perAnchor);
  let at = start;
  for (let row = 0; row < lines; row++) {
    for (let column = 0; column < numbers.length; column++) {
      const begin = at;
      let value = 0;
      for (; bytes[at] >= zero && bytes[at] < zero + 10; at++) value = value * 10 + bytes[at] - zero;
      if (column === numbers.length - 1 && bytes[at] === carriageReturn) at++;
      const separator = column === numbers.length - 1 ? newline : column < 2 ? comma : space;
      if (at === begin || bytes[at++] !== separator || value >= patches) {
        throw new DataError(
          `${file}, line ${row + 2}: expected ${numbers.length} numbers of patches below ${patches}; mine the set again.`,
        );
      }
      numbers[column] = value;
    }
    patch1[row] = numbers[0];
    true2[row] = numbers[1];
    hard2.set(numbers.subarray(2), row * perAnchor);
  }
  return { count: lines, patch1, true2, hard2 };
}
