/** The losses as their definitions read, in double precision: written without a look at the graphs. */

export function hinge(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return mean(Array.from(scores, (score, i) => Math.max(0, 1 - labels[i] * score)));
}

export function distanceHinge(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return mean(Array.from(scores, (score, i) => (labels[i] > 0 ? -score : Math.max(0, 1 + score))));
}

/** Of each group: −ln of the true pair's share in the softmax, and the mean hinge of the true pair and of the others. */
export function ranking(scores: ArrayLike<number>, groupSize: number): number {
  const groups = Array.from({ length: scores.length / groupSize }, (_, g) =>
    Array.from({ length: groupSize }, (_, i) => scores[g * groupSize + i]),
  );
  return mean(
    groups.map((group) => {
      const most = Math.max(...group);
      const entropy = most + Math.log(sum(group.map((score) => Math.exp(score - most)))) - group[0];
      const hinges = group.map((score, i) => Math.max(0, i === 0 ? 1 - score : 1 + score));
      return entropy + (hinges[0] + mean(hinges.slice(1))) / 2;
    }),
  );
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
