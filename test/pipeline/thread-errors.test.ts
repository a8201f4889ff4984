import { describe, expect, test } from 'vitest';
import { receiveError, sendError } from '../../pipeline/thread-errors.ts';
import { DataError, OutputError, PhotoError, TesseraError, UsageError } from '../../src/errors.ts';

const acrossThreads = (error: unknown): unknown => receiveError(structuredClone(sendError(error)));

describe('errors across threads', () => {
  test.each([
    new TesseraError('a'),
    new UsageError('no such option'),
    new DataError('no overlap'),
    new OutputError('disk full'),
    new PhotoError('a.jpg', 'unreadable', 'is cut off', 'copy it again'),
  ])('$name keeps its class and what it says', (error) => {
    const received = acrossThreads(error) as Error;
    expect(received).not.toBe(error);
    expect(received.constructor).toBe(error.constructor);
    expect(received.message).toBe(error.message);
    expect({ ...received }).toEqual({ ...error });
  });

  test('others stay as they are', () => {
    const bug = new RangeError('out of range', { cause: { thrown: 'constructor' } });
    expect(acrossThreads(bug)).toEqual(bug);
    expect(receiveError('text')).toBe('text');
  });
});
