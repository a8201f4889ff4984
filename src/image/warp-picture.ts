import type { Image } from './image.ts';
import type { Matrix3 } from '../math/matrix3.ts';

type Grey = Image & { readonly data: Uint8Array };

/**
 * Shows a grey picture through a homography. Each pixel is the mean of bilinear samples no further apart than about one
 * pixel of the source, in x and y each, so nothing aliases, whatever the tilt.
 * @param sourceFromView w > 0 all over the view
 * @param fill grey level of what lies beyond the source
 */
export function warpPicture(
  source: Grey,
  sourceFromView: Matrix3,
  width: number,
  height: number,
  fill: number,
): Grey & { readonly channels: 1 } {
  const [acrossX, acrossY] = samplesPerPixel(sourceFromView, width, height);
  const sums = new Float32Array(width * height);
  const weight = 1 / (acrossX * acrossY);
  for (let b = 0; b < acrossY; b++) {
    for (let a = 0; a < acrossX; a++) {
      const [u, v] = [(a + 0.5) / acrossX - 0.5, (b + 0.5) / acrossY - 0.5];
      addSamples(source, sourceFromView, u, v, width, height, fill, weight, sums);
    }
  }
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) data[i] = sums[i] + 0.5;
  return { width, height, channels: 1, data };
}

/** How far apart neighbouring pixels of the view lie in the source, at most: seen at its corners, as it changes evenly. */
function samplesPerPixel(h: Matrix3, width: number, height: number): [number, number] {
  const at = (x: number, y: number): [number, number] => {
    const w = h[6] * x + h[7] * y + h[8];
    return [(h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w];
  };
  let [acrossX, acrossY] = [1, 1];
  for (const x of [0, width - 1]) {
    for (const y of [0, height - 1]) {
      const [px, py] = at(x, y);
      const [rightX, rightY] = at(x + 1, y);
      const [belowX, belowY] = at(x, y + 1);
      acrossX = Math.max(acrossX, Math.ceil(Math.hypot(rightX - px, rightY - py) - 0.1));
      acrossY = Math.max(acrossY, Math.ceil(Math.hypot(belowX - px, belowY - py) - 0.1));
    }
  }
  return [acrossX, acrossY];
}

/** Adds `weight` times one sample a pixel, at (u, v) from its centre. */
function addSamples(
  { data, width: sourceWidth, height: sourceHeight }: Grey,
  h: Matrix3,
  u: number,
  v: number,
  width: number,
  height: number,
  fill: number,
  weight: number,
  sums: Float32Array,
): void {
  const [lastX, lastY] = [sourceWidth - 1, sourceHeight - 1];
  for (let row = 0, to = 0; row < height; row++) {
    const y = row + v;
    for (let column = 0; column < width; column++, to++) {
      const x = column + u;
      const w = 1 / (h[6] * x + h[7] * y + h[8]);
      const px = (h[0] * x + h[1] * y + h[2]) * w;
      const py = (h[3] * x + h[4] * y + h[5]) * w;
      if (!(px >= -0.5 && py >= -0.5 && px <= lastX + 0.5 && py <= lastY + 0.5)) {
        sums[to] += weight * fill;
        continue;
      }
      const sx = px < 0 ? 0 : px > lastX ? lastX : px;
      const sy = py < 0 ? 0 : py > lastY ? lastY : py;
      const left = sx | 0;
      const top = sy | 0;
      const at = top * sourceWidth + left;
      const right = left < lastX ? 1 : 0;
      const below = top < lastY ? sourceWidth : 0;
      const fx = sx - left;
      const upper = data[at] + fx * (data[at + right] - data[at]);
      const lower = data[at + below] + fx * (data[at + below + right] - data[at + below]);
      sums[to] += weight * (upper + (sy - top) * (lower - upper));
    }
  }
}
