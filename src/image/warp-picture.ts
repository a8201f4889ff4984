import type { Image } from './image.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { transformPoint } from '../math/matrix3.ts';

type Grey = Image & { readonly data: Uint8Array };

/** Side of the blocks of the view that are sampled alike, px. */
const blockSide = 32;
/** Samples a pixel in x and in y. A view that shrinks its source more shows a speck of it there. */
const mostSamples = 16;

/**
 * Shows a grey picture through a homography. Each pixel is the mean of bilinear samples no further apart than about one
 * pixel of the source, in x and y each, so nothing aliases, whatever the tilt, where the view shrinks the source up to sixteen times.
 * @param sourceFromView w > 0 in front of the camera
 * @param fill grey level of what lies beyond the source
 */
export function warpPicture(
  source: Grey,
  sourceFromView: Matrix3,
  width: number,
  height: number,
  fill: number,
): Grey & { readonly channels: 1 } {
  const data = new Uint8Array(width * height).fill(fill + 0.5);
  const sums = new Float32Array(blockSide * blockSide);
  for (let top = 0; top < height; top += blockSide) {
    for (let left = 0; left < width; left += blockSide) {
      const right = Math.min(left + blockSide, width);
      const bottom = Math.min(top + blockSide, height);
      const block = { left, top, right, bottom };
      if (!isInSight(source, sourceFromView, block)) continue;
      const [acrossX, acrossY] = samplesPerPixel(sourceFromView, block);
      const weight = 1 / (acrossX * acrossY);
      sums.fill(0);
      for (let b = 0; b < acrossY; b++) {
        for (let a = 0; a < acrossX; a++) {
          const [u, v] = [(a + 0.5) / acrossX - 0.5, (b + 0.5) / acrossY - 0.5];
          addSamples(source, sourceFromView, u, v, block, fill, weight, sums);
        }
      }
      for (let y = top, from = 0; y < bottom; y++) {
        for (let x = left; x < right; x++, from++) data[y * width + x] = sums[from] + 0.5;
      }
    }
  }
  return { width, height, channels: 1, data };
}

/** Part of a view, right and bottom exclusive. */
interface Block {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** False where the corners of the block, and so all of it, lie behind the camera or beyond one side of the source. */
function isInSight({ width, height }: Grey, h: Matrix3, { left, top, right, bottom }: Block): boolean {
  const corners = [
    [left, top],
    [right, top],
    [left, bottom],
    [right, bottom],
  ].map(([x, y]) => ({ x: x - 0.5, y: y - 0.5 }));
  const inFront = corners.filter(({ x, y }) => h[6] * x + h[7] * y + h[8] > 0);
  // Across the horizon the corners do not bound the block.
  if (inFront.length < corners.length) return inFront.length > 0;
  const places = corners.map(({ x, y }) => transformPoint(h, x, y));
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  const isBeside = Math.max(...xs) < -0.5 || Math.min(...xs) > width - 0.5;
  return !isBeside && Math.max(...ys) >= -0.5 && Math.min(...ys) <= height - 0.5;
}

/** How far apart neighbouring pixels of the block lie in the source, at most: seen at its corners, as it changes evenly. */
function samplesPerPixel(h: Matrix3, { left, top, right, bottom }: Block): [number, number] {
  let [acrossX, acrossY] = [1, 1];
  for (const x of [left, right - 1]) {
    for (const y of [top, bottom - 1]) {
      const [px, py] = transformPoint(h, x, y);
      const [rightX, rightY] = transformPoint(h, x + 1, y);
      const [belowX, belowY] = transformPoint(h, x, y + 1);
      acrossX = Math.max(acrossX, Math.ceil(Math.hypot(rightX - px, rightY - py) - 0.1));
      acrossY = Math.max(acrossY, Math.ceil(Math.hypot(belowX - px, belowY - py) - 0.1));
    }
  }
  return [Math.min(acrossX, mostSamples), Math.min(acrossY, mostSamples)];
}

/** Adds `weight` times one sample a pixel, at (u, v) from its centre. */
function addSamples(
  { data, width: sourceWidth, height: sourceHeight }: Grey,
  h: Matrix3,
  u: number,
  v: number,
  block: Block,
  fill: number,
  weight: number,
  sums: Float32Array,
): void {
  const [lastX, lastY] = [sourceWidth - 1, sourceHeight - 1];
  for (let row = block.top, to = 0; row < block.bottom; row++) {
    const y = row + v;
    for (let column = block.left; column < block.right; column++, to++) {
      const x = column + u;
      const w = 1 / (h[6] * x + h[7] * y + h[8]);
      const px = (h[0] * x + h[1] * y + h[2]) * w;
      const py = (h[3] * x + h[4] * y + h[5]) * w;
      if (!(w > 0 && px >= -0.5 && py >= -0.5 && px <= lastX + 0.5 && py <= lastY + 0.5)) {
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
