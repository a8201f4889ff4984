import type { Layer, NetworkDefinition, Pairing, Stream, View } from './definition.ts';

/**
 * One step of a network. `inputs` are indices of earlier operations. A map's shape is (copies, channels, height, width):
 * `copies` is how many there are for each pair, 2 between `unpair` and `pair`, where both patches pass through one branch.
 */
export type Operation = { readonly inputs: readonly number[] } & (
  | { readonly kind: 'input'; readonly channels: number }
  /** Each channel of each patch minus its mean, divided by its standard deviation: √(variance + 1e-4). */
  | { readonly kind: 'standardise' }
  /** One image of two channels becomes two of one. */
  | { readonly kind: 'unpair' }
  /** The vectors of both patches of a pair, one after the other. */
  | { readonly kind: 'pair' }
  | { readonly kind: 'channel'; readonly index: number }
  | { readonly kind: 'view'; readonly view: Exclude<View, 'whole'> }
  | {
      readonly kind: 'convolution';
      readonly name: string;
      readonly filters: number;
      readonly size: number;
      readonly stride: number;
      readonly padding: number;
      readonly bias: boolean;
    }
  /** Batch normalisation (Ioffe & Szegedy 2015) over batch and positions: in training only, folded into the layer before it on export. */
  | { readonly kind: 'batchNormalise'; readonly name: string }
  | { readonly kind: 'relu' }
  | { readonly kind: 'maxPool' }
  | { readonly kind: 'pyramid'; readonly grids: readonly number[] }
  /** A map as one vector, position by position (row-major), all channels of a position together. */
  | { readonly kind: 'flatten' }
  | { readonly kind: 'dense'; readonly name: string; readonly units: number; readonly bias: boolean }
  | { readonly kind: 'concatenate' }
  /** A vector divided by its Euclidean length. */
  | { readonly kind: 'normalise' }
  /** Minus the Euclidean distance of a pair's two vectors. */
  | { readonly kind: 'distance' }
);

export type OperationKind = Operation['kind'];
export type OperationOf<K extends OperationKind> = Extract<Operation, { kind: K }>;

/** A network as a list of operations, each after those it needs; the last one is the result. */
export type Program = readonly Operation[];

export interface CompileOptions {
  /**
   * Adds batch normalisation after every layer with weights but the one that gives the score, and but the first of each
   * stream: patches are standardised already, and there the maps are largest. A normalised layer needs no bias.
   */
  readonly batchNormalise?: boolean;
}

/** The whole network: patches [n, 2, side, side] in, scores [n, 1] out. */
export function compilePairs(definition: NetworkDefinition, options: CompileOptions = {}): Program {
  const builder = createBuilder(options);
  const image = builder.add({ kind: 'standardise', inputs: [builder.add({ kind: 'input', channels: 2, inputs: [] })] });
  const features = pairFeatures(builder, definition, image);
  decide(builder, definition, features);
  return builder.program;
}

/**
 * One branch of a siamese network: patches [n, 1, side, side] in, features [n, length] out (a descriptor of unit length
 * where the decision is a distance).
 * @throws TypeError for a network whose branches differ or that has none
 */
export function compileBranch(definition: NetworkDefinition, options: CompileOptions = {}): Program {
  if (definition.pairing !== 'siamese') {
    throw new TypeError(`expected a siamese network but ${definition.name} is of kind ${definition.pairing}`);
  }
  const builder = createBuilder(options);
  const image = builder.add({ kind: 'standardise', inputs: [builder.add({ kind: 'input', channels: 1, inputs: [] })] });
  branch(builder, definition, image, '');
  return builder.program;
}

/**
 * What decides on the features of two branches: features [n, 2·length] in (patch 1's, then patch 2's), scores [n, 1] out.
 * @param length of one branch's features
 */
export function compileDecision(definition: NetworkDefinition, length: number, options: CompileOptions = {}): Program {
  const builder = createBuilder(options);
  decide(builder, definition, builder.add({ kind: 'input', channels: 2 * length, inputs: [] }));
  return builder.program;
}

