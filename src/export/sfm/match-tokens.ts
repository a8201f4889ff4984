import { DataError } from '../../errors.ts';
import type { TokenReader } from './token-reader.ts';

/**
 * A word that is an index or a count.
 * @throws DataError where it is none, or missing
 */
export function toCount(token: string | undefined, file: string, remedy: string): number {
  if (token !== undefined && /^\d{1,10}$/.test(token) && Number(token) <= 0xffffffff) return Number(token);
  throw new DataError(
    token === undefined
      ? `${file} ends in the middle of a pair; ${remedy}.`
      : `${file}: expected an index or a count but got ${token.slice(0, 40)}; ${remedy}.`,
  );
}

/** `i j` for each of so many matches. */
export async function readMatches(
  tokens: TokenReader,
  count: number,
  file: string,
  remedy: string,
): Promise<Uint32Array> {
  const words = await tokens.take(2 * count);
  if (words.length < 2 * count) toCount(undefined, file, remedy);
  return Uint32Array.from(words, (word) => toCount(word, file, remedy));
}
