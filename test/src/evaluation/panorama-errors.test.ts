import { describe, expect, it } from 'vitest';
import type { PairCorrespondences } from '../../../src/evaluation/correspondences.ts';
import { measurePanoramas, percentile } from '../../../src/evaluation/panorama-errors.ts';
import { imageTransfer } from '../../../src/evaluation/report-transfer.ts';
import type { ReportImage, ReportPlanarImage } from '../../../src/export/panorama-report.ts';
import { rotation, rotationImage, rotationReport } from './report-cameras.ts';

/** Correspondences of points on a grid of photo 1 that the true cameras show in photo 2. */
function trueCorrespondences(from: ReportImage, to: ReportImage): PairCorrespondences {
  const transfer = imageTransfer(from, to);
  const values: number[] = [];
  for (let y = 50; y < from.height; y += 50) {
    for (let x = 50; x < from.width; x += 50) {
      const [u, v] = transfer(x, y);
      if (u > 0 && v > 0 && u < to.width && v < to.height) values.push(x, y, u, v);
    }
  }
  const name = (image: ReportImage) => image.path.split('/').at(-1)!;
  return { photo1: name(from), photo2: name(to), count: values.length / 4, points: Float64Array.from(values) };
}

const lens = { distortion: [-0.12, 0.03] as [number, number] };
const a = rotationImage('set/a.jpg', 0, lens);
const b = rotationImage('set/b.jpg', 25, { ...lens, R: rotation(25, 8) });
const c = rotationImage('set/c.jpg', 50, lens);

describe('imageTransfer', () => {
  it('maps a turn of the camera to where trigonometry says it goes', () => {
    // A pixel 10° right of the axis of a camera that looks ahead lies 20° left of one turned right by 30°.
    const transfer = imageTransfer(rotationImage('a', 0), rotationImage('b', 30));
    const degrees = Math.PI / 180;
    const [x, y] = transfer(599.5 + 1000 * Math.tan(10 * degrees), 399.5);
    expect(x).toBeCloseTo(599.5 - 1000 * Math.tan(20 * degrees), 9);
    expect(y).toBeCloseTo(399.5, 9);
  });

  it('bends a ray by the lens model of the report', () => {
    // Same direction, cameras that differ only in their lens: 500 px from the centre is r = 0.5 undistorted.
    const transfer = imageTransfer(rotationImage('a', 0), rotationImage('b', 0, { distortion: [-0.1, 0.02] }));
    const [x] = transfer(599.5 + 500, 399.5);
    expect(x).toBeCloseTo(599.5 + 500 * (1 - 0.1 * 0.25 + 0.02 * 0.0625), 9);
  });

  it('comes back to the same pixel through a strongly distorting lens', () => {
    const there = imageTransfer(a, b);
    const back = imageTransfer(b, a);
    const [x, y] = back(...there(1100, 700));
    expect(x).toBeCloseTo(1100, 8);
    expect(y).toBeCloseTo(700, 8);
  });

  it('gives no pixel behind the camera and past the reach of the lens model', () => {
    expect(imageTransfer(a, rotationImage('b', 180))(600, 400)[0]).toBeNaN();
    const narrow = rotationImage('n', 0, { distortion: [-1, 0] });
    expect(imageTransfer(narrow, a)(1100, 700)[0]).toBeNaN();
  });
});

