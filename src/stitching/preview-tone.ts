import type { Preview } from './preview.ts';
import { encodeLimit, encodeScale, encodeTable, falloffScale, falloffTable, srgbToLinear } from './tone.ts';
import type { Tone } from './tone.ts';

/** The preview's colours with its tone applied: three floats a pixel, 0…255 and beyond white. */
export function applyToneToPreview({ rgb, valid, radius2 }: Preview, tone: Tone): Float32Array {
  const falloff = falloffTable(tone.vignetting);
  const linear = Float64Array.from({ length: 256 }, (_, v) => srgbToLinear(v / 255));
  const out = new Float32Array(rgb.length);
  for (let p = 0; p < valid.length; p++) {
    if (valid[p] === 0) continue;
    const factor = falloff[Math.round(Math.min(1, radius2[p]) * falloffScale)];
    for (let c = 0; c < 3; c++) {
      const root = Math.min(encodeLimit, Math.sqrt(linear[rgb[p * 3 + c]] * factor * tone.gain[c]));
      out[p * 3 + c] = 255 * encodeTable[Math.round(root * encodeScale)];
    }
  }
  return out;
}
