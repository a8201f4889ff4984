import { fileName } from '../evaluation/panorama-errors.ts';
import { panoramaDirection } from '../evaluation/report-transfer.ts';
import { escapeMarkup } from './markup.ts';
import type { ReportImage, ReportPanorama, ReportPlanarImage, ReportRotationImage } from './panorama-report.ts';

/** The cameras of a panorama as a table: where they look, lens, gain; of a flat scene: scale and turn. */
export function camerasTable(panorama: ReportPanorama, symbolOf: (path: string) => string | null): string {
  const heads =
    panorama.model === 'rotation'
      ? ['focal px', 'field of view', 'looks right', 'looks up', 'turned', 'k1', 'k2', 'centre off px']
      : ['scale', 'turned'];
  const cells: readonly string[][] =
    panorama.model === 'rotation' ? panorama.images.map(rotationCells) : panorama.images.map(planarCells);
  const head = ['', 'photo', 'size', ...heads, 'gain r, g, b']
    .map((text, i) => `<th${i < 2 ? ' class="left"' : ''}>${text}</th>`)
    .join('');
  const rows = panorama.images.map((image: ReportImage, i) => {
    const gain = image.gain.map((g) => g.toFixed(3)).join(', ');
    const numbers = [`${image.width} × ${image.height}`, ...cells[i], gain].map((cell) => `<td>${cell}</td>`).join('');
    return `<tr><td class="left">${thumbnail(image, symbolOf)}</td><td class="left" title="${escapeMarkup(image.path)}">${escapeMarkup(fileName(image.path))}</td>${numbers}</tr>`;
  });
  return `<table><tr>${head}</tr>${rows.join('\n')}</table>`;
}

function rotationCells(image: ReportRotationImage): string[] {
  const { K, R, distortion, width, height } = image;
  const focal = K[0][0];
  const [x, y, z] = panoramaDirection(image, K[0][2], K[1][2]);
  const view = 2 * Math.atan(width / 2 / focal);
  const off = [K[0][2] - (width - 1) / 2, K[1][2] - (height - 1) / 2];
  return [
    focal.toFixed(1),
    degrees(view),
    degrees(Math.atan2(x, z)),
    degrees(Math.atan2(-y, Math.hypot(x, z))),
    // Rows 0 and 1 of R are the camera's right and down in the panorama frame, in which y points down.
    degrees(Math.atan2(R[0][1], R[1][1])),
    distortion[0].toFixed(4),
    distortion[1].toFixed(4),
    off.map((v) => v.toFixed(1)).join(', '),
  ];
}

function planarCells({ A, width, height }: ReportPlanarImage): string[] {
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const w = A[2][0] * cx + A[2][1] * cy + A[2][2];
  const u = (A[0][0] * cx + A[0][1] * cy + A[0][2]) / w;
  const v = (A[1][0] * cx + A[1][1] * cy + A[1][2]) / w;
  // Derivative of the homography at the photo's centre.
  const [xx, xy] = [(A[0][0] - u * A[2][0]) / w, (A[0][1] - u * A[2][1]) / w];
  const [yx, yy] = [(A[1][0] - v * A[2][0]) / w, (A[1][1] - v * A[2][1]) / w];
  return [Math.sqrt(Math.abs(xx * yy - xy * yx)).toFixed(4), degrees(Math.atan2(yx, xx))];
}

function thumbnail(image: ReportImage, symbolOf: (path: string) => string | null): string {
  const symbol = symbolOf(image.path);
  if (symbol === null) return '';
  const height = 42;
  const width = Math.round((height * image.width) / image.height);
  return `<svg class="thumb" width="${width}" height="${height}"><use href="#${symbol}" width="${width}" height="${height}"/></svg>`;
}

function degrees(radians: number): string {
  return `${((radians * 180) / Math.PI).toFixed(1)}°`.replace(/^-0\.0°$/, '0.0°');
}
