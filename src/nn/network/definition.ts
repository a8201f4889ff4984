/** A convolution of `filters` kernels of `size × size`, with a bias each. ReLU follows unless `relu` is false. */
export interface ConvolutionLayer {
  readonly kind: 'convolution';
  readonly filters: number;
  readonly size: number;
  /** 1 where left out. */
  readonly stride?: number;
  /** Zeros added on every side; none where left out. */
  readonly padding?: number;
  readonly relu?: boolean;
}

/** Maximum over 2×2 windows with stride 2; an odd last row or column is dropped (floor). */
export interface MaxPoolLayer {
  readonly kind: 'maxPool';
}

/**
 * Spatial pyramid pooling (He et al., ECCV 2014): the maximum over each bin of each g×g grid laid over the map, so that
 * a map of any size gives a vector of one length. Bin i of g spans `floor(i·size/g)` to `ceil((i+1)·size/g)`.
 */
export interface PyramidLayer {
  readonly kind: 'pyramid';
  readonly grids: readonly number[];
}

/** A fully connected layer with biases, in a stream on all of its map. ReLU follows unless `relu` is false. */
export interface DenseLayer {
  readonly kind: 'dense';
  readonly units: number;
  readonly relu?: boolean;
}

export type Layer = ConvolutionLayer | MaxPoolLayer | PyramidLayer | DenseLayer;

/**
 * What a stream sees of an n×n patch: all of it; its middle half at full resolution (n/2 pixels from floor(n/4)); all of
 * it averaged 2×2.
 */
export type View = 'whole' | 'central' | 'surround';

export interface Stream {
  readonly view: View;
  readonly layers: readonly Layer[];
}

/**
 * How the two patches meet (Zagoruyko & Komodakis, CVPR 2015, section 3): as two channels of one image; in two branches
 * with the same weights; in two branches with weights of their own.
 */
export type Pairing = 'channels' | 'siamese' | 'pseudo-siamese';

/**
 * What makes the score of the streams' features: layers, the last with one unit; or minus the Euclidean distance of the
 * two branches' features, each divided by its length.
 */
export type Decision =
  { readonly kind: 'layers'; readonly layers: readonly DenseLayer[] } | { readonly kind: 'distance' };

/** A network as data: the inference graph, the training graph and the documentation are made of it. */
export interface NetworkDefinition {
  readonly name: string;
  /** One sentence: what it is and where it comes from. */
  readonly summary: string;
  /** Side of the patches that go in; for `any`, every even side from `minSide` to `maxSide`. */
  readonly input: { readonly side: number } | { readonly minSide: number; readonly maxSide: number };
  readonly pairing: Pairing;
  readonly streams: readonly Stream[];
  readonly decision: Decision;
}

/** The side a network is built for where nothing else is asked: its own, or 64 where it takes any. */
export function defaultSide(definition: NetworkDefinition): number {
  return 'side' in definition.input ? definition.input.side : 64;
}
