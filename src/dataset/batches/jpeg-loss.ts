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

/** Halves of the cosines of k·π/16. */
const [, c1, c2, c3, c4, c5, c6, c7] = Array.from({ length: 8 }, (_, k) => 0.5 * Math.cos((k * Math.PI) / 16));

/** What a JPEG file does to 64×64 grey levels: cosine coefficients of each 8×8 block, rounded coarsely. */
export function createJpegLoss(): (levels: Float32Array, quality: number) => void {
  const block = new Float64Array(64);
  return (levels, quality) => {
    const steps = quantisationSteps(quality);
    for (let top = 0; top < storedSide; top += 8) {
      for (let left = 0; left < storedSide; left += 8) {
        const corner = top * storedSide + left;
        for (let i = 0; i < 64; i++) block[i] = levels[corner + (i >> 3) * storedSide + (i & 7)] - 128;
        for (let row = 0; row < 8; row++) transform(block, row * 8, 1);
        for (let column = 0; column < 8; column++) transform(block, column, 8);
        for (let i = 0; i < 64; i++) block[i] = Math.round(block[i] / steps[i]) * steps[i];
        for (let column = 0; column < 8; column++) transformBack(block, column, 8);
        for (let row = 0; row < 8; row++) transformBack(block, row * 8, 1);
        for (let i = 0; i < 64; i++) levels[corner + (i >> 3) * storedSide + (i & 7)] = block[i] + 128;
      }
    }
  };
}

/** The orthonormal cosine transform (DCT-II) of eight numbers in place, by even and odd parts. */
function transform(block: Float64Array, at: number, step: number): void {
  const [i1, i2, i3, i4] = [at + step, at + 2 * step, at + 3 * step, at + 4 * step];
  const [i5, i6, i7] = [at + 5 * step, at + 6 * step, at + 7 * step];
  const s0 = block[at] + block[i7];
  const s1 = block[i1] + block[i6];
  const s2 = block[i2] + block[i5];
  const s3 = block[i3] + block[i4];
  const d0 = block[at] - block[i7];
  const d1 = block[i1] - block[i6];
  const d2 = block[i2] - block[i5];
  const d3 = block[i3] - block[i4];
  block[at] = c4 * (s0 + s1 + s2 + s3);
  block[i4] = c4 * (s0 - s1 - s2 + s3);
  block[i2] = c2 * (s0 - s3) + c6 * (s1 - s2);
  block[i6] = c6 * (s0 - s3) - c2 * (s1 - s2);
  block[i1] = c1 * d0 + c3 * d1 + c5 * d2 + c7 * d3;
  block[i3] = c3 * d0 - c7 * d1 - c1 * d2 - c5 * d3;
  block[i5] = c5 * d0 - c1 * d1 + c7 * d2 + c3 * d3;
  block[i7] = c7 * d0 - c5 * d1 + c3 * d2 - c1 * d3;
}

/** The inverse of `transform`: its transpose. */
function transformBack(block: Float64Array, at: number, step: number): void {
  const [i1, i2, i3, i4] = [at + step, at + 2 * step, at + 3 * step, at + 4 * step];
  const [i5, i6, i7] = [at + 5 * step, at + 6 * step, at + 7 * step];
  const [x1, x2, x3, x5, x6, x7] = [block[i1], block[i2], block[i3], block[i5], block[i6], block[i7]];
  const sum = c4 * (block[at] + block[i4]);
  const difference = c4 * (block[at] - block[i4]);
  const e0 = sum + c2 * x2 + c6 * x6;
  const e1 = difference + c6 * x2 - c2 * x6;
  const e2 = difference - c6 * x2 + c2 * x6;
  const e3 = sum - c2 * x2 - c6 * x6;
  const o0 = c1 * x1 + c3 * x3 + c5 * x5 + c7 * x7;
  const o1 = c3 * x1 - c7 * x3 - c1 * x5 - c5 * x7;
  const o2 = c5 * x1 - c1 * x3 + c7 * x5 + c3 * x7;
  const o3 = c7 * x1 - c5 * x3 + c3 * x5 - c1 * x7;
  block[at] = e0 + o0;
  block[i1] = e1 + o1;
  block[i2] = e2 + o2;
  block[i3] = e3 + o3;
  block[i4] = e3 - o3;
  block[i5] = e2 - o2;
  block[i6] = e1 - o1;
  block[i7] = e0 - o0;
}

/** The Independent JPEG Group's scaling of the table by a quality of 1 … 100. */
function quantisationSteps(quality: number): Float64Array {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Float64Array.from(luminanceTable, (step) => Math.min(255, Math.max(1, Math.floor((step * scale + 50) / 100))));
}
