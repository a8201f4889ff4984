import { indexPatches } from '../patch-index.ts';
import type { UnreadPatchSet } from '../patch-set.ts';
import { findScenes } from './scenes.ts';

/** What of a whole set decides how a part of it is drawn from. */
export interface SetSurvey {
  /** Patches that have a partner. */
  readonly anchors: number;
  /** Scene of each photo id; see `findScenes`. Photos may be joined by points that a part does not have. */
  readonly sceneOf: ReadonlyMap<number, number>;
}

/** Surveys the sets of a run, which need not be in memory. */
export function surveySets(sets: readonly UnreadPatchSet[]): SetSurvey[] {
  const photos = sets.map((set) => ({ index: indexPatches(set), photo: set.photo, photoNames: set.photoNames }));
  const scenes = findScenes(photos);
  return photos.map(({ index: { anchors, byPhoto, photoStart }, photo }, set) => ({
    anchors: anchors.length,
    sceneOf: new Map(Array.from(scenes[set], (scene, number) => [photo[byPhoto[photoStart[number]]], scene])),
  }));
}
