import { drawPairs } from '../src/dataset/brown/draw-pairs.ts';
import type { KeypointColumns } from '../src/dataset/brown/keypoints-file.ts';
import type { AppendPatches, PatchSetEnd } from '../src/dataset/write-patch-set.ts';
import { type DetectorName, detectorTraits } from '../src/features/detect.ts';
import { concatenate } from '../src/math/concatenate.ts';
import { packageRoot } from '../src/package-root.ts';

/** What one detector found in one photo. */
export interface PhotoPatches {
  /** What the photo is called; renderings of one photograph have one name. */
  readonly name: string;
  readonly detector: DetectorName;
  readonly count: number;
  /** 64×64 each. */
  readonly patches: Uint8Array;
  readonly keypoints: KeypointColumns;
  /** Ids of points, unique through the set. */
  readonly point: Uint32Array;
}

/** How large a set became. */
export interface SetCounts {
  readonly patches: number;
  readonly photos: number;
  /** Points with a patch in more than one photo. */
  readonly sharedPoints: number;
}

/** Gives photos their ids while a set is written, and keeps the few numbers a patch that its end needs. */
export interface SetBuilder {
  add(photo: PhotoPatches): Promise<void>;
  /** @param made how: command and options; the version is added */
  end(made: Readonly<Record<string, unknown>>, pairs: number, seed: number): PatchSetEnd;
  counts(): SetCounts;
}

export function createSetBuilder(append: AppendPatches, detectors: readonly DetectorName[]): SetBuilder {
  const patchScale = commonPatchScale(detectors);
  const names: string[] = [];
  const points: Uint32Array[] = [];
  const photos: Uint32Array[] = [];
  return {
    async add({ name, detector, count, patches, keypoints, point }) {
      const photo = new Uint32Array(count).fill(names.length);
      const factor = detectorTraits[detector].patchScale / patchScale;
      const size = factor === 1 ? keypoints.size : keypoints.size.map((value) => value * factor);
      await append({ count, patches, keypoints: { ...keypoints, size }, point, photo });
      names.push(name);
      points.push(point);
      photos.push(photo);
    },
    end(made, pairs, seed) {
      const ids = { point: concatenate(Uint32Array, points), photo: concatenate(Uint32Array, photos) };
      const facts = {
        version: 1 as const,
        patchScale,
        photoNames: names,
        made: { ...made, tessera: packageRoot().version },
      };
      return { facts, pairs: pairs === 0 ? null : drawPairs(ids, pairs, seed) };
    },
    counts() {
      const all = concatenate(Uint32Array, points).sort();
      let sharedPoints = 0;
      for (let i = 1; i < all.length; i++) {
        if (all[i] === all[i - 1] && (i === 1 || all[i - 2] !== all[i])) sharedPoints++;
      }
      return { patches: all.length, photos: names.length, sharedPoints };
    },
  };
}

/**
 * k of a set: that of its detectors; where they differ, 6, and the set's sizes are those that give the patches' sides with it.
 */
function commonPatchScale(detectors: readonly DetectorName[]): number {
  const scales = new Set(detectors.map((detector) => detectorTraits[detector].patchScale));
  return scales.size === 1 ? [...scales][0] : 6;
}
