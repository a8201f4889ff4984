import { pairBaselines } from '../src/evaluation/pair-baselines.ts';
import { alignColumns } from './align-columns.ts';
import type { EvaluatedPairs } from './evaluate-pairs.ts';

/** What `--json` prints; shares, areas and calibration errors are 0–100, null where nothing succeeded. */
export function pairsJson(sets: readonly EvaluatedPairs[]): { sets: Record<string, unknown> } {
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    sets: Object.fromEntries(
      sets.map(({ name, precision, ...set }) => [name, { ...set, precision: finite(precision) }]),
    ),
  };
}

/** A table for people, with what others reach on the sets of known names. */
export function pairsTable(sets: readonly EvaluatedPairs[]): string {
  return sets.map(tableOf).join('\n\n');
}

function tableOf(set: EvaluatedPairs): string {
  const thresholds = Object.keys(set.auc).map(Number);
  const areas = (auc: Readonly<Record<number, number>>): string[] =>
    thresholds.map((threshold) => (threshold in auc ? auc[threshold].toFixed(1) : '–'));
  const rows = [
    [`${set.name} (${set.pairs} pairs)`, ...thresholds.map((threshold) => `AUC@${threshold}${set.unit}`)],
    ['Tessera', ...areas(set.auc)],
    ['its matches, MAGSAC++ anew', ...areas(set.aucMagsac)],
    ...(pairBaselines[set.name] ?? []).map(({ method, auc }) => [method, ...areas(auc)]),
  ];
  const precision = Number.isFinite(set.precision) ? `, ${set.precision.toFixed(1)} % of them right` : '';
  const ece = set.ece === null ? '' : `; calibration error ${set.ece.toFixed(1)} %`;
  const facts =
    `${set.succeeded} below ${thresholds.at(-1)} ${set.unit}; ${set.matches.toFixed(0)} matches and ` +
    `${set.inliers.toFixed(0)} inliers a pair${precision}${ece}; ${set.medianSeconds.toFixed(2)} s a pair (median)`;
  return [...alignColumns(rows), facts].join('\n');
}
