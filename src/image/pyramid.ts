import type { Image } from './image.ts';

/** A level of a pyramid: its pixel (x, y) shows the base at ((x + 0.5)·2^level − 0.5, (y + 0.5)·2^level − 0.5). */
export interface PyramidLevel extends Image {
  readonly level: number;
}

/** Levels end before the shorter side falls below this. */
const smallestSide = 8;

/**
 * Grey pyramid whose levels each halve the one before (odd sides are rounded up). A pixel lies in the middle of the four
 * it replaces, so the filter is the even binomial one, [1 5 10 10 5 1]/32 along each axis: as smooth as the usual
 * 5 taps, but centred between two pixels. (Keeping every second pixel of a 5-tap result would shift each level by half a
 * pixel of the one before.) Beyond the border the photo goes on with its border pixels.
 * @param image grey; level 0 is the image itself
 */
export function buildPyramid(image: Image): PyramidLevel[] {
  if (image.channels !== 1) throw new TypeError(`expected a grey image but received ${image.channels} channels`);
  const levels: PyramidLevel[] = [{ ...image, level: 0 }];
  for (;;) {
    const last = levels[levels.length - 1];
    if (Math.min(last.width, last.height) < 2 * smallestSide) return levels;
    levels.push({ ...halve(last), level: last.level + 1 });
  }
}

function halve({ width, height, data }: Image): Image {
  const halfWidth = (width + 1) >> 1;
  const halfHeight = (height + 1) >> 1;
  const result =
    data instanceof Uint8Array ? new Uint8Array(halfWidth * halfHeight) : new Uint16Array(halfWidth * halfHeight);
  // Rows of the source filtered along x, six at a time: row r lives in slot r mod 8.
  const rows = Array.from({ length: 8 }, () => new Int32Array(halfWidth));
  let filtered = 0;
  const row = (r: number): Int32Array => rows[Math.min(Math.max(r, 0), height - 1) & 7];
  for (let y = 0; y < halfHeight; y++) {
    for (; filtered < height && filtered <= 2 * y + 3; filtered++)
      halveRow(data, filtered * width, width, rows[filtered & 7]);
    const centre = 2 * y;
    const [a, b, c] = [row(centre - 2), row(centre - 1), row(centre)];
    const [d, e, f] = [row(centre + 1), row(centre + 2), row(centre + 3)];
    const to = y * halfWidth;
    for (let x = 0; x < halfWidth; x++) {
      // Both passes together scale by 32² = 1024; 512 rounds.
      result[to + x] = (a[x] + f[x] + 5 * (b[x] + e[x]) + 10 * (c[x] + d[x]) + 512) >> 10;
    }
  }
  return { width: halfWidth, height: halfHeight, channels: 1, data: result };
}

/** Filters and halves one row: out[x] = [1 5 10 10 5 1] over source pixels 2x − 2 … 2x + 3. */
function halveRow(data: Uint8Array | Uint16Array, from: number, width: number, out: Int32Array): void {
  const end = from + width - 1;
  for (let x = 0; x < out.length; x++) {
    const at = from + 2 * x;
    if (at - 2 >= from && at + 3 <= end) {
      out[x] = data[at - 2] + data[at + 3] + 5 * (data[at - 1] + data[at + 2]) + 10 * (data[at] + data[at + 1]);
    } else {
      out[x] =
        data[Math.max(at - 2, from)] +
        data[Math.min(at + 3, end)] +
        5 * (data[Math.max(at - 1, from)] + data[Math.min(at + 2, end)]) +
        10 * (data[at] + data[Math.min(at + 1, end)]);
    }
  }
}
