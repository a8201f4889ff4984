import { open } from 'node:fs/promises';
import { DataError } from '../../errors.ts';

/** The words of a text file one after the other, a part of the file in memory at a time. */
export interface TokenReader {
  /** The next words, fewer only where the file ends. */
  take(count: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

const chunkBytes = 1 << 18;

/**
 * Opens a file of words between blanks.
 * @param remedy for the error
 * @throws DataError where it cannot be opened
 */
export async function openTokens(file: string, remedy: string): Promise<TokenReader> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${file} cannot be read (${error.code}); ${remedy}.`);
  });
  const chunk = Buffer.alloc(chunkBytes);
  let tokens: string[] = [];
  let next = 0;
  let cut = '';
  let isEnd = false;
  const readChunk = async (): Promise<void> => {
    const { bytesRead } = await handle.read(chunk, 0, chunkBytes);
    isEnd = bytesRead === 0;
    const words = (cut + chunk.toString('latin1', 0, bytesRead)).split(/\s+/);
    // The last word may go on in the next chunk.
    cut = isEnd ? '' : (words.pop() ?? '');
    tokens = tokens.slice(next).concat(words.filter((word) => word !== ''));
    next = 0;
  };
  return {
    async take(count) {
      while (tokens.length - next < count && !isEnd) await readChunk();
      const taken = tokens.slice(next, next + count);
      next += taken.length;
      return taken;
    },
    close: () => handle.close(),
  };
}
