import { DataError, type Rejection } from '../../src/errors.ts';
import type { PhotoFeatures } from '../../src/features/photo-features.ts';
import { holdRecent } from '../../src/hold-recent.ts';
import { type Places, mergePlaces } from '../../src/scene/merge-places.ts';
import { mapAhead } from '../in-order.ts';
import { describePhoto, featureKey, fewestKeypoints, type FeatureSettings, tooLittleTexture } from '../photo-set.ts';
import { createSharedGarbageCollector } from '../shared-garbage.ts';
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
  /** Of the decoded pixels: copies agree in it. */
  readonly pixelHash: string;
  readonly places: Places;
}

/** The i-th of n parts of the work, i from 1. */
export interface Shard {
  readonly part: number;
  readonly parts: number;
}

/**
 * Finds the keypoints of every photo that has none in the workspace yet. One at a time a worker; nothing of them stays in memory but which
 * keypoints share a place.
 * @param shard begins with its own part of the photos: shards that run at the same time in one workspace find the other parts done
 * @returns the photos that can be matched, in their order, and those that cannot
 */
export async function detectPhotos(
  workspace: SfmWorkspace,
  { part, parts }: Shard = { part: 1, parts: 1 },
): Promise<{ photos: DetectedSource[]; rejected: Rejection[] }> {
  const { photos, observe, pool, signal } = workspace;
  const letGo = createSharedGarbageCollector(mostGarbage);
  const start = Math.floor((photos.length * (part - 1)) / parts);
  const outcomes: Detection[] = [];
  observe({ type: 'progress', stage: 'detect', done: 0, total: photos.length });
  const order = [...photos.slice(start), ...photos.slice(0, start)];
  for await (const outcome of mapAhead(order, pool.size + 1, (photo) => detectOne(photo, workspace, letGo))) {
    signal?.throwIfAborted();
    outcomes.push(outcome);
    observe({ type: 'progress', stage: 'detect', done: outcomes.length, total: photos.length });
  }
  const kept: DetectedSource[] = [];
  const rejected: Rejection[] = [];
  for (const { photo, key, found } of [
    ...outcomes.slice(photos.length - start),
    ...outcomes.slice(0, photos.length - start),
  ]) {
    if ('code' in found) rejected.push(found);
    else if (found.keypoints < fewestKeypoints) rejected.push(tooLittleTexture(photo.info.path, found.keypoints));
    else kept.push({ ...photo, key, pixelHash: found.pixelHash, places: found.places });
  }
  return { photos: kept, rejected };
}

/** Bytes of features that were done with before they are collected. */
const mostGarbage = 256e6;

interface Detection {
  readonly photo: SfmSourcePhoto;
  readonly key: string;
  readonly found: Found | Rejection;
}

/** How the keypoints of a photo are found. */
export function featureSettingsOf(features: FeatureSettings, { mask }: SfmSourcePhoto): FeatureSettings {
  return { ...features, mask: mask ?? undefined };
}

async function detectOne(
  photo: SfmSourcePhoto,
  { features, pool, store, observe, signal }: SfmWorkspace,
  letGo: (features: unknown) => void,
): Promise<Detection> {
  const settings = featureSettingsOf(features, photo);
  const key = featureKey(photo.info, settings);
  const foundKey = cacheKey('sfm photo', 1, key);
  const known = await store.get<Found>('photos', foundKey);
  if (known !== undefined && (await store.has('features', key))) return { photo, key, found: known };
  const outcome = await describePhoto(photo.info, settings, { pool, workspace: store, observe, signal });
  letGo(outcome);
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
 * Features that the workspace lost or that were damaged there are found again.
 * @param most photos held in memory
 * @throws DataError where the photo cannot be read any more
 */
export function createFeatureReader(
  { features, pool, store, observe, signal }: SfmWorkspace,
  most: number,
): FeatureReader {
  const letGo = createSharedGarbageCollector(mostGarbage);
  const read = async (photo: DetectedSource): Promise<PhotoFeatures> => {
    const kept = await store.get<PhotoFeatures>('features', photo.key);
    if (kept !== undefined) return shareFeatures(kept);
    const settings = featureSettingsOf(features, photo);
    const outcome = await describePhoto(photo.info, settings, { pool, workspace: store, observe, signal });
    if ('code' in outcome) throw new DataError(`${outcome.path}: ${outcome.reason}. ${outcome.suggestion}`);
    return outcome;
  };
  const readOnce = async (photo: DetectedSource): Promise<PhotoFeatures> => {
    const found = await read(photo);
    letGo(found);
    return found;
  };
  return holdRecent(most, readOnce, ({ key }: DetectedSource) => key);
}
