import { describe, expect, it } from 'vitest';
import { loadOpenCv, OpenCvError } from '../../../src/features/opencv.ts';

describe('loadOpenCv', () => {
  it('leaves the process handlers and awaiting as they were', async () => {
    const before = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
    const opencv = loadOpenCv();
    expect([process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')]).toEqual(before);
    expect(await opencv.scope((cv) => Promise.resolve(typeof cv.Mat))).toBe('function');
    expect(opencv.scope((cv) => 'then' in cv)).toBe(false);
  });

  it('turns OpenCV exceptions into errors with text, thousands of them', () => {
    const opencv = loadOpenCv();
    const provoke = (): unknown =>
      opencv.scope((cv, keep) => {
        const empty = keep(new cv.Mat(0, 0, cv.CV_8UC1));
        keep(new cv.AKAZE()).detect(empty, keep(new cv.KeyPointVector()));
        const wrong = keep(new cv.Mat(40, 40, 5));
        return keep(new cv.ORB(100)).detect(wrong, keep(new cv.KeyPointVector()));
      });
    // Without restoring the stack the instance dies after about 1250.
    for (let i = 0; i < 3000; i++) {
      expect(provoke).toThrow(OpenCvError);
    }
    expect(provoke).toThrow(/OpenCV/);
    const rows = opencv.scope((cv, keep) => keep(new cv.Mat(7, 5, cv.CV_8UC1)).rows);
    expect(rows).toBe(7);
  });

  it('frees what a scope kept: a thousand 8 MiB matrices fit a heap of 1 GiB', () => {
    const opencv = loadOpenCv();
    for (let i = 0; i < 1000; i++) {
      opencv.scope((cv, keep) => keep(new cv.Mat(2048, 4096, cv.CV_8UC1)).rows);
    }
    expect(() =>
      opencv.scope((cv, keep) => Array.from({ length: 200 }, () => keep(new cv.Mat(2048, 4096, cv.CV_8UC1)))),
    ).toThrow(OpenCvError);
    expect(opencv.scope((cv, keep) => keep(new cv.Mat(64, 64, cv.CV_8UC1)).cols)).toBe(64);
  });
});
