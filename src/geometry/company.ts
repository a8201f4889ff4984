/** Matches around one that are looked at. */
const mostNeighbours = 10;
/** Matches nearer than this are of one place, and say the same thing twice, px. */
const samePlacePx = 2;

/**
 * The matches that are not alone: of the ten matches nearest to one in photo 1 at least one is among the ten nearest to it in photo 2. What moves
 * together stays together, however it is turned, stretched or bent, whereas wrong matches lead anywhere (locality preserving matching: Ma et al., IJCV 2019).
 * Where there are hardly more matches than that, none is alone.
 * @param points x1, y1, x2, y2 a match, px
 * @returns indices, ascending
 */
export function inCompany(points: Float64Array): number[] {
  const [near1, near2] = [nearest(points, 0), nearest(points, 2)];
  const isInCompany = (m: number): boolean => {
    const others = new Set(near2.subarray(m * mostNeighbours, (m + 1) * mostNeighbours));
    for (let k = m * mostNeighbours; k < (m + 1) * mostNeighbours; k++)
      if (near1[k] >= 0 && others.has(near1[k])) return true;
    return false;
  };
  return [...Array(points.length / 4).keys()].filter(isInCompany);
}

/** `mostNeighbours` a match, nearest first; −1 where there are fewer. */
function nearest(points: Float64Array, offset: 0 | 2): Int32Array {
  const count = points.length / 4;
  const x = Float64Array.from({ length: count }, (_, m) => points[4 * m + offset]);
  const y = Float64Array.from({ length: count }, (_, m) => points[4 * m + offset + 1]);
  const byX = [...x.keys()].sort((a, b) => x[a] - x[b] || a - b);
  const found = new Int32Array(count * mostNeighbours).fill(-1);
  const distance = new Float64Array(count * mostNeighbours).fill(Infinity);
  byX.forEach((m, place) => {
    const first = m * mostNeighbours;
    const last = first + mostNeighbours - 1;
    /** False where no match further on can be nearer. */
    const visit = (other: number): boolean => {
      const dx = x[other] - x[m];
      if (!(dx * dx < distance[last])) return false;
      const squared = dx * dx + (y[other] - y[m]) ** 2;
      if (squared < samePlacePx * samePlacePx || !(squared < distance[last])) return true;
      let at = last;
      for (; at > first && distance[at - 1] > squared; at--) {
        distance[at] = distance[at - 1];
        found[at] = found[at - 1];
      }
      distance[at] = squared;
      found[at] = other;
      return true;
    };
    for (let p = place + 1; p < count && visit(byX[p]); p++);
    for (let p = place - 1; p >= 0 && visit(byX[p]); p--);
  });
  return found;
}
