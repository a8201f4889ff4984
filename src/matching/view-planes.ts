import type { PhotoFeatures } from '../features/photo-features.ts';
import { estimateHomography } from '../geometry/estimate-homography.ts';
import { maxErrorPx } from '../geometry/estimate-pair.ts';
import type { Evidence, PairSizes } from '../geometry/evidence.ts';
import { homographyEvidence } from '../geometry/evidence.ts';
import { pointsAt } from '../geometry/points-at.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import type { PlacedMatches } from './join-matches.ts';
import { placesOf } from './places.ts';
import { dropAmbiguous, selectDefaults, selectMatches, type MatchCalibration } from './select.ts';
import type { Shortlister } from './shortlist.ts';
import { shortlistPhotos } from './shortlist-photos.ts';

/** A homography that a view of either photo shows, and the matches between the views that agree with it, best first. */
export interface ViewPlane extends Evidence, PlacedMatches {
  /** x2 ~ H x1, px of the photos. */
  readonly image2FromImage1: Matrix3;
}

/** Few matches of which many are right, or many of which few are: which of them shows more depends on the scene. */
const maxRatios = [0.9, 1];
/** log10 of the false alarms among wrong matches of one pair of views. Of unrelated photos one in thousands gets here, and its frame shows nothing. */
const maxLogFalseAlarms = -2;

/**
 * The plane that two views of two photos show, if any. Views from far apart have little in common but for those few pairs that look from nearly one
 * direction; matched one by one, these stand out, whereas among the matches of all views together theirs are one in a hundred.
 * @param view1 keypoints in px of photo 1, whose size `size1` is
 */
export async function planeOfViews(
  view1: PhotoFeatures,
  view2: PhotoFeatures,
  { size1, size2 }: PairSizes,
  { calibration, seed }: { readonly calibration: MatchCalibration; readonly seed: number },
  shortlister: Shortlister,
): Promise<ViewPlane | null> {
  const [a, b] = [view1.keypoints, view2.keypoints];
  const nearest = await shortlistPhotos(view1, view2, 1, shortlister);
  let best: ViewPlane | null = null;
  for (const maxRatio of maxRatios) {
    const selection = { ...selectDefaults, maxRatio };
    const candidates = dropAmbiguous(nearest, a, b, selection);
    const matches = selectMatches(candidates, new Float32Array(candidates.count), a, b, { ...selection, calibration });
    const points = placesOf(matches.index1, matches.index2, { features: view1 }, { features: view2 });
    const plane = estimateHomography(points, { maxErrorPx: maxErrorPx('homography', size2), size1, size2, seed });
    if (plane === null) continue;
    const evidence = homographyEvidence(points, plane, { size1, size2 });
    if (evidence.logFalseAlarms > (best?.logFalseAlarms ?? maxLogFalseAlarms)) continue;
    const { image2FromImage1, inliers } = plane;
    const probability = Float32Array.from(inliers, (m) => matches.probability[m]);
    best = { ...evidence, image2FromImage1, points: pointsAt(points, inliers), probability };
  }
  return best;
}
