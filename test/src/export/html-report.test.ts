import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReportPictures } from '../../../src/export/html-pictures.ts';
import { renderHtmlReport } from '../../../src/export/html-report.ts';
import type { PanoramaReport } from '../../../src/export/panorama-report.ts';
import { rotationImage, rotationReport } from '../evaluation/report-cameras.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const hostile = '<script>alert("1")</script> & \'x\'.jpg';

function ring(): PanoramaReport {
  // Six photos all round: the pair of the first and the last runs over the edge.
  const yaws = [-150, -90, -30, 30, 90, 150];
  const report = rotationReport(yaws.map((yaw, i) => rotationImage(`set/${i}.jpg`, yaw)));
  report.panoramas[0].pairs.push({ a: 'set/0.jpg', b: 'set/5.jpg', inliers: 55, medianErrorPx: 0.5 });
  report.rejected.push({ path: `set/${hostile}`, code: 'no-overlap', reason: 'a < b', suggestion: 'c & d' });
  return report;
}

function drawings(report: PanoramaReport) {
  return report.panoramas.flatMap((p) => p.pairs.map(({ a, b }) => ({ a, b, points: Float64Array.of(9, 9, 9, 9) })));
}

describe('renderHtmlReport', () => {
  it('shows each pair once, and links its line in the graph to its drawing', () => {
    const report = ring();
    const html = renderHtmlReport(report, { panoramaJpegs: [], thumbnails: new Map(), drawings: drawings(report) });
    expect(html.match(/<figure id="pair-/g)).toHaveLength(6);
    for (let k = 0; k < 6; k++) {
      expect(html.split(`id="pair-0-${k}"`)).toHaveLength(2);
      expect(html.split(`href="#pair-0-${k}"`)).toHaveLength(2);
    }
  });

  it('leads the line of a closed circle over the edge, not through all photos', () => {
    const html = renderHtmlReport(ring(), { panoramaJpegs: [], thumbnails: new Map(), drawings: [] });
    const paths = [...html.matchAll(/<g class="edge"><title>([^<]*)<\/title>(.*?)<\/g>/g)];
    expect(paths.map(([, title, d]) => [title.slice(0, 13), d.split('<path').length - 1])).toEqual([
      ['0.jpg – 1.jpg', 1],
      ['1.jpg – 2.jpg', 1],
      ['2.jpg – 3.jpg', 1],
      ['3.jpg – 4.jpg', 1],
      ['4.jpg – 5.jpg', 1],
      ['0.jpg – 5.jpg', 2],
    ]);
  });

  it('escapes what comes from files and loads nothing from elsewhere', () => {
    const report = ring();
    report.panoramas[0].images[0].path = hostile;
    report.panoramas[0].output = hostile;
    const html = renderHtmlReport(report, { panoramaJpegs: [], thumbnails: new Map(), drawings: drawings(report) });
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;.jpg');
    expect(html).toContain('a &lt; b');
    expect(html).not.toMatch(/(src|href)="(?!#|data:)/);
  });

  it('puts the pair first that the final cameras miss most', () => {
    const report = rotationReport([0, 10, 20].map((yaw, i) => rotationImage(`${i}.jpg`, yaw)));
    const miss = (pixels: number) => {
      const x = 599.5 + 1000 * Math.tan((10 * Math.PI) / 180);
      return Float64Array.of(x, 399.5, 599.5, 399.5 + pixels);
    };
    const inliers = [
      { a: '0.jpg', b: '1.jpg', points: miss(0) },
      { a: '1.jpg', b: '2.jpg', points: miss(6) },
    ];
    const html = renderHtmlReport(report, { panoramaJpegs: [], thumbnails: new Map(), drawings: inliers });
    expect([...html.matchAll(/<figure id="(pair-0-\d)"/g)].map((m) => m[1])).toEqual(['pair-0-1', 'pair-0-0']);
    expect(html).toContain('6.00 px (0.500 %) of the final cameras');
    // Its line is red, the other one's green.
    expect(html.match(/stroke="#(d62839|40e0aa)"/g)).toEqual(['stroke="#d62839"', 'stroke="#40e0aa"']);
  });

  it('says why there is no panorama', () => {
    const report = rotationReport();
    report.rejected.push({
      path: 'a.jpg',
      code: 'no-overlap',
      reason: 'nothing in common',
      suggestion: 'overlap more',
    });
    const html = renderHtmlReport(report, { panoramaJpegs: [], thumbnails: new Map(), drawings: [] });
    expect(html).toContain('No panorama');
    expect(html).toContain('nothing in common');
    expect(html).toContain('overlap more');
  });
});

describe('readReportPictures', () => {
  it('reads panoramas and photos small and upright, and leaves out what is no picture', async () => {
    const save = async (name: string, width: number, height: number, orientation?: number) => {
      const file = join(folder, name);
      const picture = sharp({ create: { width, height, channels: 3, background: '#468' } }).jpeg();
      await (orientation === undefined ? picture : picture.withMetadata({ orientation })).toFile(file);
      return file;
    };
    const image = rotationImage(await save('a.jpg', 1200, 800, 6), 0);
    const report = rotationReport([image]);
    report.panoramas[0].output = await save('pano.jpg', 5000, 1000);
    const broken = join(folder, 'broken.jpg');
    await writeFile(broken, 'no picture');
    report.rejected.push({ path: broken, code: 'unreadable', reason: '', suggestion: '' });
    const { panoramaJpegs, thumbnails } = await readReportPictures(report);
    expect(await sharp(panoramaJpegs[0]).metadata()).toMatchObject({ width: 2400, height: 480 });
    expect(await sharp(thumbnails.get(image.path)).metadata()).toMatchObject({ width: 320, height: 480 });
    expect([...thumbnails.keys()]).toEqual([image.path]);
    const html = renderHtmlReport(report, { panoramaJpegs, thumbnails, drawings: [] });
    expect(html.match(/data:image\/jpeg;base64,/g)).toHaveLength(2);
  });
});
