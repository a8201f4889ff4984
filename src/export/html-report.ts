import type { Rejection } from '../errors.ts';
import { camerasTable } from './html-cameras.ts';
import { pairKey, pairsSection } from './html-pairs.ts';
import type { PairInliers } from './html-pairs.ts';
import { reportStyle } from './html-style.ts';
import { escapeMarkup, pictureUri } from './markup.ts';
import { matchGraphSvg } from './match-graph-svg.ts';
import type { PanoramaReport, ReportImage, ReportPanorama } from './panorama-report.ts';

/** What a report page shows beside the report. `readReportPictures` makes the pictures. */
export interface ReportAssets {
  /** A picture of screen size for each panorama of the report, in its order; JPEG (PNG and WebP do too). */
  readonly panoramaJpegs: readonly Uint8Array[];
  /** Photo path → thumbnail; photos without one get an empty frame. */
  readonly thumbnails: ReadonlyMap<string, Uint8Array>;
  /** Inliers of the report's pairs; a pair without them is not drawn. */
  readonly drawings: readonly PairInliers[];
}

/** One self-contained page, no scripts: panoramas, match graphs, inliers of each pair, cameras, rejected photos, timings. */
export function renderHtmlReport(report: PanoramaReport, assets: ReportAssets): string {
  const thumbnails = symbols(report, assets.thumbnails);
  const count = report.panoramas.length;
  const title = count === 0 ? 'No panorama' : count === 1 ? report.panoramas[0].output : `${count} panoramas`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeMarkup(title)} · Tessera</title>`,
    `<style>${reportStyle}</style></head><body>`,
    thumbnails.definitions,
    `<main><h1>${escapeMarkup(title)}</h1>`,
    facts(report),
    ...report.panoramas.map((panorama, i) => panoramaSection(panorama, i, report.panoramas.length, assets, thumbnails)),
    rejectedSection(report.rejected, assets.thumbnails),
    timingsSection(report.seconds),
    '</main></body></html>',
    '',
  ].join('\n');
}

/** Thumbnails stand once in the page; graphs and drawings use them by id. */
interface Thumbnails {
  readonly definitions: string;
  readonly idOf: (path: string) => string | null;
}

function symbols(report: PanoramaReport, thumbnails: ReadonlyMap<string, Uint8Array>): Thumbnails {
  const ids = new Map<string, string>();
  const definitions: string[] = [];
  for (const { path, width, height } of report.panoramas.flatMap<ReportImage>((panorama) => panorama.images)) {
    const bytes = thumbnails.get(path);
    if (bytes === undefined || ids.has(path)) continue;
    const id = `photo-${ids.size}`;
    ids.set(path, id);
    definitions.push(
      `<symbol id="${id}" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none">` +
        `<image href="${pictureUri(bytes)}" width="${width}" height="${height}" preserveAspectRatio="none"/></symbol>`,
    );
  }
  return {
    definitions: `<svg width="0" height="0" style="position:absolute" aria-hidden="true">${definitions.join('')}</svg>`,
    idOf: (path) => ids.get(path) ?? null,
  };
}

function facts(report: PanoramaReport): string {
  const used = report.panoramas.reduce((sum, panorama) => sum + panorama.images.length, 0);
  const pairs = report.panoramas.reduce((sum, panorama) => sum + panorama.pairs.length, 0);
  const seconds = Object.values(report.seconds).reduce((sum, s) => sum + s, 0);
  const shown: [string, string][] = [
    [`${used} of ${used + report.rejected.length}`, 'photos used'],
    [String(report.panoramas.length), report.panoramas.length === 1 ? 'panorama' : 'panoramas'],
    [String(pairs), 'photo pairs verified'],
    [`${seconds.toFixed(1)} s`, 'together'],
    [`${report.peakMemoryMiB} MiB`, 'peak memory'],
  ];
  return `<div class="facts">${shown.map(([value, name]) => `<div><b>${value}</b>${name}</div>`).join('')}</div>`;
}

