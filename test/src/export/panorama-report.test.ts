import { describe, expect, it } from 'vitest';
import { measurePanoramas } from '../../../src/evaluation/panorama-errors.ts';
import { buildReport, parseReport } from '../../../src/export/panorama-report.ts';
import type { ReportInput } from '../../../src/export/panorama-report.ts';
import type { PhotoInfo } from '../../../src/image/image.ts';

const photo = (path: string, width = 1200, height = 800): PhotoInfo => ({
  path,
  width,
  height,
  depth: 8,
  focal: null,
  cameraKey: '',
  contentHash: path,
});

const camera = { focal: 1000 / 3, cx: 599.5, cy: 399.5, k1: -0.1, k2: 0.01 };
const input: ReportInput = {
  photos: [photo('set/a.jpg'), photo('set/noise.jpg'), photo('set/b.jpg'), photo('set/c.jpg'), photo('set/d.jpg')],
  panoramas: [
    {
      output: 'pano-1.jpg',
      cameras: {
        model: 'rotation',
        cameras: [
          { photo: 0, ...camera, R: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
          { photo: 2, ...camera, R: [0.8, 0, -0.6, 0, 1, 0, 0.6, 0, 0.8] },
        ],
      },
      canvas: { projection: 'cylinder', scale: 333.25, offset: [-400.5, -200.25], width: 900, height: 420 },
      gains: [
        [1, 1, 1],
        [1.23456789, 0.9, 1 / 3],
      ],
      pairs: [{ a: 0, b: 2, inliers: 90, medianErrorPx: 0.123456789 }],
    },
    {
      output: 'pano-2.jpg',
      cameras: {
        model: 'planar',
        cameras: [
          { photo: 3, panoramaFromImage: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
          { photo: 4, panoramaFromImage: [2, 0, 200, 0, 2, 0, 0, 0, 2] },
        ],
      },
      canvas: { projection: 'plane', scale: 0.5, offset: [-10, 20], width: 700, height: 400 },
      gains: [
        [1, 1, 1],
        [1, 1, 1],
      ],
      pairs: [],
    },
  ],
  rejected: [{ path: 'set/noise.jpg', code: 'no-overlap', reason: 'shows another place', suggestion: 'leave it out' }],
  seconds: { read: 0.123456, detect: 2 },
  peakMemoryMiB: 512.7,
};

describe('buildReport', () => {
  // Written out, so that a change of the file that scripts rely on cannot pass unseen.
  it('writes what the documentation of report.json promises', () => {
    expect(JSON.parse(JSON.stringify(buildReport(input)))).toEqual({
      version: 1,
      pixelOrigin: 'centre of the top-left pixel is (0, 0)',
      panoramas: [
        {
          output: 'pano-1.jpg',
          width: 900,
          height: 420,
          model: 'rotation',
          canvas: { projection: 'cylinder', scale: 333.25, offset: [-400.5, -200.25] },
          images: [
            {
              path: 'set/a.jpg',
              width: 1200,
              height: 800,
              gain: [1, 1, 1],
              K: [
                [1000 / 3, 0, 599.5],
                [0, 1000 / 3, 399.5],
                [0, 0, 1],
              ],
              R: [
                [1, 0, 0],
                [0, 1, 0],
                [0, 0, 1],
              ],
              distortion: [-0.1, 0.01],
            },
            {
              path: 'set/b.jpg',
              width: 1200,
              height: 800,
              gain: [1.23457, 0.9, 0.333333],
              K: [
                [1000 / 3, 0, 599.5],
                [0, 1000 / 3, 399.5],
                [0, 0, 1],
              ],
              R: [
                [0.8, 0, -0.6],
                [0, 1, 0],
                [0.6, 0, 0.8],
              ],
              distortion: [-0.1, 0.01],
            },
          ],
          pairs: [{ a: 'set/a.jpg', b: 'set/b.jpg', inliers: 90, medianErrorPx: 0.1235 }],
        },
        {
          output: 'pano-2.jpg',
          width: 700,
          height: 400,
          model: 'planar',
          canvas: { projection: 'plane', scale: 0.5, offset: [-10, 20] },
          images: [
            {
              path: 'set/c.jpg',
              width: 1200,
              height: 800,
              gain: [1, 1, 1],
              A: [
                [0.5, 0, 10],
                [0, 0.5, -20],
                [0, 0, 1],
              ],
            },
            {
              path: 'set/d.jpg',
              width: 1200,
              height: 800,
              gain: [1, 1, 1],
              A: [
                [0.5, 0, 60],
                [0, 0.5, -20],
                [0, 0, 1],
              ],
            },
          ],
          pairs: [],
        },
      ],
      rejected: [
        { path: 'set/noise.jpg', code: 'no-overlap', reason: 'shows another place', suggestion: 'leave it out' },
      ],
      seconds: { read: 0.123, detect: 2 },
      peakMemoryMiB: 513,
    });
  });

  it('reads back as it was written, and tells where a photo lies in another', () => {
    const report = parseReport(JSON.parse(JSON.stringify(buildReport(input))));
    expect(report).toEqual(buildReport(input));
    // d lies 100 px to the right of c in the panorama's plane.
    const pair = { photo1: 'c.jpg', photo2: 'd.jpg', count: 1, points: Float64Array.of(300, 40, 200, 40) };
    expect(measurePanoramas(report, [pair], null).medianPct).toBeCloseTo(0, 9);
  });
});

describe('parseReport', () => {
  it('names what is wrong', () => {
    const report = JSON.parse(JSON.stringify(buildReport(input)));
    report.panoramas[0].images[1].R = [1, 2];
    delete report.seconds;
    expect(() => parseReport(report)).toThrow(/panoramas\[0\]\.images\[1\]\.R: .*seconds: /s);
    expect(() => parseReport({ version: 2 })).toThrow('version 1');
    expect(() => parseReport('text')).toThrow('the file');
  });
});
