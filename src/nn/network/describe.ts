import type { TensorContract } from '../contract.ts';
import type { Layer, NetworkDefinition, Pairing, Stream } from './definition.ts';
import { compilePart, partContract } from './inference.ts';
import type { NetworkPart } from './inference.ts';
import type { Operation } from './program.ts';
import { multiplyAdds, multiplyAddsOfOperation, parametersOfOperation } from './shapes.ts';
import type { MapShape, ParameterShape } from './shapes.ts';

/** How the layers are written. */
export const structureLegend =
  '`C(n,k,s)` is a convolution with n filters of k×k and stride s, `P` max-pooling 2×2 that drops an odd row or column, ' +
  '`F(n)` a linear layer with n outputs, `SPP` spatial pyramid pooling; ReLU follows every `C` and `F` but those marked `linear` and the score.';

const pairingText: Record<Pairing, string> = {
  channels: 'two channels of one image',
  siamese: 'two branches with shared weights',
  'pseudo-siamese': 'two branches with weights of their own',
};

/** The network in a line, as `two channels of one image: C(96,7,3) P … C(256,3,1); decision: F(256) F(1)`. */
export function structureOf({ pairing, streams, decision }: NetworkDefinition): string {
  const decided =
    decision.kind === 'distance'
      ? 'each divided by its length; score: minus their distance'
      : `decision: ${decision.layers.map(layerText).join(' ')}`;
  return `${pairingText[pairing]}: ${streamsText(streams)}; ${decided}`;
}

function streamsText(streams: readonly Stream[]): string {
  const texts = streams.map(({ layers }) => layers.map(layerText).join(' '));
  if (streams.length === 1) return streams[0].view === 'whole' ? texts[0] : `${streams[0].view} ${texts[0]}`;
  return texts.every((text) => text === texts[0])
    ? `${streams.map(({ view }) => view).join(' and ')}, each ${texts[0]}`
    : streams.map(({ view }, i) => `${view} ${texts[i]}`).join(', ');
}

function layerText(layer: Layer): string {
  switch (layer.kind) {
    case 'maxPool':
      return 'P';
    case 'pyramid':
      return `SPP(${layer.grids.map((grid) => `${grid}×${grid}`).join(', ')})`;
    case 'dense':
      return `F(${layer.units}${layer.relu === false ? ', linear' : ''})`;
    case 'convolution': {
      const { filters, size, stride = 1, padding = 0, relu = true } = layer;
      const extras = `${padding > 0 ? `, pad ${padding}` : ''}${relu ? '' : ', linear'}`;
      return `C(${filters},${size},${stride}${extras})`;
    }
  }
}

/** What a network costs, for one pair (of default side). */
export interface NetworkCost {
  /** Trained numbers. */
  readonly weights: number;
  readonly multiplyAdds: number;
}

export function costOf(definition: NetworkDefinition, part: NetworkPart = 'pairs'): NetworkCost {
  const { program, shapes, parameters } = compilePart(definition, part);
  return { weights: countOf(parameters), multiplyAdds: multiplyAdds(program, shapes) };
}

function countOf(parameters: readonly ParameterShape[]): number {
  return parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

/** The sides of the patches that go in: `64×64`, or `any even side from 32 to 128`. */
export function sidesText({ input }: NetworkDefinition): string {
  return 'side' in input
    ? `${input.side}×${input.side}`
    : `any even side from ${input.minSide} to ${input.maxSide} pixels, one size a batch`;
}

/** A Markdown table of the steps of a network for one pair: what each does, gives and costs. */
export function layerTable(definition: NetworkDefinition): string {
  const { program, shapes } = compilePart(definition, 'pairs');
  const rows = program.flatMap((operation, i) => {
    const [input] = operation.inputs.map((index) => shapes[index]);
    const text = stepText(operation, program[i + 1]?.kind === 'relu');
    if (text === null) return [];
    const name = 'name' in operation ? `\`${operation.name}\`` : '';
    const weights = countOf(parametersOfOperation(operation, input));
    const cost = multiplyAddsOfOperation(operation, input, shapes[i]);
    return [[text, name, sizeText(shapes[i]), weights > 0 ? grouped(weights) : '', cost > 0 ? grouped(cost) : '']];
  });
  const total = costOf(definition);
  rows.push(['all', '', '', grouped(total.weights), grouped(total.multiplyAdds)]);
  return markdownTable(['step', 'name', 'gives', 'weights', 'multiply-adds'], rows);
}

/** Null for a step that stands in the line of the one before it. */
function stepText(operation: Operation, reluFollows: boolean): string | null {
  const andRelu = reluFollows ? ', ReLU' : '';
  switch (operation.kind) {
    case 'input':
      return 'patches';
    case 'standardise':
      return 'each minus its mean, divided by its standard deviation';
    case 'unpair':
      return 'each patch by itself';
    case 'channel':
      return `patch ${operation.index + 1}`;
    case 'view':
      return operation.view === 'central' ? 'its middle half' : 'averaged 2×2';
    case 'convolution': {
      const { size, stride, padding } = operation;
      return `convolution ${size}×${size}${stride > 1 ? `, stride ${stride}` : ''}${padding > 0 ? `, padding ${padding}` : ''}${andRelu}`;
    }
    case 'dense':
      return `linear${andRelu}`;
    case 'maxPool':
      return 'max-pooling 2×2';
    case 'pyramid':
      return `maxima over ${operation.grids.map((grid) => `${grid}×${grid}`).join(' and ')} bins`;
    case 'concatenate':
      return 'one after the other';
    case 'pair':
      return 'both patches, one after the other';
    case 'normalise':
      return 'divided by its length';
    case 'distance':
      return 'minus the distance';
    case 'relu':
    case 'flatten':
    case 'batchNormalise':
      return null;
  }
}

function sizeText({ copies, channels, height, width }: MapShape): string {
  const size = height === 1 && width === 1 ? `${channels}` : `${channels} × ${height}×${width}`;
  return copies > 1 ? `${copies} × ${size}` : size;
}

/** 1234567 as 1 234 567, with spaces that do not break. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u00a0');
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const partText: Record<NetworkPart, string> = {
  pairs: 'whole',
  branch: 'branch, once a patch',
  decision: 'decision on two branches',
};

/** What a file takes and gives, as `whole: patches float32 [n, 2, 64, 64] → score [n, 1]`. */
export function contractText(definition: NetworkDefinition, part: NetworkPart): string {
  const { inputs, outputs } = partContract(definition, part);
  const text = ({ name, shape }: TensorContract): string => `\`${name}\` [${shape.join(', ')}]`;
  return `${partText[part]}: ${inputs.map(text).join(', ')} → ${outputs.map(text).join(', ')}, float32`;
}
