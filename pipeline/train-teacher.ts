import { readFile } from 'node:fs/promises';
import { UsageError } from '../src/errors.ts';
import { minusDistances } from '../src/evaluation/minus-distances.ts';
import { halvePatches, patchSide } from '../src/features/patches.ts';
import { centrePatch } from '../src/nn/judge.ts';
import { inspectModel } from '../src/nn/model.ts';
import { distanceSharpness } from '../src/nn/training/soft-targets.ts';
import { createSession, float32Data, onnxRuntime } from '../src/nn/runtime.ts';

/** A trained network that scores the pairs of a batch. */
export interface Teacher {
  /** Of the softmax of its scores. */
  readonly sharpness: number;
  /** @param patches [pairs, 2, 64, 64] in [0, 1] */
  score(patches: Float32Array, pairs: number): Promise<Float32Array>;
}

/** Side of the patches a teacher sees. */
export const teacherSide = patchSide;

/**
 * Opens a network that sees both patches of a pair, or describes one (of 64×64, or averaged 2×2), in which case the score
 * is minus the distance.
 * @throws UsageError where the file is of another kind
 */
export async function openTeacher(file: string, threads: number): Promise<Teacher> {
  const { inputs, outputs } = await inspectModel(file);
  const [, channels, side] = inputs.find(({ name }) => name === 'patches')?.shape ?? [];
  const output = outputs.find(({ name }) => name === 'score' || name === 'descriptor')?.name;
  const session = await createSession(await readFile(file), { provider: 'cpu', threads });
  const { Tensor } = onnxRuntime();
  const run = async (data: Float32Array, shape: number[], result: string): Promise<Float32Array> =>
    float32Data((await session.run({ patches: new Tensor('float32', data, shape) }))[result]);
  if (channels === 2 && output === 'score') {
    return {
      sharpness: 1,
      score: (patches, pairs) => run(centred(patches, pairs), [pairs, 2, teacherSide, teacherSide], output),
    };
  }
  if (channels === 1 && output === 'descriptor' && (side === teacherSide || side === teacherSide / 2)) {
    return {
      sharpness: distanceSharpness,
      async score(patches, pairs) {
        const seen = side === teacherSide ? patches : halvePatches(patches, 1);
        const descriptors = await run(seen, [2 * pairs, 1, side, side], output);
        const first = Uint32Array.from({ length: pairs }, (_, pair) => 2 * pair);
        return minusDistances(
          descriptors,
          descriptors.length / (2 * pairs),
          first,
          first.map((patch) => patch + 1),
        );
      },
    };
  }
  throw new UsageError(
    `${file}: expected a network that scores pairs of 64×64 patches or describes one, to teach another`,
  );
}

/** Each patch minus its mean, as judges take it. */
function centred(patches: Float32Array, pairs: number): Float32Array {
  const result = new Float32Array(patches.length);
  for (let patch = 0; patch < 2 * pairs; patch++) {
    centrePatch(patches, patch, teacherSide * teacherSide, result, patch, 1);
  }
  return result;
}
