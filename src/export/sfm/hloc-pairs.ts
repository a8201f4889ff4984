import { DataError } from '../../errors.ts';
import type { Hdf5Reader } from './hdf5-file.ts';
import { hlocPairName } from './hloc.ts';

/** Where the matches of two photos stand. */
export interface HlocPair {
  /** Photos by their index, `a < b`. */
  readonly a: number;
  readonly b: number;
  readonly group: string;
  /** Whether the file has them as b/a. */
  readonly isSwapped: boolean;
}

/**
 * The pairs of a file of matches, ordered by a, then b. As hloc's reader: groups `name0/name1`, also with the two in the other order, and
 * groups `name0_name1` of older versions. Pairs of photos that are not among `names` are left out. Of a pair that stands there twice the
 * one that is not swapped is taken.
 * @throws DataError where a group may mean two pairs
 */
export function listHlocPairs(file: Hdf5Reader, path: string, names: readonly string[]): HlocPair[] {
  const photosCalled = new Map<string, number[]>();
  names.forEach((name, i) => {
    const short = hlocPairName(name);
    photosCalled.set(short, [...(photosCalled.get(short) ?? []), i]);
  });
  const pairs = new Map<string, HlocPair>();
  const add = (group: string, splits: readonly (readonly [string, string])[]): void => {
    const meant = splits.flatMap(([short0, short1]) =>
      (photosCalled.get(short0) ?? []).flatMap((first) =>
        (photosCalled.get(short1) ?? []).map((second) => [first, second] as const),
      ),
    );
    if (meant.length === 0) return;
    if (meant.length > 1) {
      const readings = meant.map(([first, second]) => `${names[first]} and ${names[second]}`).join(', or ');
      throw new DataError(`${path}: ${group} may be matches of ${readings}. Rename the photos and match them again.`);
    }
    const [[first, second]] = meant;
    if (first === second) return;
    const [a, b] = first < second ? [first, second] : [second, first];
    const isSwapped = first > second;
    if (isSwapped && pairs.has(`${a} ${b}`)) return;
    pairs.set(`${a} ${b}`, { a, b, group, isSwapped });
  };
  for (const { name: outer, isGroup } of file.list('')) {
    if (!isGroup) continue;
    const inner = file.list(outer);
    if (inner.some(({ name, isGroup: isInner }) => name === 'matches0' && !isInner)) add(outer, splitsAt(outer, '_'));
    else for (const { name, isGroup: isPair } of inner) if (isPair) add(`${outer}/${name}`, [[outer, name]]);
  }
  return [...pairs.values()].sort((p, q) => p.a - q.a || p.b - q.b);
}

/** All ways to split a text in two at a separator. */
function splitsAt(text: string, separator: string): [string, string][] {
  const places = [...text.matchAll(new RegExp(separator, 'g'))].map(({ index }) => index);
  return places.map((at) => [text.slice(0, at), text.slice(at + separator.length)]);
}
