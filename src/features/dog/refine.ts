import type { Showing } from './crop.ts';
import { border } from './extrema.ts';
import { type Band, scalesPerOctave } from './scale-space.ts';

export interface RefineOptions {
  /** Smallest contrast at the extremum, in units of the range of grey values, times `scalesPerOctave` (as OpenCV). */
  readonly contrastThreshold: number;
  /** Largest ratio of the principal curvatures. */
  readonly edgeThreshold: number;
  /** Largest offset from a pixel, px of the octave and layers, of an extremum whose fits lead from pixel to pixel for ever. */
  readonly largestOffset: number;
}

/** An extremum between the pixels: the pixel next to it, and where it lies from there. */
export interface RefinedExtremum {
  readonly layer: number;
  readonly x: number;
  readonly y: number;
  /** Offsets in px of the octave and in layers, as far as half and a little more. */
  readonly dx: number;
  readonly dy: number;
  readonly dLayer: number;
  /** |D| at the extremum, in units of the range of grey values. */
  readonly contrast: number;
  /** Largest of the three offsets. */
  readonly offset: number;
  /** Trace and determinant of the second derivatives in the plane. */
  readonly trace: number;
  readonly determinant: number;
}

/** Lowe 2004, section 4: an extremum further than half a pixel off belongs to another pixel, where it is fitted again. */
const maxSteps = 5;
/** Px around a pixel that a fit looks at. */
const fitReach = 1;

/**
 * Fits a quadratic to the differences around an extremum and takes its vertex (Lowe 2004, section 4; Brown & Lowe 2002).
 * Where the vertex lies between two pixels, each fit may point to the other pixel; then the nearer one counts, whichever the
 * search began at.
 * @returns null where the fit finds no place, the contrast is low, or the extremum lies on an edge (section 4.1)
 */
export function refineExtremum(
  band: Band,
  layer: number,
  x: number,
  y: number,
  { contrastThreshold, edgeThreshold, largestOffset }: RefineOptions,
  showing: Showing,
): RefinedExtremum | null {
  let best: RefinedExtremum | null = null;
  for (let step = 0; step < maxSteps && isInside(band, layer, x, y); step++) {
    const fit = fitAt(showing(band, x, y, fitReach), layer, x, y);
    if (best === null || fit.offset < best.offset) best = fit;
    if (fit.offset < 0.5) break;
    x += Math.round(fit.dx);
    y += Math.round(fit.dy);
    layer += Math.round(fit.dLayer);
  }
  // A way that left the octave's layers or its inside leads to an extremum of elsewhere.
  if (best === null || !isInside(band, layer, x, y) || !(best.offset < largestOffset)) return null;
  if (best.contrast * scalesPerOctave < contrastThreshold) return null;
  const { trace, determinant } = best;
  if (determinant <= 0 || trace * trace * edgeThreshold >= (edgeThreshold + 1) ** 2 * determinant) return null;
  return best;
}

function isInside({ width, height }: Band, layer: number, x: number, y: number): boolean {
  return (
    layer >= 1 && layer <= scalesPerOctave && x >= border && x < width - border && y >= border && y < height - border
  );
}

/** The vertex of the quadratic at a pixel, by central differences; offsets are not finite where it has none. */
function fitAt(band: Band, layer: number, x: number, y: number): RefinedExtremum {
  const { values: v, rowLength: r, levelLength: l } = band;
  const i = band.origin + layer * l + y * r + x;
  // d: this layer's difference, p: the previous, n: the next layer's.
  const d = v[i + l] - v[i];
  const p = v[i] - v[i - l];
  const n = v[i + 2 * l] - v[i + l];
  const left = v[i + l - 1] - v[i - 1];
  const right = v[i + l + 1] - v[i + 1];
  const up = v[i + l - r] - v[i - r];
  const down = v[i + l + r] - v[i + r];
  const gx = 0.5 * (right - left);
  const gy = 0.5 * (down - up);
  const gs = 0.5 * (n - p);
  const hxx = right + left - 2 * d;
  const hyy = down + up - 2 * d;
  const hss = n + p - 2 * d;
  const hxy =
    0.25 *
    (v[i + l + r + 1] -
      v[i + r + 1] -
      v[i + l + r - 1] +
      v[i + r - 1] -
      v[i + l - r + 1] +
      v[i - r + 1] +
      v[i + l - r - 1] -
      v[i - r - 1]);
  const nextX = v[i + 2 * l + 1] - v[i + l + 1] - v[i + 2 * l - 1] + v[i + l - 1];
  const previousX = v[i + 1] - v[i - l + 1] - v[i - 1] + v[i - l - 1];
  const hxs = 0.25 * (nextX - previousX);
  const nextY = v[i + 2 * l + r] - v[i + l + r] - v[i + 2 * l - r] + v[i + l - r];
  const previousY = v[i + r] - v[i - l + r] - v[i - r] + v[i - l - r];
  const hys = 0.25 * (nextY - previousY);

  // Cramer's rule for H · offset = −g; H is symmetric.
  const cxx = hyy * hss - hys * hys;
  const cxy = hxs * hys - hxy * hss;
  const cxs = hxy * hys - hxs * hyy;
  const determinant = hxx * cxx + hxy * cxy + hxs * cxs;
  const cyy = hxx * hss - hxs * hxs;
  const cys = hxy * hxs - hxx * hys;
  const css = hxx * hyy - hxy * hxy;
  const dx = -(cxx * gx + cxy * gy + cxs * gs) / determinant;
  const dy = -(cxy * gx + cyy * gy + cys * gs) / determinant;
  const dLayer = -(cxs * gx + cys * gy + css * gs) / determinant;

  const contrast = Math.abs(d + 0.5 * (gx * dx + gy * dy + gs * dLayer)) / 255;
  const offset = Math.max(Math.abs(dx), Math.abs(dy), Math.abs(dLayer));
  return { layer, x, y, dx, dy, dLayer, contrast, offset, trace: hxx + hyy, determinant: css };
}
