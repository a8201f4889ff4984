/**
 * BT.601 luma of RGB triples, rounded, with OpenCV's weights (in 1/16384): grey pixels keep their value.
 * (Other libraries' grey is luminance in linear light, which differs by many levels for saturated colours.)
 */
export function lumaFromRgb(rgb: Uint8Array | Uint16Array): Uint8Array | Uint16Array {
  const count = rgb.length / 3;
  const luma = rgb instanceof Uint8Array ? new Uint8Array(count) : new Uint16Array(count);
  for (let i = 0, from = 0; i < count; i++, from += 3) {
    luma[i] = (rgb[from] * 4899 + rgb[from + 1] * 9617 + rgb[from + 2] * 1868 + 8192) >> 14;
  }
  return luma;
}

/** 16-bit values as 8-bit ones, rounded: 65 535 becomes 255. */
export function bytesFromWords(words: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(words.length);
  for (let i = 0; i < words.length; i++) bytes[i] = (words[i] + 128) / 257;
  return bytes;
}
