import { storedSide } from './resample.ts';

/** Luminance quantisation table of ITU-T T.81, annex K.1. */
const luminanceTable = [
  ...[16, 11, 10, 16, 24, 40, 51, 61],
  ...[12, 12, 14, 19, 26, 58, 60, 55],
  ...[14, 13, 16, 24, 40, 57, 69, 56],
  ...[14, 17, 22, 29, 51, 87, 80, 62],
  ...[18, 22, 37, 56, 68, 109, 103, 77],
  ...[24, 35, 55, 64, 81, 104, 113, 92],
  ...[49, 64, 78, 87, 103, 121, 120, 101],
  ...[72, 92, 95, 98, 112, 100, 103, 99],
];

/** Row k: the k-th cosine over eight samples, orthonormal. */
const cosines = Float64Array.from({ length: 64 }, (_, at) => {
  const [k, i] = [at >> 3, at & 7];
  return (k === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * i + 1) * k * Math.PI) / 16);
});

/** What a JPEG file does to 64×64 grey levels: cosine coefficients of each 8×8 block, rounded coarsely. */
export function createJpegLoss(): (levels: Float32Array, quality: number) => void {
  const block = new Float64Array(64);
  const other = new Float64Array(64);
  return (levels, quality) => {
    const steps = quantisationSteps(quality);
    for (let top = 0; top < storedSide; top += 8) {
      for (let left = 0; left < storedSide; left += 8) {
        for (let i = 0; i < 64; i++) block[i] = levels[(top + (i >> 3)) * storedSide + left + (i & 7)] - 128;
        // Each pass transforms the rows and transposes, so two passes transform rows and columns.
        transformRows(block, other, 8, 1);
        transformRows(other, block, 8, 1);
        for (let i = 0; i < 64; i++) block[i] = Math.round(block[i] / steps[i]) * steps[i];
        transformRows(block, other, 1, 8);
        transformRows(other, block, 1, 8);
        for (let i = 0; i < 64; i++) levels[(top + (i >> 3)) * storedSide + left + (i & 7)] = block[i] + 128;
      }
    }
  };
}

/** to[k][row] = Σ_i cosines[k·stride + i·inner] · from[row][i]: the transform with (8, 1), its inverse with (1, 8). */
function transformRows(from: Float64Array, to: Float64Array, stride: number, inner: number): void {
  for (let row = 0; row < 8; row++) {
    const r = row * 8;
    for (let k = 0; k < 8; k++) {
      let sum = 0;
      for (let i = 0, c = k * stride; i < 8; i++, c += inner) sum += cosines[c] * from[r + i];
      to[k * 8 + row] = sum;
    }
  }
}

/** The Independent JPEG Group's scaling of the table by a quality of 1 … 100. */
function quantisationSteps(quality: number): Float64Array {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Float64Array.from(luminanceTable, (step) => Math.min(255, Math.max(1, Math.floor((step * scale + 50) / 100))));
}
