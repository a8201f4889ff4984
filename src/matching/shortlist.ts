import { encodeOnnxModel } from '../nn/onnx-graph.ts';
import type { OnnxGraph, OnnxNode } from '../nn/onnx-graph.ts';
import { createSession, onnxRuntime } from '../nn/runtime.ts';
import type { CandidatePairs } from './matches.ts';

/** The nearest descriptors of the other photo, for each keypoint of one photo. */
export interface Neighbours {
  /** Neighbours a keypoint: as many as asked for, or as the other photo has. */
  readonly depth: number;
  /** `count × depth` keypoint indices of the other photo, most similar first; equally similar ones by index. */
  readonly index: Uint32Array;
  /** `count × depth` dot products. */
  readonly similarity: Float32Array;
}

/** Candidate pairs worth a judge's time, with the neighbours they were chosen from. */
export interface Shortlist extends CandidatePairs {
  readonly neighbours1: Neighbours;
  readonly neighbours2: Neighbours;
}

export interface ShortlistOptions {
  /** Candidates a keypoint; a pair must be among the k best of both its keypoints. */
  readonly k: number;
  /** Neighbours kept of each keypoint, at least k: those beyond k tell how unique a candidate is. */
  readonly depth: number;
}

/** Finds nearest descriptors. Holds a session of ONNX Runtime, whose runs block the calling thread. */
export interface Shortlister {
  /**
   * The candidate pairs of two photos by their unit descriptors, ordered by keypoint of photo 1, then by similarity.
   * Deterministic, ties included.
   * @param descriptors1 `count1 × descriptorLength`, row-major
   */
  shortlist(
    descriptors1: Float32Array,
    count1: number,
    descriptors2: Float32Array,
    count2: number,
    options: ShortlistOptions,
  ): Promise<Shortlist>;
  release(): Promise<void>;
}

/** Rows of the similarity matrix that exist at a time: 512 × 10 000 floats are 20 MB. */
const blockRows = 512;

export async function createShortlister(options: {
  readonly descriptorLength: number;
  readonly threads: number;
}): Promise<Shortlister> {
  const { descriptorLength } = options;
  const graph = encodeOnnxModel(nearestNeighbourGraph(descriptorLength));
  const session = await createSession(graph, { provider: 'cpu', threads: options.threads });
  const { Tensor } = onnxRuntime();

  /** Nearest rows and columns of one block of rows. */
  async function searchBlock(a: Float32Array, b: Float32Array, rowDepth: number, columnDepth: number) {
    const results = await session.run({
      a: new Tensor('float32', a, [a.length / descriptorLength, descriptorLength]),
      b: new Tensor('float32', b, [b.length / descriptorLength, descriptorLength]),
      rowDepth: new Tensor('int64', BigInt64Array.of(BigInt(rowDepth)), [1]),
      columnDepth: new Tensor('int64', BigInt64Array.of(BigInt(columnDepth)), [1]),
    });
    return {
      rowSimilarity: results.rowSimilarity.data as Float32Array,
      rowIndex: results.rowIndex.data as Int32Array,
      columnSimilarity: results.columnSimilarity.data as Float32Array,
      columnIndex: results.columnIndex.data as Int32Array,
    };
  }

  return {
    async shortlist(descriptors1, count1, descriptors2, count2, { k, depth }) {
      const neighbours1 = emptyNeighbours(count1, Math.min(depth, count2));
      const neighbours2 = emptyNeighbours(count2, Math.min(depth, count1));
      // Copies: ONNX Runtime takes no shared memory (it throws outside of any promise).
      const b = descriptors2.slice(0, count2 * descriptorLength);
      for (let start = 0; start < count1 && count2 > 0; start += blockRows) {
        const end = Math.min(count1, start + blockRows);
        const a = descriptors1.slice(start * descriptorLength, end * descriptorLength);
        const columnDepth = Math.min(neighbours2.depth, end - start);
        const found = await searchBlock(a, b, neighbours1.depth, columnDepth);
        neighbours1.similarity.set(found.rowSimilarity, start * neighbours1.depth);
        neighbours1.index.set(found.rowIndex, start * neighbours1.depth);
        mergeColumns(neighbours2, found.columnSimilarity, found.columnIndex, start, count2);
      }
      return { ...mutualCandidates(neighbours1, neighbours2, count1, k), neighbours1, neighbours2 };
    },
    release: () => session.release(),
  };
}

