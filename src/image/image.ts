/**
 * Pixels of a picture, row-major and interleaved, EXIF orientation already applied, sRGB.
 * The centre of the top-left pixel is (0, 0).
 */
export interface Image {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 RGB. */
  readonly channels: 1 | 3;
  /** `width · height · channels` values; `Uint16Array` only for 16-bit photos read at native depth. */
  readonly data: Uint8Array | Uint16Array;
}

/** A focal length derived from EXIF: a prior with a weight, never a fact. */
export interface FocalPrior {
  /** Focal length in pixels of the full-resolution, upright photo. */
  readonly focalPx: number;
  /** Relative standard deviation: 0.1 means ±10 %. */
  readonly sigma: number;
  readonly source: 'FocalLengthIn35mmFilm' | 'FocalPlaneResolution';
}

/** What is known of a photo without its pixels. */
export interface PhotoInfo {
  /** As the user would recognise it: folder as given + name. */
  readonly path: string;
  /** Size in pixels at full resolution after EXIF orientation. */
  readonly width: number;
  readonly height: number;
  /** 8 or 16 bits a channel in the file. */
  readonly depth: 8 | 16;
  readonly focal: FocalPrior | null;
  /** `make|model|focal length` from EXIF: photos that agree in it and in size come from one camera setting; '' if unknown. */
  readonly cameraKey: string;
  /** Hex SHA-256 of the file's bytes: decides the canonical order of a photo pair and names cache entries. */
  readonly contentHash: string;
}
