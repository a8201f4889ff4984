import type { Layer, NetworkDefinition, Stream } from './definition.ts';
import { demandWeights, type Weights } from './weights.ts';

/*
 * A 2-channel network can hold a siamese one of half its width: half of the filters of every layer see the first patch
 * only, the other half, with the same weights, the second, and the first layer that decides takes the differences of
 * what they make of it, by two units each, relu(a − b) and relu(b − a), whose sum is |a − b|. Descriptors learn from all
 * pairs of a batch at once, a 2-channel network from the pairs it is shown, so the way through the siamese one is shorter.
 */

/**
 * The siamese network that a 2-channel network can hold. Its descriptor is half as long as the first layer that decides.
 * @throws TypeError for a network that cannot hold one
 */
export function siameseHalf(definition: NetworkDefinition): NetworkDefinition {
  const length = differenceCount(definition) / definition.streams.length;
  return {
    name: `${definition.name}-half`,
    summary: `The siamese network of half the width that \`${definition.name}\` starts from.`,
    input: definition.input,
    pairing: 'siamese',
    streams: definition.streams.map(({ view, layers }) => ({
      view,
      layers: [...layers.map(halfLayer), { kind: 'dense', units: length, relu: false }],
    })),
    decision: { kind: 'distance' },
  };
}

/** Whether `siameseHalf` takes the network. */
export function hasSiameseHalf({ pairing, decision, streams }: NetworkDefinition): boolean {
  return (
    pairing === 'channels' &&
    decision.kind === 'layers' &&
    decision.layers.length === 2 &&
    decision.layers[0].units % (2 * streams.length) === 0 &&
    streams.every(({ layers }) => layers.every((layer) => layer.kind !== 'convolution' || layer.filters % 2 === 0))
  );
}

/** Differences of the two patches' descriptors that the first layer which decides has room for. */
function differenceCount(definition: NetworkDefinition): number {
  const { decision } = definition;
  if (!hasSiameseHalf(definition) || decision.kind !== 'layers') {
    throw new TypeError(
      `expected a 2-channel network with two layers that decide and even numbers of filters, not ${definition.name}`,
    );
  }
  return decision.layers[0].units / 2;
}

function halfLayer(layer: Layer): Layer {
  return layer.kind === 'convolution' ? { ...layer, filters: layer.filters / 2 } : layer;
}

/**
 * Weights of the 2-channel network that scores pairs by the sum of absolute differences of the half's features (before
 * they are divided by their length): `sharpness` · (0.7 − their mean, features scaled to a gain of one). Features of
 * batch normalisation then have a variance of about one, so those of unlike patches differ by 1.1 on average.
 * @param half weights of `siameseHalf(definition)`; with batch normalisation its running statistics too (`<name>.mean`, `<name>.variance`)
 * @throws TypeError for a network that cannot hold one; UsageError where weights are missing
 */
export function joinHalves(definition: NetworkDefinition, half: Weights, sharpness = 5): Map<string, Float32Array> {
  const differences = differenceCount(definition);
  const streams = definition.streams.map((stream) => joinStream(stream, definition.streams.length > 1, half));
  const joined = new Map(streams.flatMap(({ convolutions }) => convolutions));
  joined.set(
    'decision.1.weight',
    differenceWeights(
      streams.map(({ features }) => features),
      differences,
    ),
  );
  const zeros = new Float32Array(2 * differences);
  const gains = streams.flatMap(({ normalisation }) => (normalisation ? [...normalisation.gain] : []));
  if (gains.length > 0) {
    // The difference of two features that have nothing to do with each other varies twice as much as one.
    const variances = streams.flatMap(({ normalisation }) => [...normalisation!.variance]);
    joined.set(
      'decision.1.gain',
      Float32Array.from([...gains, ...gains], (gain) => Math.SQRT2 * gain),
    );
    joined.set('decision.1.shift', zeros);
    joined.set('decision.1.mean', zeros.slice());
    joined.set(
      'decision.1.variance',
      Float32Array.from([...variances, ...variances], (variance) => 2 * variance),
    );
  } else {
    joined.set('decision.1.bias', zeros);
  }
  const scale = gains.length > 0 ? gains.reduce((sum, gain) => sum + Math.abs(gain), 0) / gains.length : 1;
  joined.set('decision.2.weight', new Float32Array(2 * differences).fill(-sharpness / (differences * scale)));
  joined.set('decision.2.bias', Float32Array.of(0.7 * sharpness));
  return joined;
}