describe('measurePanoramas', () => {
  const truth = [trueCorrespondences(a, b), trueCorrespondences(b, c)];
  const groups = [['a.jpg', 'b.jpg', 'c.jpg']];

  it('finds no error in true cameras', () => {
    const errors = measurePanoramas(rotationReport([a, b, c]), truth, groups);
    expect(errors.medianPct).toBeLessThan(1e-9);
    expect(errors.p90Pct).toBeLessThan(1e-9);
    expect(errors).toMatchObject({ used: 3, belong: 3, panoramas: 1, wronglyUsed: [], splitOff: [] });
  });

  it('measures a camera that is turned by 0.1° as the pixels that this moves', () => {
    const centre = { photo1: 'a.jpg', photo2: 'b.jpg', count: 1, points: Float64Array.of(599.5, 399.5, 599.5, 399.5) };
    const report = rotationReport([rotationImage('set/a.jpg', 0), rotationImage('set/b.jpg', 0.1)]);
    const errors = measurePanoramas(report, [centre], [['a.jpg', 'b.jpg']]);
    // f · tan(0.1°) = 1.7453 px of 1200 px.
    expect(errors.medianPct).toBeCloseTo((100 * 1000 * Math.tan((0.1 * Math.PI) / 180)) / 1200, 9);
  });

  it('divides by the longer side of photo 2, whichever side that is', () => {
    const tall = rotationImage('set/b.jpg', 0, { width: 1200, height: 2400 });
    const shifted = { photo1: 'a.jpg', photo2: 'b.jpg', count: 1, points: Float64Array.of(599.5, 399.5, 602.5, 403.5) };
    const report = rotationReport([rotationImage('set/a.jpg', 0), tall]);
    expect(measurePanoramas(report, [shifted], null).medianPct).toBeCloseTo((100 * 5) / 2400, 9);
  });

  it('measures planar cameras by their homographies', () => {
    const planar = (path: string, dx: number): ReportPlanarImage => ({
      path,
      width: 1000,
      height: 500,
      gain: [1, 1, 1],
      A: [
        [0.5, 0, dx],
        [0, 0.5, 0],
        [0, 0, 1],
      ],
    });
    const report = rotationReport();
    report.panoramas.push({
      output: 'flat.png',
      width: 900,
      height: 250,
      model: 'planar',
      canvas: { projection: 'plane', scale: 0.5, offset: [0, 0] },
      images: [planar('a.jpg', 0), planar('b.jpg', 100)],
      pairs: [],
    });
    // 100 output pixels are 200 photo pixels; the correspondence is 3 px off.
    const pair = { photo1: 'a.jpg', photo2: 'b.jpg', count: 1, points: Float64Array.of(400, 60, 203, 60) };
    expect(measurePanoramas(report, [pair], [['a.jpg', 'b.jpg']]).medianPct).toBeCloseTo(0.3, 9);
  });

  it('counts a pair whose photo was left out as infinite, and the set too once half of the pairs are', () => {
    const errors = measurePanoramas(rotationReport([a, b]), truth, groups);
    expect(errors.pairs.map((p) => p.errorPct < 1e-9)).toEqual([true, false]);
    expect(errors.medianPct).toBe(Infinity);
    expect(errors.used).toBe(2);
  });

  it('counts photos that ended in two panoramas as not joined', () => {
    const errors = measurePanoramas(rotationReport([a, b], [c]), truth, groups);
    expect(errors.pairs[1].errorPct).toBe(Infinity);
    expect(errors).toMatchObject({ used: 2, belong: 3, panoramas: 2, splitOff: ['c.jpg'], wronglyUsed: [] });
  });

  it('names photos that belong to nothing or to another panorama', () => {
    const noise = rotationImage('set/noise.jpg', 70);
    const other = rotationImage('set/other.jpg', 90);
    const errors = measurePanoramas(rotationReport([a, b, c, noise, other]), truth, [
      ...groups,
      ['other.jpg', 'x.jpg'],
    ]);
    expect(errors).toMatchObject({ used: 3, belong: 5 });
    expect(errors.wronglyUsed).toEqual(['noise.jpg', 'other.jpg']);
  });

  it('says null, not zero, where there is nothing to measure with', () => {
    const errors = measurePanoramas(rotationReport([a, b], [c]), null, null);
    expect(errors).toMatchObject({ medianPct: null, p90Pct: null, used: 3, belong: 3, splitOff: [] });
  });
});

describe('percentile', () => {
  it('interpolates linearly and is infinite only where an infinite value takes part', () => {
    expect(percentile(Float64Array.of(1, 2, 4, 8), 50)).toBe(3);
    expect(percentile(Float64Array.of(1, 2, 4, 8, 16), 90)).toBeCloseTo(12.8, 12);
    expect(percentile(Float64Array.of(1, 2, Infinity), 50)).toBe(2);
    expect(percentile(Float64Array.of(1, 2, Infinity), 90)).toBe(Infinity);
  });
});
