import { fundamentalOf } from '../../src/geometry/fundamental-of.ts';
import { inverse2, matrix2At } from '../../src/math/matrix2.ts';
import { takeRows } from '../../src/math/take-rows.ts';
import { transpose3 } from '../../src/math/matrix3.ts';
import type { PartnerView } from '../../src/scene/tracks/expected-places.ts';
import type { LocalMaps } from '../../src/scene/tracks/predict-place.ts';
import { detectScaleOf } from '../photo-set.ts';
import type { DetectedSource } from './detect-photos.ts';
import { type ComparedPair, isSecond } from './match-pairs.ts';
import { readPairLinks } from './pair-links.ts';
import { matchedPlaces, type SettledPlaces } from './settle-places.ts';
import type { SfmWorkspace } from './workspace.ts';

/** A photo that was matched with another one, and what it knows of the scene. */
export interface Partner extends PartnerView {
  readonly photo: number;
}

/**
 * The partners of a photo whose matches with it were aligned. Copies of one photo say the same thing twice: the first speaks for them, and one of
 * the photo itself has nothing to say.
 */
export async function partnersOfPhoto(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  photo: number,
  pairs: readonly ComparedPair[],
  settled: SettledPlaces,
): Promise<Partner[]> {
  const partners: Partner[] = [];
  const heard = new Set([photos[photo].pixelHash]);
  for (const pair of pairs) {
    const partner = pair.a === photo ? pair.b : pair.a;
    if (heard.has(photos[partner].pixelHash)) continue;
    const maps = await mapsBetween(workspace, photos, pair, partner, settled);
    if (maps === null || maps.from.length === 0) continue;
    heard.add(photos[partner].pixelHash);
    const detectScale = detectScaleOf(photos[partner].info, workspace.features);
    partners.push({ ...viewOf(partner, settled), maps, detectScale, photo: partner });
  }
  return partners;
}

/** What the aligned matches of a pair say of how the other photo shows the surroundings of a partner's places. */
async function mapsBetween(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  pair: ComparedPair,
  partner: number,
  settled: SettledPlaces,
): Promise<LocalMaps | null> {
  const links = await readPairLinks(workspace, photos, pair, settled);
  if (links === null) return null;
  const { aligned, geometry } = links;
  const isSecondPartner = (partner === pair.b) !== isSecond(photos[pair.a], photos[pair.b]);
  const fundamental = fundamentalOf(geometry);
  const [from, to] = [aligned.from, aligned.to].map((places) => takeRows(settled.at, 2, places));
  if (!isSecondPartner) return { from, to, affinity: aligned.affinity, fundamental };
  const back = new Float32Array(aligned.affinity.length);
  for (let m = 0; 4 * m < back.length; m++) back.set(inverse2(matrix2At(aligned.affinity, m)), 4 * m);
  return { from: to, to: from, affinity: back, fundamental: fundamental && transpose3(fundamental) };
}

function viewOf(photo: number, settled: SettledPlaces): Omit<PartnerView, 'maps' | 'detectScale'> {
  const places = matchedPlaces(settled, photo);
  return {
    places,
    tracks: places.map((place) => settled.tracks.trackOf(place)),
    at: takeRows(settled.at, 2, places),
    sizes: Float32Array.from(places, (place) => settled.sizes[place]),
    angles: Float32Array.from(places, (place) => settled.angles[place]),
  };
}
