import { createRandom } from '../../math/random.ts';
import type { Weights } from '../network/weights.ts';
import { statisticsPrefix as statistics, stateNames, type TrainingGraph } from './training-graph.ts';

/** Everything a training step changes, by the names of `stateNames`. */
export type TrainingState = ReadonlyMap<string, Float32Array>;

/**
 * The state of a run that has not begun: weights by He initialisation (He et al., ICCV 2015: normal with variance
 * 2 / inputs), biases zero, gains one; optimiser at rest.
 * @param start weights to begin with instead, laid out as `ParameterShape` says; with the running statistics of batch
 *   normalisation where it is not folded into them
 */
export function initialState(
  { parameters, state }: Pick<TrainingGraph, 'parameters' | 'state'>,
  seed: number,
  start?: Weights,
): Map<string, Float32Array> {
  const random = createRandom(seed);
  const values = new Map<string, Float32Array>();
  for (const { name, shape, fanIn } of parameters) {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    const given = start?.get(name);
    if (given) data.set(given);
    else if (fanIn > 0) for (let i = 0; i < data.length; i++) data[i] = random.normal() * Math.sqrt(2 / fanIn);
    else data.fill(name.endsWith('.gain') ? 1 : 0);
    values.set(stateNames.parameter(name), data);
    values.set(stateNames.average(name), data.slice());
  }
  for (const { name, shape } of state) {
    if (values.has(name)) continue;
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    const statistic = name.startsWith(statistics) ? name.slice(statistics.length) : null;
    const given = statistic === null ? undefined : start?.get(statistic);
    if (given) data.set(given);
    else data.fill(statistic?.endsWith('.variance') ? 1 : 0);
    values.set(name, data);
  }
  return values;
}
