import { addGradient, addNoise, blur, occlude, quantise } from './degradations.ts';
import { createJpegLoss } from './jpeg-loss.ts';
import type { PatchLook, PhotoLook } from './look.ts';
import { copyTurned, copyWarped, createResizer, storedSide, type Dihedral } from './resample.ts';
import type { Random } from '../../math/random.ts';

/** Writes one augmented patch; see `createAugmenter`. */
export type Augmenter = (
  patches: Uint8Array,
  index: number,
  dihedral: Dihedral,
  photo: PhotoLook,
  patch: PatchLook,
  random: Random,
  to: Float32Array,
  offset: number,
) => void;

/**
 * Makes the function that writes stored patch `index` of `patches` (64×64 bytes each), changed as the looks say, into
 * `to` from `offset` as side×side floats in [0, 1]. In the order of a camera: what is seen (turn, warp, occlusion),
 * light, lens (blur), sensor (noise), file (JPEG, bytes); then the other side.
 * @param side even, 32 … 128
 */
export function createAugmenter(side: number): Augmenter {
  const resize = createResizer(side);
  const compress = createJpegLoss();
  const levels = new Float32Array(storedSide * storedSide);
  return (patches, index, dihedral, photo, patch, random, to, offset) => {
    const start = index * levels.length;
    if (patch.warp === null) copyTurned(patches, start, dihedral, photo.tone, levels);
    else copyWarped(patches, start, dihedral, patch.warp, photo.tone, levels);
    if (patch.occlusion !== null) {
      occlude(levels, patch.occlusion, patches, random.integer(patches.length / levels.length) * levels.length);
    }
    if (patch.gradient !== null) addGradient(levels, patch.gradient);
    if (photo.blurSigma > 0) blur(levels, photo.blurSigma);
    if (photo.noiseSigma > 0) addNoise(levels, photo.noiseSigma, 1 + random.integer(0x7fffffff));
    if (photo.jpegQuality > 0) compress(levels, photo.jpegQuality);
    quantise(levels);
    resize(levels, to, offset);
  };
}
