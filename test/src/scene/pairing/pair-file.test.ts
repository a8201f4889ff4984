import { expect, test } from 'vitest';
import { DataError } from '../../../../src/errors.ts';
import { parsePairFile } from '../../../../src/scene/pairing/pair-file.ts';
import { reasonsOf } from '../../../../src/scene/pairing/pair-list.ts';

const names = ['a.jpg', 'my photo.jpg', 'my photo.jpg my photo.jpg', 'Ordner ä/b 1.jpg', 'photo.jpg', 'my'];

function pairsIn(text: string): number[][] {
  const { count, a, b } = parsePairFile(text, names, 'pairs.txt');
  return Array.from({ length: count }, (_, i) => [a[i], b[i]]);
}

test('reads names with spaces, Unicode and folders, divided by tabs or spaces, in either order, once each', () => {
  expect(pairsIn('a.jpg photo.jpg\n')).toEqual([[0, 4]]);
  expect(pairsIn('\uFEFF# from a survey\r\nOrdner ä/b 1.jpg a.jpg\r\n\r\na.jpg\tOrdner ä/b 1.jpg\r\n')).toEqual([
    [0, 3],
  ]);
  expect(pairsIn('my photo.jpg   Ordner ä/b 1.jpg\na.jpg my photo.jpg')).toEqual([
    [0, 1],
    [1, 3],
  ]);
  expect(pairsIn('my photo.jpg\tmy photo.jpg my photo.jpg')).toEqual([[1, 2]]);
  const list = parsePairFile('a.jpg photo.jpg', names, 'pairs.txt');
  expect(reasonsOf(list, 0)).toEqual(['listed']);
});

test('says which line is wrong, and why', () => {
  expect(() => pairsIn('a.jpg photo.jpg\na.jpg photo2.jpg')).toThrow(
    /pairs\.txt, line 2: "photo2\.jpg" is none of the photos/,
  );
  expect(() => pairsIn('a.jpg')).toThrow(/line 1: expected two names of photos, but there is only "a\.jpg"/);
  expect(() => pairsIn('\n\na.jpg photo.jpg my photo.jpg')).toThrow(/line 3: expected two names/);
  expect(() => pairsIn('my photo.jpg photo.jpg')).not.toThrow();
  expect(() => pairsIn('my photo.jpg my photo.jpg my photo.jpg')).toThrow(/line 1: .* in several ways; put a tab/);
  expect(() => pairsIn('a.jpg\ta.jpg')).toThrow(/line 1: a\.jpg is paired with itself/);
  expect(() => pairsIn('# nothing\n\n')).toThrow(/pairs\.txt names no pairs/);
  expect(() => pairsIn('a.jpg x')).toThrow(DataError);
});
