import type { Random } from '../../math/random.ts';
import type { PairPlan } from './batch-plan.ts';
import { drawAnchor, drawPartner, drawWrong } from './draw-patches.ts';
import { drawSet, type TrainingData } from './training-data.ts';
import type { PatchWriter } from './write-pair.ts';

/** Fills `labels` (+1 true, −1 wrong, in turn) and writes the pairs; see `PairPlan`. */
export function fillPairs(
  data: TrainingData,
  plan: PairPlan,
  random: Random,
  writer: PatchWriter,
  labels: Float32Array,
): void {
  for (let pair = 0; pair < plan.pairs; pair++) {
    const isTrue = pair % 2 === 0;
    labels[pair] = isTrue ? 1 : -1;
    const from = drawSet(data, random);
    const { anchors } = from.set;
    let first: number;
    let second: number;
    if (!isTrue && anchors !== null && anchors.count > 0 && random.next() < plan.hardShare) {
      const row = random.integer(anchors.count);
      const nearest = anchors.hard2.length / anchors.count;
      first = anchors.patch1[row];
      second = anchors.hard2[row * nearest + random.integer(nearest)];
    } else {
      first = drawAnchor(from, random);
      second = drawPartner(from, first, random);
      if (!isTrue) second = drawWrong(from, second, random);
    }
    const swapped = writer.drawSwap() ? 1 : 0;
    const dihedral = writer.drawDihedral();
    writer.write(from.set, first, dihedral, writer.drawPhotoLook(), pair * 2 + swapped);
    writer.write(from.set, second, dihedral, writer.drawPhotoLook(), pair * 2 + 1 - swapped);
  }
}
