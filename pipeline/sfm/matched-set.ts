import type { PhotoFeatures } from '../../src/features/photo-features.ts';
import { holdRecent } from '../../src/hold-recent.ts';
import { transformPoint } from '../../src/math/matrix3.ts';
import { takeRows } from '../../src/math/take-rows.ts';
import type { SfmFeatures, SfmSet } from '../../src/scene/sfm-set.ts';
import { storedAngle, storedFrame } from '../../src/scene/stored-frame.ts';
import { completeTracks, readTransferredDescriptors, type TransferredPlaces } from './complete-tracks.ts';
import { createFeatureReader, type DetectedSource } from './detect-photos.ts';
import type { ComparedPair } from './match-pairs.ts';
import { type PhotoPlaces, placesOfPhoto } from './photo-places.ts';
import { settlePlaces } from './settle-places.ts';
import { verifiedPairs } from './verify-pairs.ts';
import type { SfmWorkspace } from './workspace.ts';

/** Photos whose places are held in memory: pairs come back to their photos. */
const photosHeld = 100;

/**
 * What was matched, as exporters take it: each place of a photo once, moved to where all its matches together say that it is; places that were
 * found by what other photos show of them; and the matches verified again with all of that. Px of the photos' files.
 */
export async function matchedSet(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  pairs: readonly ComparedPair[],
): Promise<SfmSet> {
  const { stopwatch } = workspace;
  const settled = await stopwatch.time('settle', () => settlePlaces(workspace, photos, pairs));
  const transferred = await stopwatch.time('complete', () => completeTracks(workspace, photos, pairs, settled));
  const read = createFeatureReader(workspace, 1);
  const placesOf = holdRecent(photosHeld, (photo: number) => placesOfPhoto(settled, transferred[photo], photo));
  return {
    cameras: workspace.cameras,
    photos: photos.map(({ name, stored: { width, height }, camera }) => ({ name, width, height, camera })),
    features: async (photo) => {
      const features = await read(photos[photo]);
      const more = transferred[photo];
      const descriptors = await readTransferredDescriptors(workspace, photos[photo], more);
      return storedFeatures(features, photos[photo], placesOf(photo), more, descriptors);
    },
    pairs: () => verifiedPairs(workspace, photos, pairs, placesOf),
  };
}

function storedFeatures(
  { keypoints, descriptors, descriptorLength }: PhotoFeatures,
  { places: { keypointOf }, stored }: DetectedSource,
  places: PhotoPlaces,
  transferred: TransferredPlaces,
  transferredDescriptors: Float32Array,
): SfmFeatures {
  const frame = storedFrame(stored);
  const count = places.x.length;
  const { detected } = places;
  const of = (from: Float32Array, more: Float32Array): Float32Array => {
    const values = new Float32Array(count);
    values.set(takeRows(from, 1, keypointOf));
    values.set(more, detected);
    return values;
  };
  const [x, y] = [new Float32Array(count), new Float32Array(count)];
  for (let p = 0; p < count; p++) {
    [x[p], y[p]] = transformPoint(frame.storedFromUpright, places.x[p], places.y[p]);
  }
  const rows = new Float32Array(count * descriptorLength);
  rows.set(takeRows(descriptors, descriptorLength, keypointOf));
  rows.set(transferredDescriptors, detected * descriptorLength);
  return {
    count,
    detected,
    x,
    y,
    size: of(keypoints.size, transferred.size),
    angle: of(keypoints.angle, transferred.angle).map((angle) => storedAngle(frame, angle)),
    response: of(keypoints.response, new Float32Array()),
    descriptors: rows,
    descriptorLength,
  };
}
