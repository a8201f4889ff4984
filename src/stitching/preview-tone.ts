import { linearFromSrgb } from '../image/srgb.ts';
import type { Preview } from './preview.ts';
import { cutOff, encodeLimit, encodeScale, encodeTable, falloffScale, falloffTable } from './tone.ts';
import type { Tone } from './tone.ts';

/** The preview's colours with its tone applied: three floats a pixel, 0…255 and beyond white. */
export function applyToneToPreview({ rgb, valid, radius2 }: Preview, tone: Tone): Float32Array {
  const falloff = falloffTable(tone.vignetting);
  const linear = Float64Array.from({ length: 256 }, (_, v) => linearFromSrgb(v / 255));
  const out = new Float32Array(rgb.length);
  for (let p = 0; p < valid.length; p++) {
    if (valid[p] === 0) continue;
    const factor = falloff[Math.round(Math.min(1, radius2[p]) * falloffScale)];
    const keep = cutOff(Math.min(rgb[p * 3], rgb[p * 3 + 1], rgb[p * 3 + 2]) / 255);
    for (let c = 0; c < 3; c++) {
      const value = rgb[p * 3 + c];
      const root = Math.min(encodeLimit, Math.sqrt(linear[value] * factor * tone.gain[c]));
      const toned = 255 * encodeTable[Math.round(root * encodeScale)];
      out[p * 3 + c] = keep > 0 && toned < value ? toned + keep * (value - toned) : toned;
    }
  }
  return out;
}
