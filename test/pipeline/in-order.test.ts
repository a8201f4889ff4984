import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapAhead, runInOrder } from '../../pipeline/in-order.ts';

const later = async <T>(value: T, ms: number): Promise<T> => {
  await setTimeout(ms);
  return value;
};

describe('mapAhead', () => {
  it('gives results in the order of the inputs, however long each takes', async () => {
    const results: number[] = [];
    for await (const result of mapAhead([30, 1, 20, 2, 10], 3, (ms) => later(ms, ms))) results.push(result);
    expect(results).toEqual([30, 1, 20, 2, 10]);
  });

  it.each([1, 2, 4, 50])('with %i ahead: never more under way or waiting', async (ahead) => {
    const inputs = Array.from({ length: 20 }, (_, i) => i);
    let [open, most] = [0, 0];
    const work = (i: number): Promise<number> => {
      most = Math.max(most, ++open);
      return later(i, i % 3);
    };
    const results: number[] = [];
    for await (const result of mapAhead(inputs, ahead, work)) {
      open--;
      results.push(result);
    }
    expect(results).toEqual(inputs);
    expect(most).toBe(Math.min(ahead, inputs.length));
  });

  it('reads endless inputs no further than asked', async () => {
    let read = 0;
    function* numbers(): Generator<number, void, undefined> {
      for (;;) yield read++;
    }
    for await (const result of mapAhead(numbers(), 4, (i) => later(i, 0))) if (result === 5) break;
    expect(read).toBe(9);
  });

  it('fails with the first failure in order, after what came before; later failures stay unseen', async () => {
    const results: number[] = [];
    const work = async (i: number): Promise<number> => {
      await setTimeout(i === 2 ? 20 : 1);
      if (i >= 2) throw new Error(`number ${i}`);
      return i;
    };
    const all = async (): Promise<void> => {
      for await (const result of mapAhead([0, 1, 2, 3, 4], 5, work)) results.push(result);
    };
    await expect(all()).rejects.toThrow('number 2');
    expect(results).toEqual([0, 1]);
    await setTimeout(30);
  });
});

it('runInOrder hands results on one after the other', async () => {
  const seen: string[] = [];
  let busy = false;
  await runInOrder(
    ['c', 'a', 'b'],
    2,
    (text) => later(text, text === 'c' ? 20 : 1),
    async (text, index) => {
      expect(busy).toBe(false);
      busy = true;
      await setTimeout(2);
      seen.push(`${index}${text}`);
      busy = false;
    },
  );
  expect(seen).toEqual(['0c', '1a', '2b']);
});
