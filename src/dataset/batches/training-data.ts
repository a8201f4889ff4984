import { DataError } from '../../errors.ts';
import type { Random } from '../../math/random.ts';
import type { PatchSet } from '../patch-set.ts';
import { indexPatches, type PatchIndex } from '../patch-index.ts';
import { findScenes } from './scenes.ts';
import type { SetSurvey } from './survey-sets.ts';

/** A set to draw from. */
export interface TrainingSet {
  readonly set: PatchSet;
  readonly index: PatchIndex;
  /** Scene of each photo number: in different scenes nothing is the same place; see `findScenes`. */
  readonly scenes: Uint32Array;
  /** Share of the draws that fall on this set. */
  readonly share: number;
}

/** The sets a network is trained on. */
export type TrainingData = readonly TrainingSet[];

/**
 * @param weights how often each set is drawn from, relative to the others; without them each patch that has a partner
 *   is drawn as often as any other
 * @param surveys of the whole sets, where these are parts of them
 * @throws DataError naming the folder of a set without a true pair or without a wrong one
 */
export function prepareTrainingData(
  sets: readonly PatchSet[],
  weights?: readonly number[],
  surveys?: readonly SetSurvey[],
): TrainingData {
  if (sets.length === 0) throw new DataError('no patch set was given: name at least one folder');
  const indexed = sets.map((set) => ({ set, index: indexPatches(set) }));
  for (const { set, index } of indexed) {
    if (index.anchors.length === 0) {
      throw new DataError(`${set.folder}: no two patches show the same point, so there is no true pair to train on`);
    }
    if (index.pointStart.length < 3) {
      throw new DataError(`${set.folder}: all patches show the same point, so there is no wrong pair to train on`);
    }
  }
  const parts = weights ?? surveys?.map(({ anchors }) => anchors) ?? indexed.map(({ index }) => index.anchors.length);
  const total = parts.reduce((sum, part) => sum + part, 0);
  const scenes = surveys
    ? indexed.map(({ set, index }, i) => scenesOfPart(set, index, surveys[i]))
    : findScenes(indexed.map(({ set, index }) => ({ index, photo: set.photo, photoNames: set.photoNames })));
  return indexed.map((entry, i) => ({ ...entry, scenes: scenes[i], share: parts[i] / total }));
}

function scenesOfPart({ photo }: PatchSet, { byPhoto, photoStart }: PatchIndex, { sceneOf }: SetSurvey): Uint32Array {
  return Uint32Array.from({ length: photoStart.length - 1 }, (_, number) =>
    sceneOf.get(photo[byPhoto[photoStart[number]]])!,
  );
}

/** Draws a set by the shares. */
export function drawSet(data: TrainingData, random: Random): TrainingSet {
  let left = random.next();
  for (const entry of data) {
    left -= entry.share;
    if (left < 0) return entry;
  }
  return data[data.length - 1];
}

/** Random numbers of their own for each step, so that a batch depends on nothing before it. */
export function stepSeed(seed: number, step: number): number {
  return scramble(scramble(seed | 0) ^ (step | 0));
}

/** The finaliser of MurmurHash3 (Appleby 2011), moved off its fixed point 0: near numbers get unrelated ones. */
function scramble(value: number): number {
  let z = (value + 0x3c6ef372) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}
