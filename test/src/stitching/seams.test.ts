import { describe, expect, it } from 'vitest';
import { MaxFlow } from '../../../src/math/max-flow.ts';
import { createRandom } from '../../../src/math/random.ts';
import { noLabel } from '../../../src/stitching/labels.ts';
import { prepareComposition } from '../../../src/stitching/compose.ts';
import type { World } from './analytic-world.ts';
import { photograph, renderAll, shotTo, wavyWorld } from './analytic-world.ts';

/** The world with a dark red visitor at θ = `at` radians, upright, on the horizon. */
const visitor =
  (at: number): World =>
  (d, rgb) => {
    wavyWorld(d, rgb);
    const theta = Math.atan2(d[0], d[2]);
    if (Math.abs(theta - at) < 0.05 && Math.abs(d[1]) < 0.2) rgb.set([0.6, 0.05, 0.05]);
  };

const options = { projection: 'cylinder', scale: 1, crop: 'none' } as const;

describe('seams', () => {
  it('show somebody who took a step between two photos once, and whole', async () => {
    // Both photos show θ = 0.2…0.3, halfway between them; the visitor moved by most of his width.
    const shots = [shotTo(0, 0, 0, { world: visitor(0.2) }), shotTo(1, 26, 0, { world: visitor(0.28) })];
    const { cameras, photos, loadPhoto } = photograph(shots, wavyWorld);
    const plan = await prepareComposition(cameras, photos, loadPhoto, options);
    const { width, data } = await renderAll(plan, loadPhoto);
    const y = Math.round(-plan.canvas.offset[1]);
    const red: number[] = [];
    for (let x = 0; x < width; x++) {
      const o = (y * width + x) * 4;
      if (data[o] > 110 && data[o + 1] < 60 && data[o + 2] < 60) red.push(x);
    }
    // He is 0.1 radians wide: 22 px in one piece.
    expect(red[red.length - 1] - red[0] + 1).toBe(red.length);
    expect(Math.abs(red.length - 22)).toBeLessThan(4);
  });

  it('leave no covered pixel without a photo, and use photos where they show it', async () => {
    const shots = [0, 60, 120, 180, 240, 300].map((yaw, i) => shotTo(i, yaw, 0, { focal: 160 }));
    const { cameras, photos, loadPhoto } = photograph(shots, wavyWorld);
    const plan = await prepareComposition(cameras, photos, loadPhoto, options);
    const { canvas, labels } = plan.labelMap;
    expect(new Set(labels)).toEqual(new Set([0, 1, 2, 3, 4, 5, noLabel]));
    // On the horizon of a closed circle every pixel is covered.
    const y = Math.round(-canvas.offset[1]);
    expect(labels.subarray(y * canvas.width, (y + 1) * canvas.width).includes(noLabel)).toBe(false);
  });
});

describe('maximum flow', () => {
  it('finds cuts as cheap as the cheapest of all', () => {
    const random = createRandom(3);
    for (let round = 0; round < 60; round++) {
      const n = 6;
      const edges: [number, number, number, number][] = [];
      const terminals: [number, number][] = [];
      for (let i = 0; i < n; i++) {
        terminals.push([random.integer(20), random.integer(20)]);
        for (let j = 0; j < i; j++) if (random.next() < 0.6) edges.push([i, j, random.integer(15), random.integer(15)]);
      }
      const cost = (isSink: (i: number) => boolean): number => {
        const own = terminals.reduce((sum, [source, sink], i) => sum + (isSink(i) ? source : sink), 0);
        return edges.reduce((sum, [i, j, forward, backward]) => {
          if (isSink(i) === isSink(j)) return sum;
          return sum + (isSink(i) ? backward : forward);
        }, own);
      };
      const flow = new MaxFlow(n, edges.length);
      terminals.forEach(([source, sink], i) => flow.addTerminals(i, source, sink));
      for (const edge of edges) flow.addEdge(...edge);
      flow.solve();
      let cheapest = Infinity;
      for (let mask = 0; mask < 1 << n; mask++)
        cheapest = Math.min(
          cheapest,
          cost((i) => ((mask >> i) & 1) === 1),
        );
      expect(cost((i) => flow.isSinkSide(i))).toBe(cheapest);
    }
  });
});