interface JoinedStream {
  readonly convolutions: readonly (readonly [string, Float32Array])[];
  readonly features: FeatureWeights;
  /** Of the features; its shift and mean are the same for both patches. */
  readonly normalisation: { readonly gain: Float32Array; readonly variance: Float32Array } | null;
}

/** What makes the half's features of the last map: [position, channel, feature], features innermost. */
interface FeatureWeights {
  readonly weights: Float32Array;
  readonly channels: number;
  readonly length: number;
}

function joinStream({ view, layers }: Stream, several: boolean, half: Weights): JoinedStream {
  const prefix = several ? `${view}.` : '';
  const filters = layers.flatMap((layer) => (layer.kind === 'convolution' ? [layer.filters / 2] : []));
  const convolutions = filters.flatMap((count, i) => {
    const name = `${prefix}${i + 1}`;
    const channels = i === 0 ? 1 : filters[i - 1];
    const twice = ['bias', 'gain', 'shift', 'mean', 'variance'].flatMap((part) => {
      const values = half.get(`${name}.${part}`);
      return values ? [[`${name}.${part}`, Float32Array.from([...values, ...values])] as const] : [];
    });
    return [
      [`${name}.weight`, kernelsTwice(demandWeights('siamese half', half, `${name}.weight`), channels, count)] as const,
      ...twice,
    ];
  });
  const last = `${prefix}${filters.length + 1}`;
  const weights = demandWeights('siamese half', half, `${last}.weight`);
  const gain = half.get(`${last}.gain`);
  const normalisation = gain ? { gain, variance: demandWeights('siamese half', half, `${last}.variance`) } : null;
  const length = (gain ?? demandWeights('siamese half', half, `${last}.bias`)).length;
  return { convolutions, normalisation, features: { weights, length, channels: filters[filters.length - 1] } };
}

/** The same kernels for the channels and filters of either patch: [position, channel, filter], filters innermost. */
function kernelsTwice(kernels: Float32Array, channels: number, filters: number): Float32Array {
  const twice = new Float32Array(4 * kernels.length);
  for (let row = 0; row * filters < kernels.length; row++) {
    const [position, channel] = [Math.floor(row / channels), row % channels];
    const filtersOfRow = kernels.subarray(row * filters, (row + 1) * filters);
    for (const patch of [0, 1]) {
      const rowInto = (2 * position + patch) * channels + channel;
      twice.set(filtersOfRow, rowInto * 2 * filters + patch * filters);
    }
  }
  return twice;
}

/** Units a − b of all features, then b − a, of streams one after the other. */
function differenceWeights(streams: readonly FeatureWeights[], differences: number): Float32Array {
  const units = 2 * differences;
  const rows = streams.map(({ weights, length }) => weights.length / length);
  const result = new Float32Array(2 * rows.reduce((sum, count) => sum + count, 0) * units);
  let firstRow = 0;
  let firstUnit = 0;
  streams.forEach(({ weights, channels, length }, s) => {
    for (let row = 0; row < rows[s]; row++) {
      const [position, channel] = [Math.floor(row / channels), row % channels];
      for (const patch of [0, 1]) {
        const start = (firstRow + (2 * position + patch) * channels + channel) * units + firstUnit;
        for (let feature = 0; feature < length; feature++) {
          const weight = weights[row * length + feature] * (patch === 0 ? 1 : -1);
          result[start + feature] = weight;
          result[start + differences + feature] = -weight;
        }
      }
    }
    firstRow += 2 * rows[s];
    firstUnit += length;
  });
  return result;
}
