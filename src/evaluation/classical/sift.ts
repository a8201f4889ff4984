/** Numbers in a SIFT descriptor: 4×4 bins of place, 8 of direction. */
export const siftLength = 128;

const bins = 4;
const directions = 8;
/**
 * Blur of the gradients in σ of the keypoint. Lowe takes 1, but his blur sees the photo around the window; here it pulls in
 * repeated border pixels. On the Oxford sequences 0.6 ranks look-alikes better (80.3 % for 78.3 %, RootSIFT 82.7 % for 80.8 %).
 */
const blurScale = 0.6;

export type SiftNorm = 'l2' | 'root';

/**
 * SIFT's descriptor (Lowe, IJCV 2004, section 6) of square patches that cover its whole window: 4×4 bins of 3σ each, which is
 * what k = 6 cuts (6·size = 12σ). Gradients of the blurred patch, weighted by a Gaussian of half the window's width, go into
 * a histogram by trilinear interpolation; it is normalised, clamped at 0.2 and normalised again. Lowe's window goes half a
 * bin beyond these patches: what lies there is missing.
 * @param patches `count × side × side` grey values
 * @param norm `root`: RootSIFT (Arandjelović & Zisserman, CVPR 2012), the square roots of the descriptor divided by its sum
 * @returns `count × 128`, each of unit length, to be compared by Euclidean distance; a flat patch has zeros
 */
export function siftDescriptors(patches: Uint8Array, count: number, side: number, norm: SiftNorm): Float32Array {
  const descriptors = new Float32Array(count * siftLength);
  const window = createWindow(side);
  const scratch = { rows: new Float32Array(side * side), blurred: new Float32Array(side * side) };
  for (let i = 0; i < count; i++) {
    const descriptor = descriptors.subarray(i * siftLength, (i + 1) * siftLength);
    blur(patches, i * side * side, side, window.kernel, scratch);
    addGradients(scratch.blurred, side, window, descriptor);
    normaliseLowe(descriptor);
    if (norm === 'root') takeRoots(descriptor);
  }
  return descriptors;
}

/** What depends on the patch's side only. */
interface Window {
  /** Half of a symmetric blur kernel: weight of the centre, then outwards. */
  readonly kernel: Float32Array;
  /** Lower bin of a column or row, −1 … 3, and the share of the next bin. */
  readonly bin: Int32Array;
  readonly share: Float32Array;
  /** Gaussian weight along one axis. */
  readonly weight: Float32Array;
}

function createWindow(side: number): Window {
  const binWidth = side / bins;
  const place = Float64Array.from({ length: side }, (_, u) => (u - (side - 1) / 2) / binWidth + (bins - 1) / 2);
  return {
    kernel: gaussianKernel((blurScale * binWidth) / 3),
    bin: Int32Array.from(place, (p) => Math.floor(p)),
    share: Float32Array.from(place, (p) => p - Math.floor(p)),
    weight: Float32Array.from(place, (p) => Math.exp(-((p - (bins - 1) / 2) ** 2) / (2 * (bins / 2) ** 2))),
  };
}

function gaussianKernel(sigma: number): Float32Array {
  const half = Float64Array.from({ length: Math.ceil(3 * sigma) + 1 }, (_, i) =>
    Math.exp((-i * i) / (2 * sigma * sigma)),
  );
  const sum = 2 * half.reduce((total, w) => total + w) - half[0];
  return Float32Array.from(half, (w) => w / sum);
}

/** Blurs one patch along x, then y; beyond the border its border pixels go on. */
function blur(
  patches: Uint8Array,
  offset: number,
  side: number,
  kernel: Float32Array,
  { rows, blurred }: { rows: Float32Array; blurred: Float32Array },
): void {
  const last = side - 1;
  for (let v = 0; v < side; v++) {
    const row = offset + v * side;
    for (let u = 0; u < side; u++) {
      let sum = kernel[0] * patches[row + u];
      for (let i = 1; i < kernel.length; i++) {
        sum += kernel[i] * (patches[row + Math.max(0, u - i)] + patches[row + Math.min(last, u + i)]);
      }
      rows[v * side + u] = sum;
    }
  }
  for (let v = 0; v < side; v++) {
    for (let u = 0; u < side; u++) {
      let sum = kernel[0] * rows[v * side + u];
      for (let i = 1; i < kernel.length; i++) {
        sum += kernel[i] * (rows[Math.max(0, v - i) * side + u] + rows[Math.min(last, v + i) * side + u]);
      }
      blurred[v * side + u] = sum;
    }
  }
}

/** Spreads each pixel's gradient over the eight bins around its place and direction. */
function addGradients(
  grey: Float32Array,
  side: number,
  { bin, share, weight }: Window,
  descriptor: Float32Array,
): void {
  for (let v = 1; v < side - 1; v++) {
    for (let u = 1; u < side - 1; u++) {
      const dx = grey[v * side + u + 1] - grey[v * side + u - 1];
      const dy = grey[(v + 1) * side + u] - grey[(v - 1) * side + u];
      const magnitude = Math.sqrt(dx * dx + dy * dy) * weight[u] * weight[v];
      const turn = (Math.atan2(dy, dx) / (2 * Math.PI)) * directions + directions;
      const direction = Math.floor(turn);
      const turnShare = turn - direction;
      for (let j = 0; j < 2; j++) {
        const row = bin[v] + j;
        if (row < 0 || row >= bins) continue;
        const ofRow = magnitude * (j === 0 ? 1 - share[v] : share[v]);
        for (let i = 0; i < 2; i++) {
          const column = bin[u] + i;
          if (column < 0 || column >= bins) continue;
          const ofBin = ofRow * (i === 0 ? 1 - share[u] : share[u]);
          const at = (row * bins + column) * directions;
          descriptor[at + (direction % directions)] += ofBin * (1 - turnShare);
          descriptor[at + ((direction + 1) % directions)] += ofBin * turnShare;
        }
      }
    }
  }
}

/** Unit length with no number above 0.2 before the last scaling: no single strong edge decides. */
function normaliseLowe(descriptor: Float32Array): void {
  const length = Math.sqrt(descriptor.reduce((sum, v) => sum + v * v, 0));
  if (length === 0) return;
  for (let i = 0; i < descriptor.length; i++) descriptor[i] = Math.min(0.2 * length, descriptor[i]);
  const clamped = Math.sqrt(descriptor.reduce((sum, v) => sum + v * v, 0));
  for (let i = 0; i < descriptor.length; i++) descriptor[i] /= clamped;
}

function takeRoots(descriptor: Float32Array): void {
  const sum = descriptor.reduce((total, v) => total + v, 0);
  if (sum === 0) return;
  for (let i = 0; i < descriptor.length; i++) descriptor[i] = Math.sqrt(descriptor[i] / sum);
}
