import type { GraphBuilder, Value } from './graph-builder.ts';

/** A loss as nodes: its mean over the batch, and the gradient of that by the network's output. */
export interface LossNodes {
  readonly loss: Value;
  readonly gradient: Value;
}

/**
 * Hinge on scores: mean of max(0, 1 − y·o), y = ±1 (Zagoruyko & Komodakis 2015, equation 1).
 * @param scores [n, 1]
 * @param labels [n]
 */
export function hingeLoss(b: GraphBuilder, scores: Value, labels: Value): LossNodes {
  const y = b.reshape(labels, scores.shape);
  const margin = b.relu(b.subtract(b.scalar(1), b.multiply(y, scores)));
  const active = b.isGreater(margin, b.scalar(0));
  return { loss: b.mean(margin), gradient: b.scale(b.multiply(active, y), -1 / scores.shape[0]) };
}

/**
 * Hinge on distances, for networks whose score is minus a distance d: d for a match, max(0, 1 − d) for a non-match
 * (the paper's embedding loss).
 */
export function distanceHingeLoss(b: GraphBuilder, scores: Value, labels: Value): LossNodes {
  const y = b.reshape(labels, scores.shape);
  const isMatch = b.isGreater(y, b.scalar(0));
  const isOther = b.subtract(b.scalar(1), isMatch);
  const excess = b.relu(b.add(b.scalar(1), scores));
  const loss = b.subtract(b.multiply(isOther, excess), b.multiply(isMatch, scores));
  const slope = b.subtract(b.multiply(isOther, b.isGreater(excess, b.scalar(0))), isMatch);
  return { loss: b.mean(loss), gradient: b.scale(slope, 1 / scores.shape[0]) };
}

/**
 * Picks the true pair among `groupSize` of one anchor, the first of each group being true: cross entropy of the softmax
 * over the group, plus a hinge that keeps one threshold valid for all groups, in which the true pair weighs as much as
 * the wrong ones together.
 * @param scores [groups · groupSize, 1], group after group
 * @param shares [groups · groupSize]: what the softmax is to be; without, 1 for the true pair and 0 for the others
 */
export function rankingLoss(b: GraphBuilder, scores: Value, groupSize: number, shares?: Value): LossNodes {
  const groups = scores.shape[0] / groupSize;
  const grouped = b.reshape(scores, [groups, groupSize]);
  const entropy = crossEntropy(b, grouped, shares ? b.reshape(shares, grouped.shape) : firstOf(b, groupSize));

  const signs = b.constant(
    [1, groupSize],
    Float32Array.from({ length: groupSize }, (_, i) => (i === 0 ? 1 : -1)),
  );
  const halves = Float32Array.from({ length: groupSize }, (_, i) => (i === 0 ? 0.5 : 0.5 / (groupSize - 1)));
  const weights = b.constant([1, groupSize], halves);
  const margin = b.relu(b.subtract(b.scalar(1), b.multiply(grouped, signs)));
  const active = b.multiply(b.isGreater(margin, b.scalar(0)), b.multiply(signs, weights));
  const hinge = b.reduceSum(b.multiply(margin, weights), [1]);
  return {
    loss: b.mean(b.add(entropy.value, hinge)),
    gradient: b.reshape(b.scale(b.subtract(entropy.gradient, active), 1 / groups), scores.shape),
  };
}

/**
 * Follows a teacher's ranking (distillation: Hinton et al. 2015): cross entropy of the softmax of `sharpness` · score over
 * each group against given shares. For networks whose score is minus a distance, which no hinge at ±1 fits.
 * @param scores [groups · groupSize, 1], group after group
 * @param shares [groups · groupSize], each group's sum being 1
 */
export function distillationLoss(
  b: GraphBuilder,
  scores: Value,
  shares: Value,
  groupSize: number,
  sharpness: number,
): LossNodes {
  const groups = scores.shape[0] / groupSize;
  const grouped = b.scale(b.reshape(scores, [groups, groupSize]), sharpness);
  const { value, gradient } = crossEntropy(b, grouped, b.reshape(shares, grouped.shape));
  return { loss: b.mean(value), gradient: b.reshape(b.scale(gradient, sharpness / groups), scores.shape) };
}

/** Of the softmax of each row against shares that add up to 1: value [rows, 1], gradient by the rows. */
function crossEntropy(
  b: GraphBuilder,
  rows: Value,
  shares: Value,
): { readonly value: Value; readonly gradient: Value } {
  const shifted = b.subtract(rows, b.reduceMax(rows, [1]));
  const exponentials = b.exp(shifted);
  const total = b.reduceSum(exponentials, [1]);
  return {
    value: b.subtract(b.log(total), b.reduceSum(b.multiply(shifted, shares), [1])),
    gradient: b.subtract(b.divide(exponentials, total), shares),
  };
}

