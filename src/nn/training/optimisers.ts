import type { GraphBuilder, Value } from './graph-builder.ts';

/** What one update of a tensor is made of. */
export interface UpdateInputs {
  readonly parameter: Value;
  readonly gradient: Value;
  /** The optimiser's own tensors for this parameter, by slot; all start at zero. */
  readonly slots: Readonly<Record<string, Value>>;
  /** Scalar; already corrected for the bias of the first steps where the optimiser needs it. */
  readonly learningRate: Value;
  /** Weights are decayed; biases and batch normalisation are not. */
  readonly weightDecay: number;
}

export interface Update {
  readonly parameter: Value;
  readonly slots: Readonly<Record<string, Value>>;
}

/** An optimiser as a pure function of graph values. */
export interface Optimiser {
  readonly slots: readonly string[];
  /** Factor on the learning rate at step `step`, counted from 1. */
  rateFactor(step: number): number;
  update(b: GraphBuilder, inputs: UpdateInputs): Update;
}

/** Stochastic gradient descent with momentum; weight decay as part of the gradient (the paper's L2 term). */
export function momentumSgd({ momentum = 0.9 } = {}): Optimiser {
  return {
    slots: ['velocity'],
    rateFactor: () => 1,
    update(b, { parameter, gradient, slots, learningRate, weightDecay }) {
      const decayed = weightDecay > 0 ? b.add(gradient, b.scale(parameter, weightDecay)) : gradient;
      const velocity = b.add(b.scale(slots.velocity, momentum), decayed);
      return { parameter: b.subtract(parameter, b.multiply(velocity, learningRate)), slots: { velocity } };
    },
  };
}

/** AdamW (Loshchilov & Hutter, ICLR 2019): Adam with weight decay beside the gradient. */
export function adamW({ beta1 = 0.9, beta2 = 0.99, epsilon = 1e-8 } = {}): Optimiser {
  return {
    slots: ['mean', 'square'],
    rateFactor: (step) => Math.sqrt(1 - beta2 ** step) / (1 - beta1 ** step),
    update(b, { parameter, gradient, slots, learningRate, weightDecay }) {
      const mean = b.add(b.scale(slots.mean, beta1), b.scale(gradient, 1 - beta1));
      const square = b.add(b.scale(slots.square, beta2), b.scale(b.square(gradient), 1 - beta2));
      const direction = b.divide(mean, b.add(b.sqrt(square), b.scalar(epsilon)));
      const step = weightDecay > 0 ? b.add(direction, b.scale(parameter, weightDecay)) : direction;
      return { parameter: b.subtract(parameter, b.multiply(step, learningRate)), slots: { mean, square } };
    },
  };
}
