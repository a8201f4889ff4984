import { pairCount } from '../src/dataset/batches/batch-plan.ts';
import type { Observer } from './observer.ts';
import { noLoss, type Checkpoint, type LossEntry, type PendingLoss, type Validation } from './train-checkpoint.ts';
import type { Recipe } from './train-recipe.ts';

/** Steps that one entry of the log is the mean of. */
const stepsPerEntry = 25;
const secondsBetweenLines = 30;

/** Follows a run: means of the loss for the log, and lines and a bar for people. */
export function createTrainingMeter(
  recipe: Recipe,
  begun: Pick<Checkpoint, 'losses' | 'pending' | 'validations'>,
  observe: Observer,
): {
  stepped: (step: number, values: Pick<LossEntry, 'loss' | 'gradientNorm' | 'learningRate'>) => void;
  validated: (validation: Validation) => void;
  log: () => { readonly losses: LossEntry[]; readonly pending: PendingLoss };
} {
  const losses = [...begun.losses];
  const pairs = pairCount(recipe.plan);
  let sums = begun.pending;
  // An interrupted run goes on with its sums, but nobody knows how long they took.
  let timed = 0;
  let since = performance.now();
  let lastLine = since;
  let lastStep = since;
  let lastValidation = begun.validations.at(-1);

  const say = (): void => {
    const newest = losses.at(-1);
    if (!newest) return;
    const seconds = ((recipe.steps - newest.step) * pairs) / newest.pairsPerSecond;
    const parts = [
      `step ${newest.step}/${recipe.steps}`,
      `loss ${newest.loss.toPrecision(3)}`,
      ...(lastValidation ? [describeValidation(lastValidation)] : []),
      `${newest.pairsPerSecond.toFixed(0)} pairs/s`,
      `ETA ${formatDuration(seconds)}`,
    ];
    observe({ type: 'message', level: 'info', text: parts.join(', ') });
  };

  return {
    stepped(step, { loss, gradientNorm, learningRate }) {
      sums = { steps: sums.steps + 1, loss: sums.loss + loss, gradientNorm: sums.gradientNorm + gradientNorm };
      timed++;
      observe({ type: 'progress', stage: 'train', done: step, total: recipe.steps });
      lastStep = performance.now();
      if (step % stepsPerEntry !== 0 && step !== recipe.steps) return;
      const now = lastStep;
      losses.push({
        step,
        loss: sums.loss / sums.steps,
        gradientNorm: sums.gradientNorm / sums.steps,
        learningRate,
        pairsPerSecond: (1000 * timed * pairs) / (now - since),
      });
      sums = noLoss;
      timed = 0;
      since = now;
      if (now - lastLine < 1000 * secondsBetweenLines) return;
      lastLine = now;
      say();
    },
    validated(validation) {
      lastValidation = validation;
      say();
      // The time a validation took is not training's.
      lastLine = performance.now();
      since += lastLine - lastStep;
    },
    log: () => ({ losses: [...losses], pending: sums }),
  };
}

function describeValidation({ sets }: Validation): string {
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const join = (values: readonly number[]): string => values.map(percent).join(' / ');
  const ranks = sets.flatMap(({ rank1 }) => (rank1 === null ? [] : [rank1]));
  const fpr = `FPR95 ${join(sets.map(({ fpr95 }) => fpr95))}`;
  return ranks.length > 0 ? `${fpr}, rank-1 ${join(ranks)}` : fpr;
}

function formatDuration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')} h`;
}
