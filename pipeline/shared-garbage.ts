import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Lets go of shared memory that a thread has done with. V8 does not count shared memory among what a thread's objects
 * hold, so it sees no reason to collect them: a worker would keep the features of every photo it was ever handed.
 * @param mostBytes handed over before the garbage is collected
 * @returns to be told of each value that came or went
 */
export function createSharedGarbageCollector(mostBytes: number): (...values: readonly unknown[]) => void {
  let bytes = 0;
  let collect: (() => void) | undefined;
  return (...values) => {
    for (const value of values) bytes += sharedBytes(value);
    if (bytes < mostBytes) return;
    bytes = 0;
    collect ??= garbageCollector();
    collect();
  };
}

/** Bytes of all shared memory in plain data. */
function sharedBytes(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof SharedArrayBuffer ? value.byteLength : 0;
  if (value === null || typeof value !== 'object') return 0;
  return Object.values(value).reduce((sum: number, part) => sum + sharedBytes(part), 0);
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
