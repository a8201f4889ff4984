import type { Image } from '../image/image.ts';
import { joinKeypoints } from './join-keypoints.ts';
import type { Keypoints } from './keypoints.ts';
import { takeKeypoints } from './spread.ts';

/** Tiles see so many px beyond what they are asked about: a keypoint needs its surroundings, larger ones more. */
const margin = 256;

/**
 * Detects keypoints tile by tile where a picture has more pixels than a detector takes at once; each tile answers for its own part, so
 * nothing is found twice. Only keypoints larger than the margin are lost.
 * @param grey 8 bits
 * @param maxPixels of one detection, margins included
 */
export function detectInTiles(grey: Image, maxPixels: number, detect: (picture: Image) => Keypoints): Keypoints {
  const { width, height, data } = grey;
  if (width * height <= maxPixels) return detect(grey);
  const side = Math.max(1, Math.floor(Math.sqrt(maxPixels)) - 2 * margin);
  const parts: Keypoints[] = [];
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      const [x0, y0] = [Math.max(0, left - margin), Math.max(0, top - margin)];
      const [x1, y1] = [Math.min(width, left + side + margin), Math.min(height, top + side + margin)];
      const tile = new Uint8Array((x1 - x0) * (y1 - y0));
      for (let y = y0; y < y1; y++) {
        tile.set(data.subarray(y * width + x0, y * width + x1) as Uint8Array, (y - y0) * (x1 - x0));
      }
      const found = detect({ width: x1 - x0, height: y1 - y0, channels: 1, data: tile });
      // A keypoint between two pixels of different tiles belongs to that of the nearer pixel.
      const isOwn = (i: number): boolean => {
        const [x, y] = [Math.round(found.x[i]) + x0, Math.round(found.y[i]) + y0];
        return x >= left && x < left + side && y >= top && y < top + side;
      };
      const own = takeKeypoints(found, Array.from({ length: found.count }, (_, i) => i).filter(isOwn));
      parts.push({ ...own, x: own.x.map((x) => x + x0), y: own.y.map((y) => y + y0) });
    }
  }
  return joinKeypoints(parts);
}
