import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { withOptions } from '../../pipeline/write-readme.ts';

/** Prettier pads the columns of a table; what it says stays. */
const unpadded = (text: string): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');

describe('README', () => {
  it('documents the options as they are (else: npm run readme)', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    expect(unpadded(withOptions(readme))).toBe(unpadded(readme));
  });
});
