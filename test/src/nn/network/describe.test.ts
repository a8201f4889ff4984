import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { definitions } from '../../../../models/definitions.ts';
import { contractText, costOf, layerTable, sidesText, structureOf } from '../../../../src/nn/network/describe.ts';
import { networksMarkdown } from '../../../../src/nn/network/networks-markdown.ts';

/** Prettier pads the columns of a table; what it says stays. */
const unpadded = (text: string): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');

describe('structureOf', () => {
  test.each([
    ['2ch', 'two channels of one image: C(96,7,3) P C(192,5,1) P C(256,3,1); decision: F(256) F(1)'],
    [
      'siam-2stream-l2',
      'two branches with shared weights: central and surround, each C(96,4,2) P C(192,3,1) C(256,3,1) C(256,3,1, linear); each divided by its length; score: minus their distance',
    ],
    [
      'siam-spp',
      'two branches with shared weights: C(96,7,3) P C(192,5,1, pad 2) P C(256,3,1, pad 1) SPP(2×2, 1×1); decision: F(512) F(1)',
    ],
  ] as const)('%s', (name, structure) => {
    expect(structureOf(definitions[name])).toBe(structure);
  });
});

test('a table’s rows add up to its last line', () => {
  for (const definition of Object.values(definitions)) {
    const rows = layerTable(definition)
      .split('\n')
      .slice(2)
      .map((line) => line.split('|').map((cell) => Number(cell.trim().replaceAll('\u00a0', ''))));
    const columns = [4, 5].map((column) => rows.map((cells) => cells[column]));
    for (const values of columns) {
      const total = values.pop()!;
      expect(values.reduce((sum, value) => sum + value, 0)).toBe(total);
    }
    expect(columns[0].length).toBeGreaterThan(5);
  }
});

test('costs of a part, sides and contracts', () => {
  expect(costOf(definitions.descriptor, 'branch').multiplyAdds).toBeLessThan(4e6);
  expect(costOf(definitions.siam).weights).toBe(
    costOf(definitions.siam, 'branch').weights + costOf(definitions.siam, 'decision').weights,
  );
  expect(sidesText(definitions['siam-spp'])).toMatch(/any even side from 32 to 128/);
  expect(contractText(definitions.descriptor, 'branch')).toContain('[n, 1, 32, 32] → `descriptor` [n, 128]');
});

test('models/NETWORKS.md is current (else: npm run readme)', async () => {
  const file = await readFile(new URL('../../../../models/NETWORKS.md', import.meta.url), 'utf8');
  expect(unpadded(file)).toBe(unpadded(`${networksMarkdown(Object.values(definitions))}\n`));
});
