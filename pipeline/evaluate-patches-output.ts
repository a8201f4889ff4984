import { join } from 'node:path';
import type { PatchFigures } from '../src/evaluation/measure-patches.ts';
import { averagePrecision } from '../src/evaluation/verification.ts';
import { rasterise } from '../src/export/match-drawing.ts';
import { precisionRecallSvg, reliabilitySvg, rocSvg } from '../src/export/verification-charts.ts';
import { alignColumns } from './align-columns.ts';
import type { PatchEvaluation } from './evaluate-patches.ts';
import { writeOutput } from './output.ts';

/** Figures as printed: 0 … 100, null where there are none. */
interface PrintedFigures {
  readonly fpr95: number;
  readonly rank1: number | null;
  readonly rocAuc: number;
}

export interface PrintedEvaluation extends PrintedFigures {
  readonly model: string;
  /** True and wrong pairs of `fpr95` and `rocAuc`. */
  readonly pairs: number;
  readonly truePairs: number;
  readonly wrongPairs: number;
  /** True pairs of `rank1`. */
  readonly ranked: number;
  readonly ece: number | null;
  /** Of f(a, b) and f(b, a) alone; null where the order cannot matter. */
  readonly orders: readonly [PrintedFigures, PrintedFigures] | null;
}

/** What `--json` prints: the object of one network, or `models` of several. */
export function patchesJson(
  evaluations: readonly PatchEvaluation[],
): PrintedEvaluation | { models: PrintedEvaluation[] } {
  const printed = evaluations.map(printEvaluation);
  return printed.length === 1 ? printed[0] : { models: printed };
}

function printEvaluation({
  model,
  truePairs,
  wrongPairs,
  ranked,
  figures,
  orders,
  reliability,
}: PatchEvaluation): PrintedEvaluation {
  return {
    model,
    pairs: truePairs + wrongPairs,
    truePairs,
    wrongPairs,
    ranked,
    ...printFigures(figures),
    ece: reliability === null ? null : percent(reliability.ece),
    orders: orders === null ? null : [printFigures(orders[0]), printFigures(orders[1])],
  };
}

function printFigures({ fpr95, rank1, rocAuc }: PatchFigures): PrintedFigures {
  return { fpr95: percent(fpr95), rank1: rank1 === null ? null : percent(rank1), rocAuc: percent(rocAuc) };
}

function percent(share: number): number {
  return Number((100 * share).toFixed(4));
}

/** The table for people: a line a network, both orders averaged and each alone. */
export function patchesTable(evaluations: readonly PatchEvaluation[]): string {
  const head = [
    'network',
    'FPR95 %',
    'rank-1 %',
    'ROC AUC %',
    'ECE %',
    'FPR95 % of each order',
    'rank-1 % of each order',
  ];
  const rows = evaluations.map(({ model, figures, orders, reliability }) => [
    model,
    shown(figures.fpr95),
    shown(figures.rank1),
    shown(figures.rocAuc),
    shown(reliability?.ece ?? null),
    orders === null ? 'same' : orders.map((order) => shown(order.fpr95)).join('  '),
    orders === null ? 'same' : orders.map((order) => shown(order.rank1)).join('  '),
  ]);
  const [{ truePairs, wrongPairs, ranked }] = evaluations;
  const ranking = ranked === 0 ? 'no hard wrong pairs to rank among' : `rank-1 of ${ranked} true pairs`;
  return [...alignColumns([head, ...rows]), `${truePairs} true pairs, ${wrongPairs} wrong ones; ${ranking}`].join('\n');
}

function shown(share: number | null): string {
  return share === null ? '–' : (100 * share).toFixed(2);
}

/** Writes the curves as pictures (SVG and PNG) and, with the figures, as JSON into a folder that is there. */
export async function evaluationFiles(
  output: string,
  benchmark: string,
  evaluations: readonly PatchEvaluation[],
): Promise<void> {
  const named = <T>(words: (evaluation: PatchEvaluation) => string, curve: (evaluation: PatchEvaluation) => T) =>
    evaluations.map((evaluation) => ({ name: words(evaluation), curve: curve(evaluation) }));
  await writePicture(
    join(output, 'roc'),
    rocSvg(
      named(
        ({ model, figures }) => `${model}: FPR95 ${shown(figures.fpr95)} %`,
        ({ roc }) => roc,
      ),
    ),
  );
  await writePicture(
    join(output, 'precision-recall'),
    precisionRecallSvg(
      named(
        ({ model, precisionRecall }) => `${model}: average ${shown(averagePrecision(precisionRecall))} %`,
        ({ precisionRecall }) => precisionRecall,
      ),
    ),
  );
  const calibrated = evaluations.flatMap(({ model, reliability }) =>
    reliability === null ? [] : [{ name: `${model}: ECE ${shown(reliability.ece)} %`, curve: reliability.bins }],
  );
  if (calibrated.length > 0) await writePicture(join(output, 'reliability'), reliabilitySvg(calibrated));
  const models = evaluations.map((evaluation) => ({
    ...printEvaluation(evaluation),
    roc: sampled(evaluation.roc.falsePositiveRate, evaluation.roc.truePositiveRate),
    precisionRecall: sampled(evaluation.precisionRecall.recall, evaluation.precisionRecall.precision),
    reliability:
      evaluation.reliability?.bins.map(({ predicted, observed, weight }) => [predicted, observed, weight]) ?? null,
  }));
  await writeOutput(join(output, 'evaluation.json'), `${JSON.stringify({ version: 1, benchmark, models }, null, 1)}\n`);
}

async function writePicture(stem: string, svg: string): Promise<void> {
  await writeOutput(`${stem}.svg`, svg);
  await writeOutput(`${stem}.png`, await rasterise(svg, 'png', 2));
}

/** Points of a curve in JSON. */
const mostPoints = 1000;

/** Points of a curve, evenly chosen by their number, both ends among them. */
function sampled(x: Float64Array, y: Float64Array): [number, number][] {
  const count = Math.min(x.length, mostPoints);
  return Array.from({ length: count }, (_, i) => {
    const at = count === 1 ? 0 : Math.round((i * (x.length - 1)) / (count - 1));
    return [Number(x[at].toFixed(6)), Number(y[at].toFixed(6))];
  });
}
