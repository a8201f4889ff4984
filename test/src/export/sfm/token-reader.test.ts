import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTokens } from '../../../../src/export/sfm/token-reader.ts';

let place: string;
beforeAll(async () => void (place = await mkdtemp(join(tmpdir(), 'tokens '))));
afterAll(() => rm(place, { recursive: true }));

describe('openTokens', () => {
  it('gives every word of a long file whole, and fewer than asked for only at its end', async () => {
    const file = join(place, 'long');
    const words = Array.from({ length: 120_000 }, (_, i) => String(i * 7919));
    await writeFile(file, words.map((word, i) => word + [' ', '\n', '\r\n', '\t '][i % 4]).join(''));
    const tokens = await openTokens(file, 'write it again');
    const taken: string[] = [];
    for (let size = 1; taken.length < words.length; size = (size * 5) % 10_007)
      taken.push(...(await tokens.take(size)));
    expect(taken).toEqual(words);
    expect(await tokens.take(3)).toEqual([]);
    await tokens.close();
  });

  it('ends with a word as well as with a blank', async () => {
    const file = join(place, 'short');
    await writeFile(file, '1 2\n345');
    const tokens = await openTokens(file, 'write it again');
    expect(await tokens.take(9)).toEqual(['1', '2', '345']);
    await tokens.close();
  });
});
