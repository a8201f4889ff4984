import type { Random } from '../../math/random.ts';
import type { PatchSet } from '../patch-set.ts';
import { createAugmenter } from './augment.ts';
import type { BatchOptions } from './batch-plan.ts';
import { drawPatchLook, drawPhotoLook, type PhotoLook } from './look.ts';
import type { Dihedral } from './resample.ts';

/** Writes augmented patches of a batch. */
export interface PatchWriter {
  /** Numbers of one patch in the batch. */
  readonly pixels: number;
  drawDihedral(): Dihedral;
  drawPhotoLook(): PhotoLook;
  /** Whether this pair's patches change places. */
  drawSwap(): boolean;
  /** Writes stored patch `index` of `set` as patch number `place` of the batch. */
  write(set: PatchSet, index: number, dihedral: Dihedral, photo: PhotoLook, place: number): void;
}

/** @param to takes `[places, side, side]` floats in [0, 1] */
export function createPatchWriter(options: BatchOptions, side: number, random: Random, to: Float32Array): PatchWriter {
  const { augmentation, swap } = options;
  const augment = createAugmenter(side);
  const pixels = side * side;
  return {
    pixels,
    drawDihedral: () => (augmentation.dihedral ? random.integer(8) : 0),
    drawPhotoLook: () => drawPhotoLook(augmentation, random),
    drawSwap: () => swap && random.next() < 0.5,
    write(set, index, dihedral, photo, place) {
      const look = drawPatchLook(augmentation, set.size?.[index] ?? null, random);
      augment(set.patches, index, dihedral, photo, look, random, to, place * pixels);
    },
  };
}
