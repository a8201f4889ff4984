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
  const taps = side < storedSide ? areaTaps(side) : bilinearTaps(side);
  const { width, first, weights } = taps;
  const wide = new Float32Array(storedSide * side);
  return (from, to, offset) => {
    for (let v = 0, at = 0; v < storedSide; v++) {
      for (let u = 0; u < side; u++) {
        const start = v * storedSide + first[u];
        let sum = 0;
        for (let t = 0; t < width; t++) sum += weights[u * width + t] * from[start + t];
        wide[at++] = sum;
      }
    }
    for (let v = 0, at = offset; v < side; v++) {
      for (let u = 0; u < side; u++) {
        const start = first[v] * side + u;
        let sum = 0;
        for (let t = 0; t < width; t++) sum += weights[v * width + t] * wide[start + t * side];
        to[at++] = sum / 255;
      }
    }
  };
}

interface Taps {
  /** Source pixels of each target pixel. */
  readonly width: number;
  /** First source pixel of each target pixel. */
  readonly first: Uint8Array;
  /** `width` a target pixel; they sum to 1. */
  readonly weights: Float32Array;
}

function areaTaps(side: number): Taps {
  const ratio = storedSide / side;
  const width = Number.isInteger(ratio) ? ratio : Math.ceil(ratio) + 1;
  const first = new Uint8Array(side);
  const weights = new Float32Array(side * width);
  for (let i = 0; i < side; i++) {
    first[i] = Math.min(Math.floor(i * ratio), storedSide - width);
    for (let t = 0; t < width; t++) {
      const pixel = first[i] + t;
      const overlap = Math.min(pixel + 1, (i + 1) * ratio) - Math.max(pixel, i * ratio);
      weights[i * width + t] = Math.max(0, overlap) / ratio;
    }
  }
  return { width, first, weights };
}

function bilinearTaps(side: number): Taps {
  const first = new Uint8Array(side);
  const weights = new Float32Array(side * 2);
  for (let i = 0; i < side; i++) {
    const place = Math.min(storedSide - 1, Math.max(0, ((i + 0.5) * storedSide) / side - 0.5));
    first[i] = Math.min(Math.floor(place), storedSide - 2);
    weights[i * 2 + 1] = place - first[i];
    weights[i * 2] = 1 - weights[i * 2 + 1];
  }
  return { width: 2, first, weights };
}
