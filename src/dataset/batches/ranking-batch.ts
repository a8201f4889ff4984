import type { Random } from '../../math/random.ts';
import type { RankingPlan } from './batch-plan.ts';
import { drawAnchor, drawPartner, drawWrong } from './draw-patches.ts';
import { drawSet, type TrainingData, type TrainingSet } from './training-data.ts';
import type { PatchWriter } from './write-pair.ts';

/**
 * Writes the groups, each its true pair first; see `RankingPlan`. The anchor patch is the same in all pairs of its
 * group, in the same place of the pair; the others share the look of one photo, as candidates of one photo do, so that
 * nothing but what they show tells the true one.
 * @param patches what the writer writes to
 */
export function fillRanking(
  data: TrainingData,
  plan: RankingPlan,
  random: Random,
  writer: PatchWriter,
  patches: Float32Array,
): void {
  const size = 1 + plan.hard + plan.easy;
  const candidates = new Uint32Array(size);
  for (let group = 0; group < plan.groups; group++) {
    const from = drawSet(data, random);
    const anchor = drawCandidates(from, plan, random, candidates);
    const swapped = writer.drawSwap() ? 1 : 0;
    const dihedral = writer.drawDihedral();
    const anchorPlace = group * size * 2 + swapped;
    writer.write(from.set, anchor, dihedral, writer.drawPhotoLook(), anchorPlace);
    const look = writer.drawPhotoLook();
    for (let i = 0; i < size; i++) {
      const place = anchorPlace + i * 2;
      if (i > 0) {
        patches.copyWithin(place * writer.pixels, anchorPlace * writer.pixels, (anchorPlace + 1) * writer.pixels);
      }
      writer.write(from.set, candidates[i], dihedral, look, place + 1 - 2 * swapped);
    }
  }
}

/** Fills the true partner and the wrong ones, and returns the anchor patch. */
function drawCandidates(from: TrainingSet, plan: RankingPlan, random: Random, candidates: Uint32Array): number {
  const { anchors } = from.set;
  let anchor: number;
  let filled = 1;
  if (anchors !== null && anchors.count > 0) {
    const row = random.integer(anchors.count);
    anchor = anchors.patch1[row];
    candidates[0] = anchors.true2[row];
    const nearest = anchors.hard2.length / anchors.count;
    const order = Array.from({ length: nearest }, (_, i) => row * nearest + i);
    for (let i = 0; i < Math.min(plan.hard, nearest); i++) {
      const other = i + random.integer(nearest - i);
      [order[i], order[other]] = [order[other], order[i]];
      candidates[filled++] = anchors.hard2[order[i]];
    }
  } else {
    anchor = drawAnchor(from, random);
    candidates[0] = drawPartner(from, anchor, random);
  }
  while (filled < candidates.length) candidates[filled++] = drawWrong(from, candidates[0], random);
  return anchor;
}
