import type { Rejection } from '../../src/errors.ts';
import type { PhotoFeatures } from '../../src/features/photo-features.ts';
import { type Places, mergePlaces } from '../../src/scene/merge-places.ts';
import { mapAhead } from '../in-order.ts';
import { describePhoto, featureKey, fewestKeypoints, type FeatureSettings, tooLittleTexture } from '../photo-set.ts';
import { shareFeatures } from '../shared-memory.ts';
import { cacheKey } from '../workspace.ts';
import type { SfmSourcePhoto, SfmWorkspace } from './workspace.ts';

/** What is to be known of a photo's features without reading them. */
interface Found {
  readonly keypoints: number;
  /** Hash of the decoded pixels. */
  readonly pixelHash: string;
  readonly places: Places;
}

/** A photo that was searched. */
export interface DetectedSource extends SfmSourcePhoto {
  /** Names its features in the workspace. */
  readonly key: string;
  readonly places: Places;
}

/**
 * Finds the keypoints of every photo that has none in the workspace yet. One at a time a worker; nothing of them stays in memory but which
 * keypoints share a place.
 * @returns the photos that can be matched, in their order, and those that cannot
 */
export async function detectPhotos(
  workspace: SfmWorkspace,
): Promise<{ photos: DetectedSource[]; rejected: Rejection[] }> {
  const { photos, observe, pool, signal } = workspace;
  const kept: DetectedSource[] = [];
  const rejected: Rejection[] = [];
  let done = 0;
  observe({ type: 'progress', stage: 'detect', done, total: photos.length });
  for await (const { photo, key, found } of mapAhead(photos, pool.size + 1, (photo) => detectOne(photo, workspace))) {
    signal?.throwIfAborted();
    if ('code' in found) rejected.push(found);
    else if (found.keypoints < fewestKeypoints) rejected.push(tooLittleTexture(photo.info.path, found.keypoints));
    else kept.push({ ...photo, key, places: found.places });
    observe({ type: 'progress', stage: 'detect', done: ++done, total: photos.length });
  }
  return { photos: kept, rejected };
}

async function detectOne(
  photo: SfmSourcePhoto,
  { features, pool, store, observe, signal }: SfmWorkspace,
): Promise<{ photo: SfmSourcePhoto; key: string; found: Found | Rejection }> {
  const settings: FeatureSettings = { ...features, mask: photo.mask ?? undefined };
  const key = featureKey(photo.info, settings);
  const foundKey = cacheKey('sfm photo', 1, key);
  const known = await store.get<Found>('photos', foundKey);
  if (known !== undefined && (await store.has('features', key))) return { photo, key, found: known };
  const outcome = await describePhoto(photo.info, settings, { pool, workspace: store, observe, signal });
  if ('code' in outcome) return { photo, key, found: outcome };
  const { keypoints, pixelHash } = outcome;
  const found: Found = { keypoints: keypoints.count, pixelHash, places: mergePlaces(keypoints) };
  await store.put('photos', foundKey, found);
  return { photo, key, found };
}

/** Gives the features of photos, those last asked for from memory. */
export interface FeatureReader {
  (photo: DetectedSource): Promise<PhotoFeatures>;
}

/**
 * @param most photos held in memory
 * @throws Error where the workspace lost them, as when somebody else emptied it
 */
export function createFeatureReader(
  { features, pool, store, observe, signal }: SfmWorkspace,
  most: number,
): FeatureReader {
  const held = new Map<string, Promise<PhotoFeatures>>();
  const read = async (photo: DetectedSource): Promise<PhotoFeatures> => {
    const kept = await store.get<PhotoFeatures>('features', photo.key);
    if (kept !== undefined) return shareFeatures(kept);
    // Damaged or removed since: found again.
    const settings = { ...features, mask: photo.mask ?? undefined };
    const outcome = await describePhoto(photo.info, settings, { pool, workspace: store, observe, signal });
    if ('code' in outcome) throw new Error(`${outcome.path}: ${outcome.reason}`);
    return outcome;
  };
  return (photo) => {
    const features = held.get(photo.key) ?? read(photo);
    held.delete(photo.key);
    held.set(photo.key, features);
    if (held.size > most) held.delete(held.keys().next().value!);
    return features;
  };
}
