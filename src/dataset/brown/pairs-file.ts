import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readNumberLines } from './number-lines.ts';

/** Pairs to verify in the order of the file: true where both patches show one point. */
export interface VerificationPairs {
  readonly count: number;
  readonly patch1: Uint32Array;
  readonly point1: Uint32Array;
  readonly patch2: Uint32Array;
  readonly point2: Uint32Array;
}

const pattern = /^m50_(\d+)_(\d+)_0\.txt$/;

/** `m50_<true pairs>_<wrong pairs>_0.txt` */
export function pairsFileName({ count, point1, point2 }: VerificationPairs): string {
  let right = 0;
  for (let i = 0; i < count; i++) if (point1[i] === point2[i]) right++;
  return `m50_${right}_${count - right}_0.txt`;
}

/** Files of pairs in a folder, that with most pairs (by its name) first. */
export async function findPairsFiles(folder: string): Promise<string[]> {
  const pairsOf = (name: string): number => {
    const [, right, wrong] = pattern.exec(name)!;
    return Number(right) + Number(wrong);
  };
  const names = (await readdir(folder)).filter((name) => pattern.test(name)).sort();
  return names.sort((a, b) => pairsOf(b) - pairsOf(a));
}

const columns = ['patch1', 'point1', 'unused', 'patch2', 'point2', 'unused', 'unused'];

/**
 * Reads pairs: "patch1 point1 unused patch2 point2 unused unused" a line.
 * @throws DataError naming the line that is not so
 */
export async function readPairsFile(folder: string, name: string, signal?: AbortSignal): Promise<VerificationPairs> {
  const format = { columns, separator: ' ', header: false, whole: true } as const;
  const { rows, values } = await readNumberLines(join(folder, name), format, signal);
  const column = (at: number): Uint32Array =>
    Uint32Array.from({ length: rows }, (_, row) => values[columns.length * row + at]);
  return { count: rows, patch1: column(0), point1: column(1), patch2: column(3), point2: column(4) };
}

export function pairLine({ patch1, point1, patch2, point2 }: VerificationPairs, i: number): string {
  return `${patch1[i]} ${point1[i]} 0 ${patch2[i]} ${point2[i]} 0 0\n`;
}
