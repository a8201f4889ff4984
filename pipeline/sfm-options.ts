import { cameraSharing } from '../src/scene/sfm-cameras.ts';
import { pairingDefaults, pairingModes } from '../src/scene/choose-pairs.ts';
import { sfmCameraModels } from '../src/scene/sfm-set.ts';
import { pairMatchingOptionsOf } from './match-options.ts';
import {
  choice,
  commonOptions,
  integer,
  type OptionTable,
  type Preset,
  type Presets,
  type Resolved,
  text,
} from './options.ts';

const modelNames = Object.keys(sfmCameraModels) as (keyof typeof sfmCameraModels)[];

/** What `quality` decides: a reconstruction averages over many keypoints, and each is seen in many pairs. */
export const sfmPresets: Presets = {
  fast: { maxKeypoints: 3000, detectMegapixels: 1.5, candidates: 1 },
  normal: { maxKeypoints: 6000, detectMegapixels: 2, candidates: 2 },
  best: { maxKeypoints: 10_000, detectMegapixels: 4, candidates: 4 },
};

/** Options of `tessera sfm` and of the library's `sfm`. */
export const sfmOptions = {
  colmap: text('COLMAP: write this database, or add to it what is new', 'file'),
  colmapSchema: choice('COLMAP: version of a new database: 3.8, or 4.x', ['3', '4'], '3'),
  colmapText: text('COLMAP: write files for its text importers here', 'dir'),
  openmvg: text('OpenMVG: write its files here', 'dir'),
  opensfm: text('OpenSfM: write a data set here', 'dir'),
  hloc: text('hloc: write features.h5, matches.h5 and pairs.txt here', 'dir'),
  alicevision: text('AliceVision: write its files here', 'dir'),
  hugin: text('Hugin: write this project', 'file'),
  cameraModel: choice('model of the cameras that are not known', modelNames, 'SIMPLE_RADIAL'),
  camera: choice('which photos share a camera; `auto`: those of one setting by EXIF', cameraSharing, 'auto'),
  intrinsics: text('known cameras: {"photo.jpg": {"model": "PINHOLE", "params": [fx, fy, cx, cy]}, "*": …}', 'file'),
  masks: text('folder of masks: `photo.jpg.png` or `photo.png`, black where no keypoints are wanted', 'dir'),
  imageList: text('use the photos named here alone, one a line', 'file'),
  pairs: text('compare the pairs of photos named here, two names a line', 'file'),
  pairing: choice('which pairs to compare; `auto` decides by number, names and times', pairingModes, 'auto'),
  neighbours: integer('photos compared with each by retrieval, on average (40; of a small set half)', 'n', 1, 10_000),
  overlap: integer('photos of a sequence compared with each that went before', 'n', 1, 10_000, pairingDefaults.window),
  shard: text('do the i-th of n parts of the work alone, and write nothing but the workspace', 'i/n'),
  merge: text('take over what was computed in these workspaces, separated by commas', 'dirs'),
  report: text('write a summary here: JSON', 'file'),
  ...pairMatchingOptionsOf(sfmPresets),
  model: commonOptions.model,
  device: commonOptions.device,
  threads: commonOptions.threads,
  quiet: commonOptions.quiet,
  json: commonOptions.json,
  workspace: text(
    "folder for what was computed, kept until you delete it (default: one of this photo folder in the user's cache folder)",
    'dir',
  ),
} satisfies OptionTable;

/** Options with defaults and what `quality` decides. */
export type ResolvedSfmOptions = Resolved<typeof sfmOptions> & Preset;

export type SfmOptions = Partial<Resolved<typeof sfmOptions>>;
