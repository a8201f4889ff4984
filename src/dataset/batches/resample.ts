/** Side of a stored patch, pixels. */
export const storedSide = 64;

/** One of the eight flips and quarter turns: bit 0 mirrors u, bit 1 mirrors v, bit 2 then swaps u and v. */
export type Dihedral = number;

/**
 * Copies a 64×64 patch of bytes into floats, turned and with each level looked up in `tone`.
 * @param patches stored patches; the patch begins at `offset`
 * @param to 64×64, row-major
 */
export function copyTurned(
  patches: Uint8Array,
  offset: number,
  dihedral: Dihedral,
  tone: Float32Array,
  to: Float32Array,
): void {
  const last = storedSide - 1;
  const stepU = dihedral & 1 ? -1 : 1;
  const stepV = dihedral & 2 ? -storedSide : storedSide;
  const start = offset + (dihedral & 1 ? last : 0) + (dihedral & 2 ? last * storedSide : 0);
  const [step, rowStep] = dihedral & 4 ? [stepV, stepU] : [stepU, stepV];
  for (let v = 0, at = 0; v < storedSide; v++) {
    let from = start + v * rowStep;
    for (let u = 0; u < storedSide; u++, from += step) to[at++] = tone[patches[from]];
  }
}

/** As `copyTurned`, but cut a little elsewhere: after the turn an offset (x, y) from the centre shows M·(x, y) + shift. */
export function copyWarped(
  patches: Uint8Array,
  offset: number,
  dihedral: Dihedral,
  [a, b, c, d, shiftX, shiftY]: readonly [number, number, number, number, number, number],
  tone: Float32Array,
  to: Float32Array,
): void {
  const last = storedSide - 1;
  const centre = last / 2;
  const mirrorU = dihedral & 1 ? -1 : 1;
  const mirrorV = dihedral & 2 ? -1 : 1;
  // Columns of M times the turn: where a step in u and a step in v lead.
  const columns = [a * mirrorU, c * mirrorU, b * mirrorV, d * mirrorV];
  const [ux, uy, vx, vy] = dihedral & 4 ? [columns[2], columns[3], columns[0], columns[1]] : columns;
  for (let v = 0, at = 0; v < storedSide; v++) {
    let x = centre + shiftX + vx * (v - centre) - ux * centre;
    let y = centre + shiftY + vy * (v - centre) - uy * centre;
    for (let u = 0; u < storedSide; u++, x += ux, y += uy) {
      const inX = x < 0 ? 0 : x > last ? last : x;
      const inY = y < 0 ? 0 : y > last ? last : y;
      const left = inX >= last ? last - 1 : inX | 0;
      const top = inY >= last ? last - 1 : inY | 0;
      const partX = inX - left;
      const from = offset + top * storedSide + left;
      const above = tone[patches[from]] * (1 - partX) + tone[patches[from + 1]] * partX;
      const below = tone[patches[from + storedSide]] * (1 - partX) + tone[patches[from + storedSide + 1]] * partX;
      to[at++] = above + (below - above) * (inY - top);
    }
  }
}

/** Brings 64×64 grey levels to another side and to [0, 1]. */
export type Resizer = (from: Float32Array, to: Float32Array, offset: number) => void;

/**
 * Means over the area of each pixel towards a smaller side (for 32 the mean of 2×2), bilinear towards a larger one.
 * @param side even, 32 … 128
 */
export function createResizer(side: number): Resizer {
  if (side === storedSide) {
    return (from, to, offset) => {
      for (let i = 0; i < from.length; i++) to[offset + i] = from[i] / 255;
    };
  }
  const { first, weights } = side < storedSide ? areaTaps(side) : bilinearTaps(side);
  const wide = new Float32Array(storedSide * side);
  return (from, to, offset) => {
    for (let v = 0, at = 0; v < storedSide; v++) {
      for (let u = 0, w = 0; u < side; u++, w += 3) {
        const start = v * storedSide + first[u];
        wide[at++] = weights[w] * from[start] + weights[w + 1] * from[start + 1] + weights[w + 2] * from[start + 2];
      }
    }
    for (let v = 0, at = offset; v < side; v++) {
      const [w0, w1, w2] = [weights[v * 3], weights[v * 3 + 1], weights[v * 3 + 2]];
      const start = first[v] * side;
      for (let from = start; from < start + side; from++) {
        to[at++] = (w0 * wide[from] + w1 * wide[from + side] + w2 * wide[from + 2 * side]) / 255;
      }
    }
  };
}

/** Each target pixel is a weighted mean of three neighbouring source pixels. */
interface Taps {
  /** First source pixel of each target pixel. */
  readonly first: Uint8Array;
  /** Three a target pixel; they sum to 1. */
  readonly weights: Float32Array;
}

/** Shares of the area of a target pixel, at most two source pixels wide. */
function areaTaps(side: number): Taps {
  const ratio = storedSide / side;
  const first = new Uint8Array(side);
  const weights = new Float32Array(side * 3);
  for (let i = 0; i < side; i++) {
    first[i] = Math.min(Math.floor(i * ratio), storedSide - 3);
    for (let t = 0; t < 3; t++) {
      const pixel = first[i] + t;
      const overlap = Math.min(pixel + 1, (i + 1) * ratio) - Math.max(pixel, i * ratio);
      weights[i * 3 + t] = Math.max(0, overlap) / ratio;
    }
  }
  return { first, weights };
}

function bilinearTaps(side: number): Taps {
  const first = new Uint8Array(side);
  const weights = new Float32Array(side * 3);
  for (let i = 0; i < side; i++) {
    const place = Math.min(storedSide - 1, Math.max(0, ((i + 0.5) * storedSide) / side - 0.5));
    first[i] = Math.min(Math.floor(place), storedSide - 3);
    for (let t = 0; t < 3; t++) weights[i * 3 + t] = Math.max(0, 1 - Math.abs(place - first[i] - t));
  }
  return { first, weights };
}
