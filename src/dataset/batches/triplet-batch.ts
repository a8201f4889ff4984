import type { Random } from '../../math/random.ts';
import type { TripletPlan } from './batch-plan.ts';
import { drawAnchor, drawPartner, noPatch, patchOfPointIn } from './draw-patches.ts';
import { isTooNear, markSame, type TruePair } from './same-place.ts';
import { drawSet, type TrainingData, type TrainingSet } from './training-data.ts';
import type { PatchWriter } from './write-pair.ts';

/** Photo pairs tried for each wanted before pairs of any photos fill the batch (small sets). */
const attemptsPerPhoto = 20;

/**
 * Writes the true pairs, photo pair by photo pair, and fills `same` ([n, n], row-major); see `TripletPlan` and `markSame`.
 */
export function fillTriplets(
  data: TrainingData,
  plan: TripletPlan,
  random: Random,
  writer: PatchWriter,
  same: Float32Array,
): void {
  const pairs = drawTruePairs(data, plan, random);
  pairs.forEach(({ from, first, second }, pair) => {
    const swapped = writer.drawSwap() ? 1 : 0;
    const dihedral = writer.drawDihedral();
    writer.write(from.set, first, dihedral, writer.drawPhotoLook(), pair * 2 + swapped);
    writer.write(from.set, second, dihedral, writer.drawPhotoLook(), pair * 2 + 1 - swapped);
  });
  markSame(pairs, same);
}

function drawTruePairs(data: TrainingData, plan: TripletPlan, random: Random): TruePair[] {
  const wanted = plan.photos * plan.perPhoto;
  const pairs: TruePair[] = [];
  for (let attempt = 0; pairs.length < wanted && attempt < plan.photos * attemptsPerPhoto; attempt++) {
    const from = drawSet(data, random);
    const found = drawPhotoPair(from, Math.min(plan.perPhoto, wanted - pairs.length), random);
    for (const pair of found) pairs.push(pair);
  }
  while (pairs.length < wanted) {
    const from = drawSet(data, random);
    const first = drawAnchor(from, random);
    pairs.push({ from, first, second: drawPartner(from, first, random) });
  }
  return pairs;
}

/** True pairs of two photos that share a point drawn at random, at most `most`, none too near another. */
function drawPhotoPair(from: TrainingSet, most: number, random: Random): TruePair[] {
  const { index, set } = from;
  const anchor = drawAnchor(from, random);
  const [photo1, photo2] = [anchor, drawPartner(from, anchor, random)].map((patch) => index.photoOf[patch]);
  const patches = index.byPhoto.slice(index.photoStart[photo1], index.photoStart[photo1 + 1]);
  const pairs: TruePair[] = [];
  for (let i = 0; i < patches.length && pairs.length < most; i++) {
    const other = i + random.integer(patches.length - i);
    const first = patches[other];
    patches[other] = patches[i];
    const second = patchOfPointIn(from, index.pointOf[first], photo2);
    if (second === noPatch || second === first) continue;
    if (!pairs.some((pair) => isTooNear(set, pair.first, first) || isTooNear(set, pair.second, second))) {
      pairs.push({ from, first, second });
    }
  }
  return pairs;
}
