const fileHeaderBytes = 14;
const infoHeaderBytes = 40;
const paletteBytes = 256 * 4;
const headerBytes = fileHeaderBytes + infoHeaderBytes + paletteBytes;

/** Grey values, row-major from the top; or what is wrong with the file. */
export type ReadBmp =
  | { readonly kind: 'grey'; readonly width: number; readonly height: number; readonly pixels: Uint8Array }
  | { readonly kind: 'damaged'; readonly reason: string };

/** Reads an uncompressed BMP of 8 bits a pixel whose palette is grey, rows from the bottom or from the top. */
export function readGreyBmp(bytes: Uint8Array): ReadBmp {
  const damaged = (reason: string): ReadBmp => ({ kind: 'damaged', reason });
  if (bytes.length === 0) return damaged('it is empty');
  if (bytes[0] !== 0x42 || bytes[1] !== 0x4d) return damaged('it is not a BMP');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < fileHeaderBytes + infoHeaderBytes) return damaged('it is truncated within its header');
  const pixelsFrom = view.getUint32(10, true);
  const infoBytes = view.getUint32(14, true);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  const height = Math.abs(signedHeight);
  if (bits !== 8 || compression !== 0) return damaged('it is not an uncompressed BMP of 8 bits a pixel');
  if (width <= 0 || height === 0) return damaged('it has no pixels');
  const stride = Math.ceil(width / 4) * 4;
  const missing = pixelsFrom + stride * height - bytes.length;
  if (missing > 0) return damaged(`it is truncated: ${missing} bytes are missing`);
  const greys = readPalette(bytes, fileHeaderBytes + infoBytes, pixelsFrom, view.getUint32(46, true));
  if (greys === null) return damaged('its palette is not grey');
  const pixels = new Uint8Array(width * height);
  const plain = greys.every((grey, value) => grey === value);
  for (let row = 0; row < height; row++) {
    // A positive height says that the last row comes first.
    const from = pixelsFrom + stride * (signedHeight > 0 ? height - 1 - row : row);
    pixels.set(bytes.subarray(from, from + width), row * width);
  }
  if (!plain) for (let i = 0; i < pixels.length; i++) pixels[i] = greys[pixels[i]];
  return { kind: 'grey', width, height, pixels };
}

/** What each pixel value shows; null where some entry is coloured. A count of 0 stands for all 256. */
function readPalette(bytes: Uint8Array, from: number, end: number, declared: number): Uint8Array | null {
  const entries = declared === 0 ? 256 : Math.min(256, declared);
  if (from + 4 * entries > Math.min(end, bytes.length)) return null;
  const greys = new Uint8Array(256);
  for (let i = 0; i < entries; i++) {
    const [blue, green, red] = bytes.subarray(from + 4 * i);
    if (blue !== green || green !== red) return null;
    greys[i] = red;
  }
  return greys;
}

/**
 * A BMP of 8 bits a pixel as Brown's mosaics are: grey palette, rows from the bottom.
 * @param pixels `width × height` grey values, row-major from the top
 */
export function writeGreyBmp(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const stride = Math.ceil(width / 4) * 4;
  const bytes = new Uint8Array(headerBytes + stride * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, headerBytes, true);
  view.setUint32(14, infoHeaderBytes, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 8, true);
  for (let grey = 0; grey < 256; grey++) {
    bytes.fill(grey, headerBytes - paletteBytes + 4 * grey, headerBytes - paletteBytes + 4 * grey + 3);
  }
  for (let row = 0; row < height; row++) {
    bytes.set(pixels.subarray(row * width, (row + 1) * width), headerBytes + stride * (height - 1 - row));
  }
  return bytes;
}
