/** The losses as their definitions read, in double precision: written without a look at the graphs. */

export function hinge(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return mean(Array.from(scores, (score, i) => Math.max(0, 1 - labels[i] * score)));
}

export function distanceHinge(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return mean(Array.from(scores, (score, i) => (labels[i] > 0 ? -score : Math.max(0, 1 + score))));
}

/**
 * Of each group: cross entropy of the softmax against the shares (without: all for the first, true pair), and the mean hinge of
 * the true pair and of the others.
 */
export function ranking(scores: ArrayLike<number>, groupSize: number, shares?: ArrayLike<number>): number {
  return mean(
    groupsOf(scores, groupSize).map((group, g) => {
      const hinges = group.map((score, i) => Math.max(0, i === 0 ? 1 - score : 1 + score));
      const wanted = group.map((_, i) => (shares ? shares[g * groupSize + i] : i === 0 ? 1 : 0));
      return crossEntropy(group, wanted) + (hinges[0] + mean(hinges.slice(1))) / 2;
    }),
  );
}

/** Of each group: cross entropy of the softmax of sharpness · score against the shares. */
export function distillation(
  scores: ArrayLike<number>,
  groupSize: number,
  sharpness: number,
  shares: ArrayLike<number>,
): number {
  const wanted = groupsOf(shares, groupSize);
  const sharp = groupsOf(scores, groupSize).map((group) => group.map((score) => sharpness * score));
  return mean(sharp.map((group, g) => crossEntropy(group, wanted[g])));
}

function groupsOf(values: ArrayLike<number>, groupSize: number): number[][] {
  return Array.from({ length: values.length / groupSize }, (_, g) =>
    Array.from({ length: groupSize }, (_, i) => values[g * groupSize + i]),
  );
}

function crossEntropy(scores: readonly number[], shares: readonly number[]): number {
  const most = Math.max(...scores);
  const logTotal = most + Math.log(sum(scores.map((score) => Math.exp(score - most))));
  return sum(scores.map((score, i) => shares[i] * (logTotal - score)));
}

/** Of unit vectors anchor, partner, anchor, partner …, of `length` numbers each. */
export function triplet(features: ArrayLike<number>, length: number, same: ArrayLike<number>): number {
  const count = features.length / (2 * length);
  const distance = (i: number, j: number): number => {
    const product = sum(
      Array.from({ length }, (_, k) => features[2 * i * length + k] * features[(2 * j + 1) * length + k]),
    );
    return Math.sqrt(2 - 2 * product + 1e-6);
  };
  return mean(
    Array.from({ length: count }, (_, i) => {
      const others = Array.from({ length: count }, (_, j) => j).filter((j) => j !== i && same[i * count + j] === 0);
      if (others.length === 0) return 0;
      const nearest = Math.min(...others.map((j) => Math.min(distance(i, j), distance(j, i))));
      return Math.max(0, 1 + distance(i, i) - nearest);
    }),
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
