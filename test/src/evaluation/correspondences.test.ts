import { describe, expect, it } from 'vitest';
import { parseCorrespondences, parseExpectedPanoramas } from '../../../src/evaluation/correspondences.ts';

describe('parseCorrespondences', () => {
  it('gathers the rows of each pair, wherever they stand', () => {
    const text =
      'photo1,photo2,x1,y1,x2,y2\r\na.jpg,b.jpg,1,2,3.5,4\r\na.jpg,c.jpg,5,6,7,8\r\na.jpg,b.jpg,9,10,-11,1e1\r\n';
    const pairs = parseCorrespondences(text);
    expect(pairs.map((p) => [p.photo1, p.photo2, p.count, ...p.points])).toEqual([
      ['a.jpg', 'b.jpg', 2, 1, 2, 3.5, 4, 9, 10, -11, 10],
      ['a.jpg', 'c.jpg', 1, 5, 6, 7, 8],
    ]);
  });

  it.each([
    ['a.jpg,b.jpg,1,2,3', 'line 2'],
    ['a.jpg,b.jpg,1,2,3,', 'line 2'],
    ['a.jpg,b.jpg,1,2,3,x', 'line 2'],
  ])('refuses the row "%s" and names it', (row, where) => {
    expect(() => parseCorrespondences(`photo1,photo2,x1,y1,x2,y2\n${row}`, 'set.csv')).toThrow(`set.csv, ${where}`);
  });

  it('refuses a file with other columns', () => {
    expect(() => parseCorrespondences('x1,y1\n1,2', 'set.csv')).toThrow('set.csv: expected the first line');
  });
});

describe('parseExpectedPanoramas', () => {
  it('takes groups of file names and refuses anything else', () => {
    expect(parseExpectedPanoramas({ set: [['a.jpg'], ['b.jpg']] })).toEqual({ set: [['a.jpg'], ['b.jpg']] });
    expect(() => parseExpectedPanoramas({ set: ['a.jpg'] })).toThrow('expect.json');
  });
});
