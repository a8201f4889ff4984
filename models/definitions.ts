import type {
  ConvolutionLayer,
  Decision,
  DenseLayer,
  Layer,
  MaxPoolLayer,
  NetworkDefinition,
  PyramidLayer,
  Stream,
} from '../src/nn/network/definition.ts';
import { openSides } from '../src/features/patch-side.ts';

type ConvolutionOptions = Omit<ConvolutionLayer, 'kind' | 'filters' | 'size'>;

const convolution = (filters: number, size: number, options: ConvolutionOptions = {}): ConvolutionLayer => ({
  kind: 'convolution',
  filters,
  size,
  ...options,
});
const pool: MaxPoolLayer = { kind: 'maxPool' };
const pyramid: PyramidLayer = { kind: 'pyramid', grids: [2, 1] };
const dense = (units: number): DenseLayer => ({ kind: 'dense', units });

const whole = (...layers: Layer[]): Stream[] => [{ view: 'whole', layers }];
const centralAndSurround = (...layers: Layer[]): Stream[] => [
  { view: 'central', layers },
  { view: 'surround', layers },
];
const decideBy = (...layers: DenseLayer[]): Decision => ({ kind: 'layers', layers });
const byDistance: Decision = { kind: 'distance' };

const paper = 'Zagoruyko & Komodakis, CVPR 2015';
const patch64 = { side: 64 };

/** The paper's branch with one stream: 256 features of a 64×64 patch. */
const branch = (last: ConvolutionOptions = {}): Stream[] =>
  whole(convolution(96, 7, { stride: 3 }), pool, convolution(192, 5), pool, convolution(256, 3, last));

/** The paper's branch with two streams: 2 · 256 features of a 64×64 patch. */
const branchOfTwoStreams = centralAndSurround(
  convolution(96, 4, { stride: 2 }),
  pool,
  convolution(192, 3),
  convolution(256, 3),
  convolution(256, 3, { relu: false }),
);

/** Three 3×3 convolutions: they see as much as one of 7×7, with fewer weights and more ReLUs. */
const stack = (filters: number): ConvolutionLayer[] => [1, 2, 3].map(() => convolution(filters, 3));

/** Every network that Tessera can train. Layers without a `relu` of their own are followed by one, the score is not. */
export const definitions = {
  siam: {
    name: 'siam',
    summary: `Two branches with the same weights, and two layers that decide (${paper}, section 3.1).`,
    input: patch64,
    pairing: 'siamese',
    streams: branch(),
    decision: decideBy(dense(512), dense(1)),
  },
  'pseudo-siam': {
    name: 'pseudo-siam',
    summary: `As \`siam\`, each branch with weights of its own (${paper}, section 3.1).`,
    input: patch64,
    pairing: 'pseudo-siamese',
    streams: branch(),
    decision: decideBy(dense(512), dense(1)),
  },
  '2ch': {
    name: '2ch',
    summary: `Both patches as the two channels of one image (${paper}, section 3.1).`,
    input: patch64,
    pairing: 'channels',
    streams: branch(),
    decision: decideBy(dense(256), dense(1)),
  },
  '2ch-deep': {
    name: '2ch-deep',
    summary: `As \`2ch\`, with stacks of 3×3 convolutions (${paper}, section 3.2). Max-pooling rounds down, so that the decision sees 1×1×192 where the authors’ model saw 2×2×192.`,
    input: patch64,
    pairing: 'channels',
    streams: whole(convolution(96, 4, { stride: 3 }), ...stack(96), pool, ...stack(192)),
    decision: decideBy(dense(1)),
  },
  'siam-2stream': {
    name: 'siam-2stream',
    summary: `Siamese branches of two streams, one of which sees the middle of the patch and one all of it at half resolution (${paper}, section 3.2).`,
    input: patch64,
    pairing: 'siamese',
    streams: branchOfTwoStreams,
    decision: decideBy(dense(512), dense(1)),
  },
  '2ch-2stream': {
    name: '2ch-2stream',
    summary: `Both patches as two channels, in two streams: the middle, and all at half resolution (${paper}, section 3.2).`,
    input: patch64,
    pairing: 'channels',
    streams: centralAndSurround(
      convolution(96, 5),
      pool,
      convolution(96, 3),
      pool,
      convolution(192, 3),
      convolution(192, 3),
    ),
    decision: decideBy(dense(768), dense(1)),
  },
  'siam-l2': {
    name: 'siam-l2',
    summary: `The branch of \`siam\` as a descriptor of unit length; the score is minus the distance (${paper}, section 3.3).`,
    input: patch64,
    pairing: 'siamese',
    streams: branch({ relu: false }),
    decision: byDistance,
  },
  'pseudo-siam-l2': {
    name: 'pseudo-siam-l2',
    summary: `As \`siam-l2\`, each branch with weights of its own (${paper}, section 3.3).`,
    input: patch64,
    pairing: 'pseudo-siamese',
    streams: branch({ relu: false }),
    decision: byDistance,
  },
  'siam-2stream-l2': {
    name: 'siam-2stream-l2',
    summary: `The branch of \`siam-2stream\` as a descriptor of unit length; the score is minus the distance (${paper}, section 3.3).`,
    input: patch64,
    pairing: 'siamese',
    streams: branchOfTwoStreams,
    decision: byDistance,
  },
  'siam-spp': {
    name: 'siam-spp',
    summary: `As \`siam\`, with spatial pyramid pooling: patches of any even side from 32 to 128 go in (${paper}, section 3.2). The padding keeps the last maps of small patches large enough for the pyramid.`,
    input: openSides,
    pairing: 'siamese',
    streams: whole(
      convolution(96, 7, { stride: 3 }),
      pool,
      convolution(192, 5, { padding: 2 }),
      pool,
      convolution(256, 3, { padding: 1 }),
      pyramid,
    ),
    decision: decideBy(dense(512), dense(1)),
  },
  '2ch-2stream-spp': {
    name: '2ch-2stream-spp',
    summary: `As \`2ch-2stream\`, with spatial pyramid pooling: patches of any even side from 32 to 128 go in (${paper}, section 3.2). The padding keeps the last maps of small patches large enough for the pyramid.`,
    input: openSides,
    pairing: 'channels',
    streams: centralAndSurround(
      convolution(96, 5),
      pool,
      convolution(96, 3),
      pool,
      convolution(192, 3, { padding: 1 }),
      convolution(192, 3, { padding: 1 }),
      pyramid,
    ),
    decision: decideBy(dense(768), dense(1)),
  },
  descriptor: {
    name: 'descriptor',
    summary:
      'A small descriptor of unit length: 128 numbers from the 64×64 patch averaged 2×2, which its callers do. Tessera’s own; it makes the shortlist.',
    input: { side: 32 },
    pairing: 'siamese',
    streams: whole(
      convolution(16, 5, { stride: 2, padding: 2 }),
      convolution(24, 3, { padding: 1 }),
      convolution(48, 3, { stride: 2, padding: 1 }),
      convolution(48, 3, { padding: 1 }),
      convolution(128, 8, { relu: false }),
    ),
    decision: byDistance,
  },
} as const satisfies Record<string, NetworkDefinition>;

/** The name of a network that Tessera can train. */
export type DefinitionName = keyof typeof definitions;

/** All of them, in the order of the documentation. */
export const definitionNames = Object.keys(definitions) as DefinitionName[];
