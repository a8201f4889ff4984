import { describe, expect, it } from 'vitest';
import {
  averagePrecision,
  falsePositiveRateAt95,
  operatingPoints,
  precisionRecallCurve,
  rankOne,
  rocArea,
  rocCurve,
} from '../../../src/evaluation/verification.ts';

const scores = (...values: number[]): Float32Array => Float32Array.from(values);
const range = (from: number, count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => from + i);

describe('falsePositiveRateAt95', () => {
  it('lets exactly one of twenty true pairs fail', () => {
    // Threshold 2: the true pair of score 1 fails. Of the wrong ones 2 and 3 pass.
    expect(falsePositiveRateAt95(range(1, 20), scores(0, 1, 1.5, 2, 3))).toBeCloseTo(2 / 5, 12);
  });

  it('lets none of nineteen fail: 18 of 19 are below 95 %', () => {
    expect(falsePositiveRateAt95(range(1, 19), scores(0, 1, 1.5, 2, 3))).toBeCloseTo(4 / 5, 12);
  });

  it('counts wrong pairs at the threshold as passed', () => {
    const positive = scores(...Array<number>(40).fill(1), 0.5, 0.5);
    // Two of 42 may fail, but the two at 0.5 are the third and … second lowest: the threshold is 1.
    expect(falsePositiveRateAt95(positive, scores(0.5, 0.5, 1, 0))).toBeCloseTo(1 / 4, 12);
    // Three at 0.5 cannot all fail, and none fails alone: all pass, and with them the wrong ones at 0.5.
    expect(falsePositiveRateAt95(scores(...positive, 0.5), scores(0.5, 0.5, 1, 0))).toBeCloseTo(3 / 4, 12);
  });

  it('is 1 where all scores are equal and 0 where they are apart', () => {
    expect(falsePositiveRateAt95(scores(3, 3, 3), scores(3, 3))).toBe(1);
    expect(falsePositiveRateAt95(scores(3, 4, 5), scores(1, 2))).toBe(0);
  });

  it('does not depend on the order of the pairs', () => {
    const positive = scores(5, 1, 4, 4, 2, 3);
    const negative = scores(4, 0, 2, 2, 9);
    expect(falsePositiveRateAt95(positive.slice().reverse(), negative.slice().sort())).toBe(
      falsePositiveRateAt95(positive, negative),
    );
  });

  it('refuses scores that are no numbers, and no scores', () => {
    expect(() => falsePositiveRateAt95(scores(1, NaN), scores(1))).toThrow(/true pair.*pair 1 is not a number/);
    expect(() => falsePositiveRateAt95(scores(1), scores())).toThrow(/wrong pairs/);
  });
});

describe('rankOne', () => {
  it('counts true pairs strictly above all their hard ones', () => {
    // First above both, second ties with one, third below one.
    expect(rankOne(scores(3, 2, 1), scores(2, 1, 2, 1, 0, 4), 2)).toBeCloseTo(1 / 3, 12);
  });

  it('is 0 where all scores are equal', () => {
    expect(rankOne(scores(0, 0), scores(0, 0, 0, 0), 2)).toBe(0);
  });

  it('refuses lists that do not fit', () => {
    expect(() => rankOne(scores(1, 2), scores(1, 2, 3), 2)).toThrow(/2 hard scores/);
    expect(() => rankOne(scores(), scores(), 2)).toThrow(RangeError);
    expect(() => rankOne(scores(NaN), scores(1), 1)).toThrow(/not a number/);
  });
});

describe('the ROC curve', () => {
  it('takes ties as one step', () => {
    expect(operatingPoints(scores(2, 1, 1), scores(1, 0))).toEqual([
      { threshold: Infinity, truePositives: 0, falsePositives: 0 },
      { threshold: 2, truePositives: 1, falsePositives: 0 },
      { threshold: 1, truePositives: 3, falsePositives: 1 },
      { threshold: 0, truePositives: 3, falsePositives: 2 },
    ]);
  });

  it('has the area that counting pairs by hand gives, ties as halves', () => {
    // Above (2>1, 2>0, 1>0, 1>0) 4, ties 2 of 6 pairs: (4 + 1) / 6.
    expect(rocArea(rocCurve(scores(2, 1, 1), scores(1, 0)))).toBeCloseTo(5 / 6, 12);
  });

  it('has the area 1/2 for equal scores, 1 for separable ones, 0 for reversed ones', () => {
    expect(rocArea(rocCurve(scores(1, 1), scores(1, 1, 1)))).toBe(0.5);
    expect(rocArea(rocCurve(scores(3, 2), scores(1, 0)))).toBe(1);
    expect(rocArea(rocCurve(scores(0), scores(1, 2)))).toBe(0);
  });
});

describe('the precision-recall curve', () => {
  it('is what counting by hand gives', () => {
    const curve = precisionRecallCurve(scores(3, 1), scores(2, 0));
    expect([...curve.recall]).toEqual([0, 0.5, 0.5, 1, 1]);
    expect([...curve.precision]).toEqual([1, 1, 1 / 2, 2 / 3, 1 / 2]);
    expect(averagePrecision(curve)).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 12);
  });

  it('has the share of true pairs as precision where all scores are equal', () => {
    const curve = precisionRecallCurve(scores(1, 1), scores(1, 1, 1, 1, 1, 1));
    expect([...curve.recall]).toEqual([0, 1]);
    expect([...curve.precision]).toEqual([0.25, 0.25]);
  });
});
