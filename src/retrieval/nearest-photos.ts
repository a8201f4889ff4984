import type { Neighbours } from '../matching/shortlist.ts';
import { encodeOnnxModel, type OnnxGraph } from '../nn/onnx-graph.ts';
import { createSession, float32Data, onnxRuntime } from '../nn/runtime.ts';
import type { PhotoDescriptors } from './describe-photos.ts';

/** Rows and columns of the similarities that exist at a time: their descriptors take 8 and 67 MB, they themselves 8. */
const blockRows = 512;
const blockColumns = 4096;

/**
 * The most similar photos of each photo, by the cosine between global descriptors; equally similar ones by index.
 * Exact: all photos are compared with all by matrix products, which up to tens of thousands of photos takes less time
 * than an approximate index does (40 000 made-up photos: 73 s of one core; HNSW in native code 123 s for 61 % of the
 * neighbours) and little beside finding their keypoints. Holds one session of ONNX Runtime, whose runs block the
 * calling thread: call it in a worker.
 * @param depth neighbours a photo; at most count − 1 are found
 */
export async function nearestPhotos(
  photos: PhotoDescriptors,
  depth: number,
  options: { readonly threads: number; readonly signal?: AbortSignal },
): Promise<Neighbours> {
  const { count, length } = photos;
  const found = emptyNeighbours(count, length === 0 ? 0 : Math.max(0, Math.min(depth, count - 1)));
  if (found.depth === 0) return found;
  const session = await createSession(encodeOnnxModel(nearestGraph(length)), {
    provider: 'cpu',
    threads: options.threads,
  });
  try {
    const { Tensor } = onnxRuntime();
    for (let firstColumn = 0; firstColumn < count; firstColumn += blockColumns) {
      const columns = unitRows(photos, firstColumn, blockColumns);
      const b = new Tensor('float32', columns, [columns.length / length, length]);
      // One more: the nearest of all is the photo itself.
      const ranks = Math.min(found.depth + 1, columns.length / length);
      const k = new Tensor('int64', BigInt64Array.of(BigInt(ranks)), [1]);
      for (let firstRow = 0; firstRow < count; firstRow += blockRows) {
        options.signal?.throwIfAborted();
        const rows = unitRows(photos, firstRow, blockRows);
        const results = await session.run({ a: new Tensor('float32', rows, [rows.length / length, length]), b, k });
        mergeBlock(
          found,
          float32Data(results.similarity),
          results.index.data as Int32Array,
          ranks,
          firstRow,
          firstColumn,
        );
      }
    }
  } finally {
    await session.release();
  }
  return found;
}

/** a · bᵀ, then the k largest of each row; TopK breaks ties by index. */
function nearestGraph(length: number): OnnxGraph {
  return {
    name: 'nearest_photos',
    inputs: [
      { name: 'a', type: 'float32', shape: ['n', length] },
      { name: 'b', type: 'float32', shape: ['m', length] },
      { name: 'k', type: 'int64', shape: [1] },
    ],
    outputs: [
      { name: 'similarity', type: 'float32', shape: ['n', 'ranks'] },
      { name: 'index', type: 'int32', shape: ['n', 'ranks'] },
    ],
    initializers: [],
    nodes: [
      { op: 'Gemm', inputs: ['a', 'b'], outputs: ['products'], attributes: { transB: { int: 1 } } },
      { op: 'TopK', inputs: ['products', 'k'], outputs: ['similarity', 'index64'], attributes: { axis: { int: 1 } } },
      // Int32 saves a BigInt an index.
      { op: 'Cast', inputs: ['index64'], outputs: ['index'], attributes: { to: { int: 6 } } },
    ],
  };
}

function emptyNeighbours(count: number, depth: number): Neighbours {
  return { depth, index: new Uint32Array(count * depth), similarity: new Float32Array(count * depth).fill(-Infinity) };
}

/** Descriptors of at most `most` photos as unit vectors; those of photos without keypoints stay 0. */
function unitRows({ length, values }: PhotoDescriptors, first: number, most: number): Float32Array {
  const rows = new Float32Array(values.subarray(first * length, (first + most) * length));
  for (let start = 0; start < rows.length; start += length) {
    let squares = 0;
    for (let i = start; i < start + length; i++) squares += rows[i] * rows[i];
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let i = start; i < start + length; i++) rows[i] *= scale;
  }
  return rows;
}

/** Merges the nearest of a block of columns into those of earlier blocks; a photo is no neighbour of itself. */
function mergeBlock(
  { depth, index, similarity }: Neighbours,
  blockSimilarity: Float32Array,
  blockIndex: Int32Array,
  ranks: number,
  firstRow: number,
  firstColumn: number,
): void {
  for (let row = 0; row < blockSimilarity.length / ranks; row++) {
    const first = (firstRow + row) * depth;
    for (let rank = row * ranks; rank < (row + 1) * ranks; rank++) {
      const photo = firstColumn + blockIndex[rank];
      if (photo === firstRow + row) continue;
      // On equality the earlier block's photo, of lower index, stays in front.
      let at = first + depth;
      while (at > first && blockSimilarity[rank] > similarity[at - 1]) at--;
      if (at === first + depth) break;
      similarity.copyWithin(at + 1, at, first + depth - 1);
      index.copyWithin(at + 1, at, first + depth - 1);
      similarity[at] = blockSimilarity[rank];
      index[at] = photo;
    }
  }
}
