import type { Image } from '../../image/image.ts';
import type { Keypoints } from '../keypoints.ts';
import { createShowing } from './crop.ts';
import { border, visitExtrema } from './extrema.ts';
import { orientationReach, orientationsAt } from './orientation.ts';
import { refineExtremum } from './refine.ts';
import { baseSigma, bandsOf, pictureFromDoubled, scalesPerOctave } from './scale-space.ts';

export interface DogOptions {
  /** Smallest contrast, in units of the range of grey values, times the scales an octave (as OpenCV); default 0.04. */
  readonly contrastThreshold?: number;
  /** Largest ratio of the principal curvatures; default 10. */
  readonly edgeThreshold?: number;
  /**
   * An extremum between two pixels may lie further than half a pixel from both; OpenCV drops these. Default 0.5 drops them as
   * well, 0.6 keeps most of them: 8 % more keypoints, the strongest blobs among them.
   */
  readonly largestOffset?: number;
}

/**
 * Keypoints at the extrema of differences of Gaussians (D. Lowe, _Distinctive Image Features from Scale-Invariant
 * Keypoints_, IJCV 2004, sections 3 to 5), in the picture's own pixels; the centre of the top-left pixel is (0, 0). They
 * agree with those of OpenCV's SIFT but for its places, which are ¼ pixel too far right and down, and for finer angles.
 * `size` is 2σ, `response` the contrast in units of the range of grey values, `octave` −1 for the doubled picture; a place
 * with several directions is several keypoints of one `location`. In no particular order. Deterministic.
 * @param grey 8 bits
 */
export function detectDog(grey: Image, options: DogOptions = {}): Keypoints {
  const { contrastThreshold = 0.04, edgeThreshold = 10, largestOffset = 0.5 } = options;
  const thresholds = { contrastThreshold, edgeThreshold, largestOffset };
  // An extremum between pixels has more contrast than the pixel next to it.
  const pixelThreshold = ((0.5 * contrastThreshold) / scalesPerOctave) * 255;
  const rows: number[] = [];
  let locations = 0;
  // Neighbouring pixels of an octave may lead to the same extremum.
  const known = new Set<number>();
  const showing = createShowing();
  for (const band of bandsOf(grey, 2 * border)) {
    const { width, height, spacing } = band;
    if (band.first === 0) known.clear();
    visitExtrema(band, pixelThreshold, (layer, column, row) => {
      const extremum = refineExtremum(band, layer, column, row, thresholds, showing);
      if (extremum === null) return;
      const pixel = (extremum.layer * height + extremum.y) * width + extremum.x;
      if (known.has(pixel)) return;
      known.add(pixel);
      const sigma = baseSigma * 2 ** ((extremum.layer + extremum.dLayer) / scalesPerOctave);
      const x = extremum.x + extremum.dx;
      const y = extremum.y + extremum.dy;
      const shown = showing(band, extremum.x, extremum.y, orientationReach);
      for (const angle of orientationsAt(shown, extremum.layer, x, y, sigma)) {
        rows.push(
          pictureFromDoubled(x * spacing),
          pictureFromDoubled(y * spacing),
          // 2σ of the doubled picture is σ of the picture.
          sigma * spacing,
          angle,
          extremum.contrast,
          Math.log2(spacing) - 1,
          locations,
        );
      }
      locations++;
    });
  }
  const count = rows.length / 7;
  const column = <T extends Float32Array | Int16Array | Uint32Array>(c: number, to: T): T => {
    for (let i = 0; i < count; i++) to[i] = rows[7 * i + c];
    return to;
  };
  return {
    count,
    x: column(0, new Float32Array(count)),
    y: column(1, new Float32Array(count)),
    size: column(2, new Float32Array(count)),
    angle: column(3, new Float32Array(count)),
    response: column(4, new Float32Array(count)),
    octave: column(5, new Int16Array(count)),
    location: column(6, new Uint32Array(count)),
  };
}
