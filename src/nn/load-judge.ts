import { UsageError } from '../errors.ts';
import { patchSide } from '../features/patches.ts';
import type { CandidatePairs } from '../matching/matches.ts';
import { branchContract, decisionContract } from './branch.ts';
import { pairContract, scorePairs } from './judge.ts';
import { inspectModel, loadModel, type LoadOptions, type Model } from './model.ts';
import { scoreSiamesePairs } from './siamese.ts';

/** The files of a judge: one that sees both patches; or of a siamese network the branch, and what decides. */
export interface JudgeFiles {
  readonly judgePath: string;
  readonly decisionPath?: string;
}

/** Judges candidate pairs of 64×64 patches. */
export interface Judge extends Pick<Model, 'provider' | 'fallbackReason' | 'release'> {
  /** One raw score a pair. Order matters: photo 1 and 2 must be in canonical order. */
  score(
    patches1: Uint8Array,
    patches2: Uint8Array,
    pairs: Pick<CandidatePairs, 'count' | 'index1' | 'index2'>,
  ): Promise<Float32Array>;
}

/** @throws UsageError where a file is missing or of another kind */
export async function loadJudge({ judgePath, decisionPath }: JudgeFiles, options: LoadOptions): Promise<Judge> {
  if (!decisionPath) {
    const model = await loadModel(judgePath, pairContract, options);
    const { provider, fallbackReason } = model;
    return {
      provider,
      fallbackReason,
      release: () => model.release(),
      score: (patches1, patches2, pairs) => scorePairs(model, patches1, patches2, pairs),
    };
  }
  const length = await branchLength(judgePath);
  const branch = await loadModel(judgePath, branchContract(patchSide, length), options);
  // A few small products: nothing for a GPU.
  const decision = await loadModel(decisionPath, decisionContract(length), { ...options, device: 'cpu' });
  const { provider, fallbackReason } = branch;
  return {
    provider,
    fallbackReason,
    release: async () => {
      await branch.release();
      await decision.release();
    },
    score: (patches1, patches2, pairs) => scoreSiamesePairs({ branch, decision, length }, patches1, patches2, pairs),
  };
}

async function branchLength(file: string): Promise<number> {
  const { outputs } = await inspectModel(file);
  const length = outputs.find(({ name }) => name === 'descriptor')?.shape[1];
  if (typeof length === 'number') return length;
  throw new UsageError(`${file}: expected a branch of a siamese network, with an output descriptor of fixed length`);
}
