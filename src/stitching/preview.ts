import type { Image } from '../image/image.ts';
import type { Canvas, Rectangle } from './canvas.ts';
import type { PhotoMapping, Size } from './photo-mapping.ts';

/** A photo warped into a small canvas: what exposures, seams and cropping are decided from. */
export interface Preview {
  /** Its place on the small canvas; x may lie outside where the canvas wraps round, the width never exceeds it. */
  readonly rectangle: Rectangle;
  /** 1 where the pixel's centre falls inside the photo; row-major over the rectangle. */
  readonly valid: Uint8Array;
  /** sRGB bytes as photographed, three a pixel; 0 where not valid. */
  readonly rgb: Uint8Array;
  /** Squared distance from the photo's centre, 1 at its corners. */
  readonly radius2: Float32Array;
  /** How central the pixel is in its photo: 1 in the middle, 0 at the border. */
  readonly centrality: Float32Array;
}

/** Cuts a photo's rectangle to what the canvas has. */
export function clipToCanvas(rectangle: Rectangle, canvas: Canvas): Rectangle {
  const y = Math.max(0, rectangle.y);
  const bottom = Math.min(canvas.height, rectangle.y + rectangle.height);
  let x = rectangle.x;
  let right = rectangle.x + rectangle.width;
  if (!canvas.wraps) [x, right] = [Math.max(0, x), Math.min(canvas.width, right)];
  else if (right - x > canvas.width) [x, right] = [0, canvas.width];
  return { x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y) };
}

/** Warps an image of the photo (about as fine as the canvas) with bilinear interpolation, every pixel mapped exactly. */
export function warpPreview(
  image: Image,
  mapping: PhotoMapping,
  size: Size,
  canvas: Canvas,
  rectangle: Rectangle,
): Preview {
  const { width, height } = rectangle;
  const valid = new Uint8Array(width * height);
  const rgb = new Uint8Array(width * height * 3);
  const radius2 = new Float32Array(width * height);
  const centrality = new Float32Array(width * height);
  const { scale, offset } = canvas;
  const pixel = new Float64Array(2);
  const [right, bottom] = [size.width - 0.5, size.height - 0.5];
  const [cx, cy] = [(size.width - 1) / 2, (size.height - 1) / 2];
  const perRadius2 = 4 / (size.width * size.width + size.height * size.height);
  for (let j = 0, o = 0; j < height; j++) {
    const b = (rectangle.y + j + offset[1]) / scale;
    for (let i = 0; i < width; i++, o++) {
      if (!mapping((rectangle.x + i + offset[0]) / scale, b, pixel)) continue;
      const [px, py] = pixel;
      if (!(px >= -0.5 && py >= -0.5 && px <= right && py <= bottom)) continue;
      valid[o] = 1;
      const [dx, dy] = [px - cx, py - cy];
      radius2[o] = (dx * dx + dy * dy) * perRadius2;
      centrality[o] = (1 - (2 * Math.abs(dx)) / size.width) * (1 - (2 * Math.abs(dy)) / size.height);
      sampleLinear(image, px, py, size, rgb, o * 3);
    }
  }
  return { rectangle, valid, rgb, radius2, centrality };
}

function sampleLinear(image: Image, px: number, py: number, size: Size, out: Uint8Array, o: number): void {
  const { data, width, height, channels } = image;
  const shift = data instanceof Uint16Array ? 1 / 257 : 1;
  const x = Math.min(width - 1, Math.max(0, ((px + 0.5) * width) / size.width - 0.5));
  const y = Math.min(height - 1, Math.max(0, ((py + 0.5) * height) / size.height - 0.5));
  const ix = Math.min(width - 2, x | 0);
  const iy = Math.min(height - 2, y | 0);
  const [fx, fy] = [x - ix, y - iy];
  const p = (iy * width + ix) * channels;
  const below = p + width * channels;
  for (let c = 0; c < 3; c++) {
    const k = channels === 3 ? c : 0;
    const top = data[p + k] + fx * (data[p + channels + k] - data[p + k]);
    const bottom = data[below + k] + fx * (data[below + channels + k] - data[below + k]);
    out[o + c] = (top + fy * (bottom - top)) * shift + 0.5;
  }
}
