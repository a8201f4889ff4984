import { DataError } from '../../errors.ts';
import { createPairCollector, type PairList } from './pair-list.ts';

/**
 * Reads a list of pairs: two names of photos a line, as they stand in the set (`/` between folders), with a tab or
 * spaces between them. Names may hold spaces: a line is divided where both sides are names of the set. Empty lines and
 * lines that start with # are left out; a pair may come twice.
 * @param text of the file
 * @param names of the photos, in the order of the set
 * @param file named in errors
 * @throws DataError naming the line that is not two different photos of the set, or that can be read in two ways; and
 * for a file without pairs
 */
export function parsePairFile(text: string, names: readonly string[], file: string): PairList {
  const indexOf = new Map(names.map((name, i) => [name, i]));
  const pairs = createPairCollector(names.length);
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  lines.forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const where = `${file}, line ${i + 1}`;
    const [a, b] = readLine(line, indexOf, where);
    if (a === b) throw new DataError(`${where}: ${names[a]} is paired with itself; name two different photos.`);
    pairs.add(a, b, 'listed');
  });
  const list = pairs.list();
  if (list.count > 0) return list;
  throw new DataError(
    `${file} names no pairs: expected two names of photos a line, with a tab or a space between them.`,
  );
}

function readLine(line: string, indexOf: ReadonlyMap<string, number>, where: string): readonly [number, number] {
  const separator = line.includes('\t') ? /\t+/g : / +/g;
  const text = line.trim();
  const ways: [number, number][] = [];
  for (const { index, 0: gap } of text.matchAll(separator)) {
    const a = indexOf.get(text.slice(0, index).trim());
    const b = indexOf.get(text.slice(index + gap.length).trim());
    if (a !== undefined && b !== undefined) ways.push([a, b]);
  }
  if (ways.length === 1) return ways[0];
  if (ways.length > 1) {
    throw new DataError(`${where}: "${shortened(text)}" can be two names in several ways; put a tab between them.`);
  }
  throw new DataError(`${where}: ${whyNot(text, indexOf)}`);
}

/** Names the word that is no photo where the other one is. */
function whyNot(text: string, indexOf: ReadonlyMap<string, number>): string {
  const words = text.split(text.includes('\t') ? /\t+/ : / +/).map((word) => word.trim());
  if (words.length === 1) return `expected two names of photos, but there is only "${shortened(text)}".`;
  const unknown = words.find((word) => !indexOf.has(word));
  const [example] = indexOf.keys();
  const advice = `Names are written as in the photo folder, as "${example}", and a tab parts names with spaces.`;
  if (words.length === 2 && unknown !== undefined) return `"${shortened(unknown)}" is none of the photos. ${advice}`;
  return `expected two names of photos, but there is "${shortened(text)}". ${advice}`;
}

function shortened(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