function firstOf(b: GraphBuilder, groupSize: number): Value {
  return b.constant(
    [1, groupSize],
    Float32Array.from({ length: groupSize }, (_, i) => (i === 0 ? 1 : 0)),
  );
}

/** What is added to distances that may not be chosen: more than any distance of unit vectors. */
const excluded = 10;
/** Keeps the gradient of the distance finite where two descriptors coincide. */
const distanceEpsilon = 1e-6;

/**
 * Triplet loss with the hardest wrong partner of the batch (HardNet: Mishchuk et al., NIPS 2017):
 * mean of max(0, 1 + d(aᵢ, pᵢ) − min(min_j d(aᵢ, pⱼ), min_j d(aⱼ, pᵢ))).
 * @param features [n, 2·length]: of each true pair both unit-length descriptors
 * @param same [n, n]: 1 where pairs i and j show places too near to be each other's wrong partner
 */
export function tripletLoss(b: GraphBuilder, features: Value, same: Value): LossNodes {
  const [count, width] = features.shape;
  const length = width / 2;
  const anchors = b.slice(features, 1, 0, length);
  const partners = b.slice(features, 1, length, width);
  const products = b.matmul(anchors, partners, { b: true });
  const squared = b.relu(b.scale(b.subtract(b.scalar(1), products), 2));
  const distances = b.sqrt(b.add(squared, b.scalar(distanceEpsilon)));
  const identity = b.constant([count, count], identityMatrix(count));
  const wrong = b.add(distances, b.scale(b.add(same, identity), excluded));
  const rowMin = b.reduceMin(wrong, [1]);
  const columnMin = b.transpose(b.reduceMin(wrong, [0]), [1, 0]);
  const right = b.reduceSum(b.multiply(distances, identity), [1]);
  const margin = b.relu(b.add(b.scalar(1), b.subtract(right, b.minimum(rowMin, columnMin))));

  const active = b.isGreater(margin, b.scalar(0));
  const byColumn = b.isGreater(rowMin, columnMin);
  const rowShare = b.multiply(active, b.subtract(b.scalar(1), byColumn));
  const columnShare = b.transpose(b.multiply(active, byColumn), [1, 0]);
  const inRows = b.multiply(b.isEqual(wrong, rowMin), rowShare);
  const inColumns = b.multiply(b.isEqual(wrong, b.transpose(columnMin, [1, 0])), columnShare);
  const dDistances = b.subtract(b.multiply(identity, active), b.add(inRows, inColumns));
  // d = √(2 − 2·product + ε), so the derivative by the product is −1/d.
  const dProducts = b.scale(b.divide(dDistances, distances), -1 / count);
  const gradient = b.concatenate([b.matmul(dProducts, partners), b.matmul(dProducts, anchors, { a: true })], 1);
  return { loss: b.mean(margin), gradient };
}

/**
 * The triplet loss of features divided by their lengths, plus `share` times a penalty that makes all lengths alike: the mean
 * of (‖f‖² / length − 1)². Distances then say nearly the same before the division as after it.
 * @param features [n, 2·length]: of each true pair the features of both patches, of any length
 */
export function evenTripletLoss(b: GraphBuilder, features: Value, same: Value, share: number): LossNodes {
  const [count, width] = features.shape;
  const rows = b.reshape(features, [2 * count, width / 2]);
  const squares = b.reduceSumSquare(rows, [1]);
  const lengths = b.sqrt(b.add(squares, b.scalar(distanceEpsilon)));
  const units = b.divide(rows, lengths);
  const triplet = tripletLoss(b, b.reshape(units, features.shape), same);

  const gradient = b.reshape(triplet.gradient, rows.shape);
  const along = b.reduceSum(b.multiply(gradient, units), [1]);
  const across = b.divide(b.subtract(gradient, b.multiply(units, along)), lengths);
  const excess = b.subtract(b.scale(squares, 2 / width), b.scalar(1));
  const penalty = b.scale(b.mean(b.multiply(excess, excess)), share);
  const slope = b.scale(b.multiply(rows, excess), (4 * share) / (count * width));
  return { loss: b.add(triplet.loss, penalty), gradient: b.reshape(b.add(across, slope), features.shape) };
}

function identityMatrix(size: number): Float32Array {
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = 1;
  return data;
}