/** a · bᵀ, then the `rowDepth` largest of each row and the `columnDepth` largest of each column; TopK breaks ties by index. */
function nearestNeighbourGraph(descriptorLength: number): OnnxGraph {
  const topK = (axis: number, depth: string, name: string): OnnxNode[] => [
    {
      op: 'TopK',
      inputs: ['similarity', depth],
      outputs: [`${name}Similarity`, `${name}Index64`],
      attributes: { axis: { int: axis } },
    },
    // Int32 saves a BigInt an index.
    { op: 'Cast', inputs: [`${name}Index64`], outputs: [`${name}Index`], attributes: { to: { int: 6 } } },
  ];
  return {
    name: 'nearest_neighbours',
    inputs: [
      { name: 'a', type: 'float32', shape: ['n', descriptorLength] },
      { name: 'b', type: 'float32', shape: ['m', descriptorLength] },
      { name: 'rowDepth', type: 'int64', shape: [1] },
      { name: 'columnDepth', type: 'int64', shape: [1] },
    ],
    outputs: [
      { name: 'rowSimilarity', type: 'float32', shape: ['n', 'rows'] },
      { name: 'rowIndex', type: 'int32', shape: ['n', 'rows'] },
      { name: 'columnSimilarity', type: 'float32', shape: ['columns', 'm'] },
      { name: 'columnIndex', type: 'int32', shape: ['columns', 'm'] },
    ],
    initializers: [],
    nodes: [
      { op: 'Gemm', inputs: ['a', 'b'], outputs: ['similarity'], attributes: { transB: { int: 1 } } },
      ...topK(1, 'rowDepth', 'row'),
      ...topK(0, 'columnDepth', 'column'),
    ],
  };
}

function emptyNeighbours(count: number, depth: number): Neighbours {
  return {
    depth,
    index: new Uint32Array(count * depth),
    similarity: new Float32Array(count * depth).fill(-Infinity),
  };
}

/** Merges a block's nearest rows of each column (`columnDepth × count`, column-wise sorted) into what earlier blocks found. */
function mergeColumns(
  neighbours: Neighbours,
  blockSimilarity: Float32Array,
  blockIndex: Int32Array,
  firstRow: number,
  count: number,
): void {
  const { depth, index, similarity } = neighbours;
  const blockDepth = blockSimilarity.length / count;
  for (let column = 0; column < count; column++) {
    const first = column * depth;
    for (let rank = 0; rank < blockDepth; rank++) {
      const value = blockSimilarity[rank * count + column];
      // On equality the earlier block's row, of lower index, stays in front.
      let at = first + depth;
      while (at > first && value > similarity[at - 1]) at--;
      if (at === first + depth) break;
      similarity.copyWithin(at + 1, at, first + depth - 1);
      index.copyWithin(at + 1, at, first + depth - 1);
      similarity[at] = value;
      index[at] = firstRow + blockIndex[rank * count + column];
    }
  }
}

function mutualCandidates(side1: Neighbours, side2: Neighbours, count1: number, k: number): CandidatePairs {
  const k1 = Math.min(k, side1.depth);
  const k2 = Math.min(k, side2.depth);
  const index1: number[] = [];
  const index2: number[] = [];
  const similarity: number[] = [];
  for (let i = 0; i < count1; i++) {
    for (let rank = 0; rank < k1; rank++) {
      const j = side1.index[i * side1.depth + rank];
      const first = j * side2.depth;
      if (!side2.index.subarray(first, first + k2).includes(i)) continue;
      index1.push(i);
      index2.push(j);
      similarity.push(side1.similarity[i * side1.depth + rank]);
    }
  }
  return {
    count: index1.length,
    index1: Uint32Array.from(index1),
    index2: Uint32Array.from(index2),
    similarity: Float32Array.from(similarity),
  };
}
