import type { NetworkName } from './index.ts';

/** What a model card says that no file can: written by hand, beside what is generated. */
export interface CardNotes {
  /** After the network's name in the title: what it does. */
  readonly task: string;
  /** A paragraph: what it is for. */
  readonly purpose: string;
  /** What to beware of. */
  readonly limits: readonly string[];
  /** What the weights' own history does not say of their training; told by their SHA-256. */
  readonly training?: { readonly sha256: string; readonly remark: string };
}

/** The two-stream judges have their first runs in common. */
const grownAugmentation =
  'In run 1 turns had σ 0.15 rad, scales 0.18 octaves and shifts 3.5 % of the side, for keypoints of all sizes; from run 2 on they were as ' +
  '`tessera train` has them now. The sets `dog-b` and `akaze-a` were rendered with less blur and finer JPEG than `dataset photos` renders now.';

/** Of each shipped network. */
export const cardNotes: Readonly<Record<NetworkName, CardNotes>> = {
  descriptor: {
    task: 'describes a patch by a unit vector',
    purpose:
      'Chooses which pairs of patches are worth a judge’s time, ranks them, and screens which photos may overlap: small, and run once a ' +
      'patch. Compare two descriptors by their dot product. The network subtracts each patch’s mean and divides by its standard deviation itself.',
    limits: [
      'Turns are the keypoint’s affair: it tolerates about 20°.',
      'Small keypoints that a detector placed badly are what it ranks wrong: partners more than 0.3 sizes, 0.3 octaves or 10° off.',
    ],
    training: {
      sha256: '2c6fcafb0e6bb0a97705c732e619236a28652bc99975c619607167f2e09c02d2',
      remark:
        'The augmentation grew from run to run: in the first two turns of σ 0.15 rad, scales of 0.18 octaves and shifts of 3.5 % of the side; in ' +
        'the third 0.24 rad, 0.26 octaves and 6 %; in the fourth as `tessera train` has it now, so much for keypoints up to 3 px and less for ' +
        'larger ones. The sets `dog-a`, `dog-b` and `akaze-a` were rendered with less blur and finer JPEG than `dataset photos` renders now. The ' +
        'held-out sets `val3` and `val4` are `dataset photos --part held-out --detectors dog,akaze --views 3` with seeds 5 and 25.',
    },
  },
  '2ch': {
    task: 'judges a pair of patches',
    purpose:
      'Sees both patches of a candidate pair at once and rejects the wrong ones of the shortlist. The score depends on the order of the ' +
      'two patches: a photo pair is always scored in one order, decided by the photos’ content.',
    limits: [
      'Turns are the keypoint’s affair; it was trained with small ones only.',
      'It ranks look-alikes less well than the descriptor: it rejects, and the descriptor ranks.',
    ],
    training: {
      sha256: '43af2fd5feb52d10900cf9e0632dbe8c3efdee162096a92e32eb668c1740a6af',
      remark:
        'Turns had σ 0.15 rad, scales 0.18 octaves and shifts 3.5 % of the side, for keypoints of all sizes, and the sets were rendered with less ' +
        'blur and finer JPEG than `dataset photos` renders now. The held-out set `val3` is `dataset photos --part held-out --detectors dog,akaze ' +
        '--views 3 --seed 5`.',
    },
  },
  '2ch-2stream': {
    task: 'judges a pair of patches, more accurately',
    purpose:
      'Sees both patches of a candidate pair at once, their middle in full resolution and the whole at half of it: rejects and ranks better than ' +
      '`2ch` at twice its work. The score depends on the order of the two patches: a photo pair is always scored in one order, decided by the ' +
      'photos’ content.',
    limits: [
      'Turns are the keypoint’s affair; it was trained with small ones only.',
      'It ranks look-alikes less well than the descriptor: it rejects, and the descriptor ranks.',
    ],
    training: {
      sha256: '889ebaccb035228c5f2c49ae1cbf09f35c555279a8ff6d8a19a04b4fcd05acd3',
      remark: grownAugmentation,
    },
  },
  '2ch-2stream-spp': {
    task: 'judges a pair of patches of any even side',
    purpose:
      'As `2ch-2stream`, with spatial pyramid pooling before the decision: patches of any even side from 32 to 128 go in as they are, all of a ' +
      'batch being of one side. The score depends on the order of the two patches: a photo pair is always scored in one order, decided by the ' +
      'photos’ content.',
    limits: [
      'Turns are the keypoint’s affair; it was trained with small ones only.',
      'Its decision has seen fewer pairs than that of `2ch-2stream`, which rejects and ranks better at less work.',
      'Its probabilities were fitted at 64×64: at other sides they are less true.',
    ],
    training: {
      sha256: '2e801f4321b7f8bf3cf5acbc323e1c9c104167b7dcd16f7e8945395c761b35fc',
      remark: grownAugmentation,
    },
  },
};
