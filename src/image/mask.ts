import sharp from 'sharp';
import { PhotoError } from '../errors.ts';

/** Which parts of a picture are not to be searched, as the mask's file stores them. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  /** One value a pixel, row-major: 0 where nothing is wanted. */
  readonly data: Uint8Array;
}

/**
 * Reads a mask: black where nothing is wanted. It belongs to the photo's pixels as its file stores them, at whatever scale.
 * @throws PhotoError naming a mask that cannot be read
 */
export async function readMask(path: string): Promise<Mask> {
  try {
    const { data, info } = await sharp(path, { failOn: 'error' })
      .flatten({ background: '#000000' })
      .greyscale()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const step = info.channels;
    const { width, height } = info;
    return { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => data[i * step]) };
  } catch (error) {
    throw new PhotoError(
      path,
      'unreadable',
      `cannot be read as a mask (${(error as Error).message})`,
      'Save it as a grey PNG, black where no keypoints are wanted.',
    );
  }
}

/** Whether a place is wanted; u and v are shares of width and height, 0–1. */
export function isWanted({ width, height, data }: Mask, u: number, v: number): boolean {
  const column = Math.min(width - 1, Math.max(0, Math.floor(u * width)));
  const row = Math.min(height - 1, Math.max(0, Math.floor(v * height)));
  return data[row * width + column] !== 0;
}
