import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Rejection } from '../../src/errors.ts';
import { UsageError } from '../../src/errors.ts';
import type { SfmCamera } from '../../src/scene/sfm-set.ts';
import type { PinholeCamera } from '../../src/geometry/pinhole.ts';
import type { createStopwatch, Observer } from '../observer.ts';
import type { FeatureSettings } from '../photo-set.ts';
import type { Pool } from '../pool.ts';
import { defaultWorkspaceFolder, type Workspace } from '../workspace.ts';
import type { PairEffort } from './match-pairs.ts';
import type { SourcePhoto } from './photos.ts';

/** A photo that takes part. */
export interface SfmSourcePhoto extends SourcePhoto {
  /** Index into the cameras. */
  readonly camera: number;
  /** Where the camera is known exactly: of the upright photo. */
  readonly pinhole: PinholeCamera | null;
  readonly mask: MaskFile | null;
}

/** Which parts of a photo are not to be searched. */
export interface MaskFile {
  readonly path: string;
  readonly contentHash: string;
}

/** The photos of a folder on their way into a reconstruction, and where what was computed of them is kept. */
export interface SfmWorkspace {
  readonly photoFolder: string;
  /** All photos that were asked for, those that cannot be used too. */
  readonly names: readonly string[];
  readonly photos: readonly SfmSourcePhoto[];
  readonly cameras: readonly SfmCamera[];
  /** Photos that cannot be used. */
  readonly rejected: readonly Rejection[];
  readonly features: FeatureSettings;
  readonly effort: PairEffort;
  readonly store: Workspace;
  /** Where the store is. */
  readonly folder: string;
  readonly pool: Pool;
  readonly observe: Observer;
  /** How long each stage took. */
  readonly stopwatch: ReturnType<typeof createStopwatch>;
  readonly signal?: AbortSignal;
  /** Ends the worker threads. What was computed stays. */
  close(): Promise<void>;
}

/** A folder in the user's cache for what is computed of one photo folder. */
export async function defaultSfmFolder(photoFolder: string): Promise<string> {
  const path = await realpath(photoFolder).catch(() => {
    throw new UsageError(`expected a folder of photos but there is no ${photoFolder}`);
  });
  const name = createHash('sha256').update(path).digest('hex').slice(0, 12);
  return join(defaultWorkspaceFolder(), 'sfm', `${basename(path)}-${name}`);
}
