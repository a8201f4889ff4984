import type { PairCalibration } from '../src/evaluation/pair-calibration.ts';
import type { CalibrationFile, MatchFit } from './calibration-file.ts';
import type { ModelRow } from './model-results.ts';
import { figureOf } from './results-markdown.ts';

/** What the network's scores mean, in words: the pair probability, and the match probability for each detector. */
export function calibrationText(calibration: CalibrationFile | null, row: ModelRow | null): string {
  if (calibration === null) return 'These weights are not calibrated yet.';
  return [pairText(calibration.pair, row), ...matchText(calibration.match)].join('\n\n');
}

function pairText(pair: CalibrationFile['pair'], row: ModelRow | null): string {
  if (pair === null) return '**Pair probability**: not fitted yet.';
  const { map, fittedOn, truePairs, heldOutEce } = pair;
  const measured = row === null ? null : (figureOf(row, 'oxford')?.ece ?? null);
  return (
    `**Pair probability** (that a pair is right, among equally many right and wrong ones): ${mapText(map)}, fitted on ${truePairs} true ` +
    `pairs and their wrong ones of ${fittedOn}. Expected calibration error there, on pairs held out, ${heldOutEce[map.kind].toFixed(1)} %; on Oxford, ` +
    `which it never saw, ${measured === null ? 'not measured yet' : `${measured.toFixed(1)} %`}.`
  );
}

function mapText(map: PairCalibration): string {
  switch (map.kind) {
    case 'logistic':
      return `1 / (1 + exp(−(${signed([
        [map.bias, ''],
        [map.slope, 'score'],
      ])})))`;
    case 'table':
      return `linear between ${map.score.length} points`;
  }
}

function matchText(match: Readonly<Record<string, MatchFit>>): string[] {
  const detectors = Object.entries(match);
  if (detectors.length === 0) return ['**Match probability**: not fitted yet.'];
  return [
    '**Match probability** (that a match is right behind the shortlist), from the raw _score_, the _similarity_ of the descriptors (their dot ' +
      'product) and the _ratio_ of their distance to that of the best rival:',
    detectors.map(([detector, fitted]) => `- ${detector}: ${detectorText(fitted)}`).join('\n'),
  ];
}

function detectorText({ map: { bias, score, similarity, ratio, minScore }, ...fit }: MatchFit): string {
  const terms = signed([
    [bias, ''],
    [score, 'score'],
    [similarity, 'similarity'],
    [ratio, 'ratio'],
  ]);
  return (
    `1 / (1 + exp(−(${terms})))${rejectionText(minScore)}. Fitted on ${fit.candidates} candidates of ${fit.fittedOn}; expected calibration error there, ` +
    `on photos held out, ${fit.heldOutEce.toFixed(1)} %`
  );
}

/** A descriptor alone rejects nothing: its least score is out of reach. */
function rejectionText(minScore: number): string {
  return minScore < -1e6 ? '' : `; what scores below ${signed([[minScore, '']])} is thrown out`;
}

/** `4.82 + 3.81·similarity − 9.09·ratio`; what counts nothing is left out. */
function signed(terms: readonly (readonly [number, string])[]): string {
  return terms
    .filter(([factor], i) => i === 0 || factor !== 0)
    .map(([factor, name], i) => {
      const size = `${Math.abs(factor).toFixed(2)}${name === '' ? '' : `·${name}`}`;
      if (i === 0) return factor < 0 ? `−${size}` : size;
      return `${factor < 0 ? '−' : '+'} ${size}`;
    })
    .join(' ');
}
