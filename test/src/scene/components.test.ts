import { describe, expect, it } from 'vitest';
import { connectedComponents } from '../../../src/scene/components.ts';
import { photoInfo, verifiedPair } from '../stitching/synthetic-graph.ts';

const photos = Array.from({ length: 8 }, (_, i) => photoInfo(`p${i}`, 100, 100));
const pair = (a: number, b: number, matches = 10) => verifiedPair(a, b, new Array<number>(4 * matches).fill(1));

describe('connectedComponents', () => {
  it('lists components, the largest first, with their pairs, and photos that belong to nothing', () => {
    const graph = { photos, pairs: [pair(0, 5), pair(2, 7), pair(3, 7), pair(2, 3)] };
    expect(connectedComponents(graph)).toEqual({
      components: [
        { photos: [2, 3, 7], pairs: [1, 2, 3] },
        { photos: [0, 5], pairs: [0] },
      ],
      isolated: [1, 4, 6],
    });
  });

  it('puts the component with more matches first where photos are as many', () => {
    const graph = { photos, pairs: [pair(0, 1, 10), pair(4, 6, 20)] };
    expect(connectedComponents(graph).components.map((c) => c.photos)).toEqual([
      [4, 6],
      [0, 1],
    ]);
  });

  it('falls apart without the pairs that do not count', () => {
    const graph = { photos, pairs: [pair(0, 1), pair(1, 2)] };
    const { components, isolated } = connectedComponents(graph, (index) => index === 0);
    expect(components.map((c) => c.photos)).toEqual([[0, 1]]);
    expect(isolated).toContain(2);
  });
});
