import { readFile } from 'node:fs/promises';
import { UsageError } from '../src/errors.ts';
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
export const teacherSide = 64;

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
        const seen = side === teacherSide ? patches : halveBatch(patches, teacherSide);
        return minusDistances(await run(seen, [2 * pairs, 1, side, side], output), pairs);
      },
    };
  }
  throw new UsageError(
    `${file}: expected a network that scores pairs of 64×64 patches or describes one, to teach another`,
  );
}

/** Each patch minus its mean, as judges take it. */
function centred(patches: Float32Array, pairs: number): Float32Array {
  const pixels = teacherSide * teacherSide;
  const result = new Float32Array(patches.length);
  for (let patch = 0; patch < 2 * pairs; patch++) {
    const levels = patches.subarray(patch * pixels, (patch + 1) * pixels);
    const mean = levels.reduce((sum, level) => sum + level, 0) / pixels;
    for (let i = 0; i < pixels; i++) result[patch * pixels + i] = levels[i] - mean;
  }
  return result;
}

/** Averages patches 2×2, as the descriptor's callers do. */
export function halveBatch(patches: Float32Array, side: number): Float32Array {
  const half = side / 2;
  const result = new Float32Array(patches.length / 4);
  for (let row = 0, to = 0; row < result.length / half; row++) {
    let from = row * 2 * side;
    for (let column = 0; column < half; column++, from += 2) {
      result[to++] = (patches[from] + patches[from + 1] + patches[from + side] + patches[from + side + 1]) / 4;
    }
  }
  return result;
}

function minusDistances(descriptors: Float32Array, pairs: number): Float32Array {
  const length = descriptors.length / (2 * pairs);
  const scores = new Float32Array(pairs);
  for (let pair = 0; pair < pairs; pair++) {
    const [a, b] = [2 * pair * length, (2 * pair + 1) * length];
    let sum = 0;
    for (let i = 0; i < length; i++) sum += (descriptors[a + i] - descriptors[b + i]) ** 2;
    scores[pair] = -Math.sqrt(sum);
  }
  return scores;
}
