import sharp from 'sharp';

/** How the pixels lie in a photo's file. */
export interface StoredPixels {
  /** Px, before EXIF orientation. */
  readonly width: number;
  readonly height: number;
  /** EXIF's number, 1 to 8. */
  readonly orientation: number;
}

/** Null where the file cannot be read as a photo. */
export async function readStoredPixels(path: string): Promise<StoredPixels | null> {
  try {
    return storedPixels(await sharp(path, { limitInputPixels: false }).metadata());
  } catch {
    return null;
  }
}

export function storedPixels({
  width,
  height,
  orientation = 1,
}: {
  readonly width: number;
  readonly height: number;
  /** As EXIF has it, rubbish too. */
  readonly orientation?: number;
}): StoredPixels {
  return { width, height, orientation: orientation >= 1 && orientation <= 8 ? orientation : 1 };
}

/** Whether the upright photo's width is the file's height. */
export function isTurned({ orientation }: StoredPixels): boolean {
  return orientation >= 5;
}

/**
 * Where a pixel of the file is in the upright photo (EXIF 2.3, tag 274); the centre of the top-left pixel is (0, 0) in both.
 */
export function uprightPixel({ width, height, orientation }: StoredPixels, x: number, y: number): [number, number] {
  const [right, bottom] = [width - 1 - x, height - 1 - y];
  switch (orientation) {
    case 2:
      return [right, y];
    case 3:
      return [right, bottom];
    case 4:
      return [x, bottom];
    case 5:
      return [y, x];
    case 6:
      return [bottom, x];
    case 7:
      return [bottom, right];
    case 8:
      return [y, right];
    default:
      return [x, y];
  }
}