interface Builder {
  readonly program: Operation[];
  readonly batchNormalise: boolean;
  add(operation: Operation): number;
}

function createBuilder({ batchNormalise = false }: CompileOptions): Builder {
  const program: Operation[] = [];
  return { program, batchNormalise, add: (operation) => program.push(operation) - 1 };
}

const featuresOf: Record<Pairing, (builder: Builder, definition: NetworkDefinition, image: number) => number> = {
  channels: (builder, definition, image) => streams(builder, definition, image, ''),
  siamese: (builder, definition, image) => {
    const single = builder.add({ kind: 'unpair', inputs: [image] });
    return builder.add({ kind: 'pair', inputs: [branch(builder, definition, single, '')] });
  },
  'pseudo-siamese': (builder, definition, image) => {
    const branches = ['first.', 'second.'].map((prefix, index) =>
      branch(builder, definition, builder.add({ kind: 'channel', index, inputs: [image] }), prefix),
    );
    return builder.add({ kind: 'concatenate', inputs: branches });
  },
};

function pairFeatures(builder: Builder, definition: NetworkDefinition, image: number): number {
  return featuresOf[definition.pairing](builder, definition, image);
}

/** The features of one patch; of unit length where distances decide. */
function branch(builder: Builder, definition: NetworkDefinition, image: number, prefix: string): number {
  const features = streams(builder, definition, image, prefix);
  return definition.decision.kind === 'distance' ? builder.add({ kind: 'normalise', inputs: [features] }) : features;
}

function streams(builder: Builder, definition: NetworkDefinition, image: number, prefix: string): number {
  const several = definition.streams.length > 1;
  const features = definition.streams.map((stream) =>
    oneStream(builder, stream, image, several ? `${prefix}${stream.view}.` : prefix),
  );
  return several ? builder.add({ kind: 'concatenate', inputs: features }) : features[0];
}

function oneStream(builder: Builder, { view, layers }: Stream, image: number, prefix: string): number {
  const seen = view === 'whole' ? image : builder.add({ kind: 'view', view, inputs: [image] });
  return builder.add({ kind: 'flatten', inputs: [addLayers(builder, layers, seen, prefix, false)] });
}

function decide(builder: Builder, { decision }: NetworkDefinition, features: number): number {
  return decision.kind === 'distance'
    ? builder.add({ kind: 'distance', inputs: [features] })
    : addLayers(builder, decision.layers, features, 'decision.', true);
}

/** Layers with weights are numbered in order: `surround.2` is the second of the surround stream. */
function addLayers(
  builder: Builder,
  layers: readonly Layer[],
  input: number,
  prefix: string,
  endsInScore: boolean,
): number {
  let at = input;
  let number = 0;
  for (const [i, layer] of layers.entries()) {
    const isScore = endsInScore && i === layers.length - 1;
    const normalised = builder.batchNormalise && !isScore && (endsInScore || number > 0);
    const bias = !normalised;
    switch (layer.kind) {
      case 'maxPool':
        at = builder.add({ kind: 'maxPool', inputs: [at] });
        continue;
      case 'pyramid':
        at = builder.add({ kind: 'pyramid', grids: layer.grids, inputs: [at] });
        continue;
      case 'convolution': {
        const { filters, size, stride = 1, padding = 0 } = layer;
        const name = `${prefix}${++number}`;
        at = builder.add({ kind: 'convolution', name, filters, size, stride, padding, bias, inputs: [at] });
        break;
      }
      case 'dense':
        if (!endsInScore) at = builder.add({ kind: 'flatten', inputs: [at] });
        at = builder.add({ kind: 'dense', name: `${prefix}${++number}`, units: layer.units, bias, inputs: [at] });
        break;
    }
    if (isScore) continue;
    if (normalised) {
      at = builder.add({ kind: 'batchNormalise', name: `${prefix}${number}`, inputs: [at] });
    }
    if (layer.relu !== false) at = builder.add({ kind: 'relu', inputs: [at] });
  }
  return at;
}
