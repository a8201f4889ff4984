import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { matchOptions } from './match-options.ts';
import { optionsMarkdown, stitchOptions } from './options.ts';
import { sfmOptions } from './sfm-options.ts';

const tables = { stitch: stitchOptions, match: matchOptions, sfm: sfmOptions };

/** The README with its tables of options as they are. */
export function withOptions(readme: string): string {
  return Object.entries(tables).reduce((text, [command, table]) => {
    const begin = `<!-- options of ${command}: begin (written by \`npm run readme\`) -->`;
    const end = `<!-- options of ${command}: end -->`;
    const [before, rest] = split(text, begin);
    const [, after] = split(rest, end);
    return `${before}${begin}\n\n${optionsMarkdown(table)}\n\n${end}${after}`;
  }, readme);
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`README.md has no line ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = fileURLToPath(new URL('../../README.md', import.meta.url));
  await writeFile(file, withOptions(await readFile(file, 'utf8')));
}