function panoramaSection(
  panorama: ReportPanorama,
  number: number,
  count: number,
  assets: ReportAssets,
  thumbnails: Thumbnails,
): string {
  const bytes = assets.panoramaJpegs[number];
  const name = escapeMarkup(panorama.output);
  const model =
    panorama.model === 'planar' ? 'flat scene' : `camera that turned, ${panorama.canvas.projection} projection`;
  const about = `${name} · ${panorama.width} × ${panorama.height} px · ${panorama.images.length} photos · ${model}`;
  const pairId = (pair: number): string => `pair-${number}-${pair}`;
  const drawn = new Set(assets.drawings.map(({ a, b }) => pairKey(a, b)));
  const graph = matchGraphSvg(panorama, {
    thumbnailId: (image) => thumbnails.idOf(panorama.images[image].path),
    pairLink: (k) => (drawn.has(pairKey(panorama.pairs[k].a, panorama.pairs[k].b)) ? `#${pairId(k)}` : null),
  });
  return [
    `<section>${count > 1 ? `<h2>Panorama ${number + 1}: ${name}</h2>` : ''}`,
    '<figure class="panorama">',
    bytes === undefined ? '' : `<img src="${pictureUri(bytes)}" alt="${name}">`,
    `<figcaption>${about}</figcaption></figure>`,
    '<h3>Match graph</h3><div class="card">',
    graph,
    '</div><p class="dim">Photos where they look in the panorama. The thicker a line, the more inliers; a number is their count.</p>',
    pairsSection(panorama, assets.drawings, pairId, thumbnails.idOf),
    '<h3>Cameras</h3><div class="card scroll">',
    camerasTable(panorama, thumbnails.idOf),
    '</div></section>',
  ].join('\n');
}

function rejectedSection(rejected: readonly Rejection[], thumbnails: ReadonlyMap<string, Uint8Array>): string {
  if (rejected.length === 0) return '';
  const rows = rejected.map(({ path, code, reason, suggestion }) => {
    const bytes = thumbnails.get(path);
    const picture = bytes === undefined ? '' : `<img class="thumb" src="${pictureUri(bytes)}" alt="">`;
    return (
      `<tr><td class="left">${picture}</td><td class="left">${escapeMarkup(path)}</td><td class="left bad">${escapeMarkup(code)}</td>` +
      `<td class="left wrap">${escapeMarkup(reason)}</td><td class="left wrap">${escapeMarkup(suggestion)}</td></tr>`
    );
  });
  const heads = ['', 'photo', '', 'why', 'what to do'].map((head) => `<th class="left">${head}</th>`).join('');
  return `<section><h2>Rejected photos</h2><div class="card scroll"><table><tr>${heads}</tr>${rows.join('\n')}</table></div></section>`;
}

function timingsSection(seconds: Readonly<Record<string, number>>): string {
  const stages = Object.entries(seconds);
  const total = stages.reduce((sum, [, s]) => sum + s, 0);
  if (total === 0) return '';
  const colours = ['#4e79a7', '#f28e2b', '#59a14f', '#e15759', '#76b7b2', '#edc948', '#b07aa1', '#9c755f'];
  const colour = (i: number): string => colours[i % colours.length];
  const parts = stages.map(([stage, s], i) => {
    const title = `${escapeMarkup(stage)}: ${s.toFixed(2)} s`;
    return `<div style="flex:${s.toFixed(3)} 0 0;background:${colour(i)}" title="${title}"></div>`;
  });
  const legend = stages.map(([stage, s], i) => {
    const share = ((100 * s) / total).toFixed(0);
    return `<span><i style="background:${colour(i)}"></i>${escapeMarkup(stage)} ${s.toFixed(2)} s (${share} %)</span>`;
  });
  return (
    `<section><h2>Where the time went</h2><div class="card"><div class="bar">${parts.join('')}</div>` +
    `<div class="legend">${legend.join('')}</div></div></section>`
  );
}
