import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { optionsMarkdown, stitchOptions } from './options.ts';

/** The README with its table of options as they are. */
export function withOptions(readme: string): string {
  const begin = '<!-- options of stitch: begin (written by `npm run readme`) -->';
  const end = '<!-- options of stitch: end -->';
  const [before, rest] = split(readme, begin);
  const [, after] = split(rest, end);
  return `${before}${begin}\n\n${optionsMarkdown(stitchOptions)}\n\n${end}${after}`;
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
