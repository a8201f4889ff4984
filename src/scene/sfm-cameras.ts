import type { FocalPrior } from '../image/image.ts';
import type { SfmCamera, SfmCameraModel } from './sfm-set.ts';
import { sfmCameraModels } from './sfm-set.ts';

/**
 * Which photos share a camera. `auto`: those that EXIF says were taken with one setting, or, where it names no camera, with one focal length;
 * others have one each.
 */
export const cameraSharing = ['auto', 'single', 'per-folder', 'per-image'] as const;
export type CameraSharing = (typeof cameraSharing)[number];

/** What is known of a photo's camera. */
export interface PhotoForCamera {
  /** Path within the photo folder, with `/` between folders. */
  readonly name: string;
  /** Px as the file stores them. */
  readonly width: number;
  readonly height: number;
  readonly focal: FocalPrior | null;
  /** Photos that agree in it were taken with one setting; '' where EXIF does not tell. */
  readonly cameraKey: string;
}

/** A camera that the user knows: parameters as in `SfmCamera`. */
export interface KnownCamera {
  readonly model: SfmCameraModel;
  readonly params: readonly number[];
}

/** A field of view of about 45° along the longer side, COLMAP's guess too: reconstruction finds its way from there. */
const guessedFocal = 1.2;

/**
 * The cameras of a set. Photos of different sizes never share one.
 * @param knownOf what the user knows of a photo's camera, if anything
 * @returns cameras in order of their first photos, and each photo's index into them
 */
export function camerasOfPhotos(
  photos: readonly PhotoForCamera[],
  model: SfmCameraModel,
  sharing: CameraSharing,
  knownOf: (name: string) => KnownCamera | undefined,
): { cameras: SfmCamera[]; cameraOf: number[] } {
  const groups = new Map<string, { readonly index: number; readonly photos: PhotoForCamera[] }>();
  const cameraOf = photos.map((photo) => {
    const given = knownOf(photo.name);
    const group = given === undefined ? groupOf(photo, sharing) : `known ${given.model} ${given.params.join(' ')}`;
    const key = `${photo.width}x${photo.height} ${group}`;
    const sharers = groups.get(key) ?? { index: groups.size, photos: [] };
    groups.set(key, sharers);
    sharers.photos.push(photo);
    return sharers.index;
  });
  const cameras = [...groups.values()].map(({ photos: sharers }) => {
    // One of them that knows its focal length tells it of all.
    const photo = sharers.find(({ focal }) => focal !== null) ?? sharers[0];
    return cameraOfPhoto(photo, model, knownOf(photo.name));
  });
  return { cameras, cameraOf };
}

function groupOf({ name, cameraKey, focal }: PhotoForCamera, sharing: CameraSharing): string {
  switch (sharing) {
    case 'single':
      return 'single';
    case 'per-folder':
      return `folder ${name.slice(0, name.lastIndexOf('/') + 1)}`;
    case 'per-image':
      return `image ${name}`;
    case 'auto':
      if (cameraKey !== '') return `setting ${cameraKey}`;
      return focal === null ? `image ${name}` : `focal length ${focal.focalPx}`;
  }
}

function cameraOfPhoto(
  { width, height, focal }: PhotoForCamera,
  model: SfmCameraModel,
  given: KnownCamera | undefined,
): SfmCamera {
  if (given !== undefined) return { ...given, width, height, isFocalKnown: true };
  const f = focal?.focalPx ?? guessedFocal * Math.max(width, height);
  const first: Readonly<Record<string, number>> = { f, fx: f, fy: f, cx: (width - 1) / 2, cy: (height - 1) / 2 };
  const params = sfmCameraModels[model].map((name) => first[name] ?? 0);
  return { model, width, height, params, isFocalKnown: focal !== null };
}
