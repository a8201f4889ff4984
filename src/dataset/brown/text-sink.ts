import { open } from 'node:fs/promises';

/** A text file written line by line, a buffer at a time. */
export interface TextSink {
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

const bufferedCharacters = 1 << 16;

/** Opens a new file for writing. */
export async function openTextSink(file: string): Promise<TextSink> {
  const handle = await open(file, 'wx');
  let buffer = '';
  const flush = async (): Promise<void> => {
    const text = buffer;
    buffer = '';
    if (text !== '') await handle.writeFile(text, 'latin1');
  };
  return {
    async write(text) {
      buffer += text;
      if (buffer.length >= bufferedCharacters) await flush();
    },
    async close() {
      try {
        await flush();
      } finally {
        await handle.close();
      }
    },
  };
}
