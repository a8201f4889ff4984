import { invert3, type Matrix3, multiply3 } from '../../math/matrix3.ts';
import { type CarriedKeypoint, carryKeypoint, type PlacedKeypoints } from '../carry-keypoint.ts';

const mostOctaves = 0.5;
const mostTurn = Math.PI / 6;

/** How far apart two keypoints of this size may lie to show one place, px. */
function tolerance(size: number): number {
  return Math.min(0.8 * size, Math.max(2.5, 0.1 * size));
}

/**
 * Pairs the keypoints of two pictures of one plane that show the same place: where the homography takes one, the other lies
 * within 0.8 of its size (2.5 px, or a tenth of the size of large ones), in either picture; sizes agree within half an octave and
 * angles within 30° after the change of scale and direction there. One to one: each is the other's nearest.
 * @param bFromA homography, w > 0 where the keypoints lie
 * @returns of each keypoint of a its partner in b, or −1
 */
export function matchViews(a: PlacedKeypoints, b: PlacedKeypoints, bFromA: Matrix3): Int32Array {
  const partnerOf = new Int32Array(a.count).fill(-1);
  const costOf = new Float64Array(a.count).fill(Infinity);
  const nearestOf = new Int32Array(b.count).fill(-1);
  const nearestCost = new Float64Array(b.count).fill(Infinity);
  for (let i = 0; i < a.count; i++) {
    const seen = carryKeypoint(bFromA, a, i);
    if (seen === null) continue;
    for (let j = 0; j < b.count; j++) {
      const cost = disagreement(seen, a.size[i], b, j);
      if (cost < costOf[i]) [costOf[i], partnerOf[i]] = [cost, j];
      if (cost < nearestCost[j]) [nearestCost[j], nearestOf[j]] = [cost, i];
    }
  }
  return partnerOf.map((j, i) => (j >= 0 && nearestOf[j] === i ? j : -1));
}

/**
 * Takes back partners that agree with the keypoint of the first view but not with each other, as two of them may be twice as
 * far apart as each is from the first: the earlier view keeps its own.
 * @param views keypoints of each view
 * @param fromFirst of each view the homography from the first; the first's is the identity
 * @param partners of each view but the first: of each keypoint of the first its partner there, or −1
 * @returns the partners that remain, and of each view but the first the keypoints that lost their place
 */
export function keepAgreeing(
  views: readonly PlacedKeypoints[],
  fromFirst: readonly Matrix3[],
  partners: readonly Int32Array[],
): { partners: Int32Array[]; lost: number[][] } {
  const kept = partners.map((partnerOf) => partnerOf.slice());
  const lost: number[][] = partners.map(() => []);
  const toFirst = fromFirst.map((h) => invert3(h)!);
  for (let later = 1; later < kept.length; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      const laterFromEarlier = multiply3(fromFirst[later + 1], toFirst[earlier + 1]);
      kept[later].forEach((partner, i) => {
        const other = kept[earlier][i];
        if (partner < 0 || other < 0) return;
        const seen = carryKeypoint(laterFromEarlier, views[earlier + 1], other);
        if (seen !== null && disagreement(seen, views[earlier + 1].size[other], views[later + 1], partner) < Infinity)
          return;
        kept[later][i] = -1;
        lost[later].push(partner);
      });
    }
  }
  return { partners: kept, lost };
}

/** 0 for the same keypoint, infinite where some bound is exceeded. */
function disagreement(seen: CarriedKeypoint, sizeInA: number, b: PlacedKeypoints, j: number): number {
  const [dx, dy] = [b.x[j] - seen.x, b.y[j] - seen.y];
  const apart = Math.hypot(dx, dy) / tolerance(seen.size);
  if (!(apart <= 1)) return Infinity;
  const [m00, m01, m10, m11] = seen.jacobian;
  const backX = (m11 * dx - m01 * dy) / seen.determinant;
  const backY = (m00 * dy - m10 * dx) / seen.determinant;
  const apartInA = Math.hypot(backX, backY) / tolerance(sizeInA);
  const octaves = Math.abs(Math.log2(b.size[j] / seen.size)) / mostOctaves;
  const turn = Math.abs(Math.atan2(Math.sin(b.angle[j] - seen.angle), Math.cos(b.angle[j] - seen.angle))) / mostTurn;
  if (apartInA > 1 || octaves > 1 || turn > 1) return Infinity;
  return apart ** 2 + apartInA ** 2 + octaves ** 2 + turn ** 2;
}
