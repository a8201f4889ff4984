import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createSharedGarbageCollector } from '../../pipeline/shared-garbage.ts';

const shared = (bytes: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(bytes));

it('collects what is done with after so many shared bytes, wherever in the data they are', async () => {
  const letGo = createSharedGarbageCollector(1000);
  let collected = 0;
  const registry = new FinalizationRegistry(() => collected++);
  const leave = (bytes: number): void => {
    const value = { photos: [{ patches: shared(bytes) }], own: new Uint8Array(10_000), none: null };
    registry.register(value, null);
    letGo(value, undefined);
  };
  const settled = async (): Promise<number> => {
    await setTimeout(50);
    return collected;
  };
  leave(600);
  expect(await settled()).toBe(0);
  leave(600);
  // The value at hand may outlive the collection it causes.
  leave(600);
  leave(600);
  expect(await settled()).toBeGreaterThanOrEqual(2);
});
