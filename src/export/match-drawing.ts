import sharp from 'sharp';
import { coordinate, escapeMarkup } from './markup.ts';

export interface DrawnPhoto {
  /** Size in pixels of the coordinates in `points`. */
  readonly width: number;
  readonly height: number;
  /** Where the picture comes from: a data URI, or `#id` of a symbol in the page that holds the drawing. */
  readonly picture: string;
}

export interface MatchDrawing {
  readonly photo1: DrawnPhoto;
  readonly photo2: DrawnPhoto;
  /** x1, y1, x2, y2 each; pixels, centre of the top-left pixel (0, 0). */
  readonly points: Float64Array;
  /** How good each match is, from 0 (red) to 1 (green); all good when absent. */
  readonly goodness?: Float64Array | Float32Array;
  /** Width of the drawing, px; 1200 when absent. */
  readonly width?: number;
  /** Of more matches than this an even choice is drawn; 200 when absent. */
  readonly maxMatches?: number;
}

/** Where the two photos stand in a drawing: side by side at one height. */
interface Layout {
  readonly width: number;
  readonly height: number;
  readonly scale1: number;
  readonly scale2: number;
  readonly left2: number;
}

const gap = 8;

/** Two photos side by side with a line for each match, as SVG. */
export function drawMatches(drawing: MatchDrawing): string {
  const { photo1, photo2, points } = drawing;
  const layout = layOut(photo1, photo2, drawing.width ?? 1200);
  const lines: string[] = [];
  const underlay: string[] = [];
  const dots: string[] = [];
  for (const i of evenChoice(points.length / 4, drawing.maxMatches ?? 200)) {
    const colour = goodnessColour(drawing.goodness?.[i] ?? 1);
    // In SVG the top-left pixel spans 0 to 1, so its centre is at (0.5, 0.5).
    const x1 = coordinate((points[4 * i] + 0.5) * layout.scale1);
    const y1 = coordinate((points[4 * i + 1] + 0.5) * layout.scale1);
    const x2 = coordinate((points[4 * i + 2] + 0.5) * layout.scale2 + layout.left2);
    const y2 = coordinate((points[4 * i + 3] + 0.5) * layout.scale2);
    lines.push(`<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}"/>`);
    underlay.push(`M${x1} ${y1}L${x2} ${y2}`);
    dots.push(
      `<circle cx="${x1}" cy="${y1}" r="3" fill="${colour}"/><circle cx="${x2}" cy="${y2}" r="3" fill="${colour}"/>`,
    );
  }
  const { width, height } = layout;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${coordinate(width)} ${coordinate(height)}" width="${Math.round(width)}" height="${Math.round(height)}">`,
    placePicture(photo1.picture, 0, photo1.width * layout.scale1, height),
    placePicture(photo2.picture, layout.left2, photo2.width * layout.scale2, height),
    // A dark edge keeps light lines visible on white walls and sky.
    `<path d="${underlay.join('')}" stroke="#000" stroke-opacity="0.35" stroke-width="2.6" fill="none"/>`,
    `<g stroke-width="1.3" stroke-opacity="0.9">${lines.join('')}</g>`,
    `<g stroke="#000" stroke-width="0.7">${dots.join('')}</g>`,
    '</svg>',
  ].join('\n');
}

/**
 * Turns a drawing whose pictures are data URIs into a PNG or JPEG.
 * @param scale pixels of the picture for one of the drawing
 * @throws Error where the SVG cannot be read
 */
export async function rasterise(svg: string, format: 'png' | 'jpeg', scale = 1): Promise<Buffer> {
  // An SVG's pixel is 1/72 inch to sharp.
  const pixels = sharp(Buffer.from(svg), { unlimited: true, density: 72 * scale });
  return format === 'png' ? pixels.png().toBuffer() : pixels.flatten({ background: '#fff' }).jpeg().toBuffer();
}

/** From red (0) over yellow (0.5) to green (1), told apart by their brightness too. */
export function goodnessColour(goodness: number): string {
  const stops = [
    [214, 40, 57],
    [250, 190, 40],
    [64, 224, 170],
  ];
  const t = Math.min(1, Math.max(0, Number.isFinite(goodness) ? goodness : 0)) * 2;
  const from = Math.min(1, Math.floor(t));
  const mixed = stops[from].map((v, i) => Math.round(v + (stops[from + 1][i] - v) * (t - from)));
  return `#${mixed.map((v) => v.toString(16).padStart(2, '0')).join('')}`;
}

function layOut(photo1: DrawnPhoto, photo2: DrawnPhoto, width: number): Layout {
  const height = (width - gap) / (photo1.width / photo1.height + photo2.width / photo2.height);
  const scale1 = height / photo1.height;
  const scale2 = height / photo2.height;
  return { width, height, scale1, scale2, left2: photo1.width * scale1 + gap };
}

function placePicture(picture: string, left: number, width: number, height: number): string {
  const box = `x="${coordinate(left)}" y="0" width="${coordinate(width)}" height="${coordinate(height)}"`;
  if (picture.startsWith('#')) return `<use href="${escapeMarkup(picture)}" ${box}/>`;
  return `<image href="${escapeMarkup(picture)}" ${box} preserveAspectRatio="none"/>`;
}

function evenChoice(count: number, most: number): number[] {
  const drawn = Math.min(count, most);
  return Array.from({ length: drawn }, (_, i) => Math.floor((i * count) / drawn));
}
