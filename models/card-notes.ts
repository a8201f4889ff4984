import type { NetworkName } from './index.ts';

/** What a model card says that no file can: written by hand, beside what is generated. */
export interface CardNotes {
  /** After the network's name in the title: what it does. */
  readonly task: string;
  /** A paragraph: what it is for. */
  readonly purpose: string;
  /** What to beware of. */
  readonly limits: readonly string[];
  /** For weights that were not trained by `tessera train`, whose files say nothing of it; told by their SHA-256. */
  readonly trainedElsewhere?: {
    readonly sha256: string;
    readonly training: string;
    /** Where the layers differ from the definition's. */
    readonly difference: string | null;
    /** What to beware of beside the network's own limits. */
    readonly limits: readonly string[];
  };
}

/** Of each shipped network. */
export const cardNotes: Readonly<Record<NetworkName, CardNotes>> = {
  descriptor: {
    task: 'describes a patch by a unit vector',
    purpose:
      'Chooses which pairs of patches are worth a judge’s time, and screens which photos may overlap: small, and run once a patch. Compare ' +
      'two descriptors by their dot product. The network subtracts each patch’s mean and divides by its standard deviation itself.',
    limits: ['Turns are the keypoint’s affair: it tolerates about 20°.'],
    trainedElsewhere: {
      sha256: '5414e58a646fbb02b3dd2b540cf2aff55e32b943ed6b839673965623c6c8b4ad',
      training:
        '1.6 million pairs made from single photographs: the same SIFT keypoint cut from a photo and from a warped copy of it (tilt up to 3, ' +
        'rotation σ 10°, scale σ 0.2 octaves, shift σ 3 % of the side; gamma, gain, offset, blur, noise, JPEG, occlusion by a half-plane; ' +
        'the same flips and quarter turns on both). Batches of 8 photos × 64 keypoints at least 8 px and 1.5 sizes apart, triplet loss with ' +
        'the hardest wrong partner in the batch, margin 1, AdamW 2e-3 with cosine schedule, weights averaged with 0.998. 40 minutes on two ' +
        'CPU cores.',
      difference: null,
      limits: [
        'Trained on SIFT keypoints; AKAZE’s work as well, other detectors were not measured.',
        'It was made to give the project real descriptors early; a network of the project’s own training is to replace it.',
      ],
    },
  },
  '2ch': {
    task: 'judges a pair of patches',
    purpose:
      'Sees both patches of a candidate pair at once and rejects the wrong ones of the shortlist. The score depends on the order of the ' +
      'two patches: a photo pair is always scored in one order, decided by the photos’ content.',
    limits: ['Turns are the keypoint’s affair; it was trained with small ones only.'],
    trainedElsewhere: {
      sha256: '5fe158770bd02ad9701de26d9f43b19d304557627ba146ffd7cbbc5cf3776512',
      training:
        '0.38 million pairs made from single photographs at SIFT and AKAZE keypoints, with random affine changes, flips and quarter turns; ' +
        'wrong pairs almost only easy ones. Hinge loss, AdamW 1e-3 with cosine schedule, weights averaged with 0.999.',
      difference: 'These weights have no hidden decision layer: F(1) follows the streams.',
      limits: [
        'It rejects well and ranks poorly: it hardly saw look-alikes in training. So it rejects, and the descriptor ranks.',
        'It was made to give the project a real judge early; a network of the project’s own training is to replace it.',
      ],
    },
  },
};
