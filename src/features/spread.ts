import type { Keypoints } from './keypoints.ts';

/** The keypoints at `order`, in that order; `location` is renumbered in order of appearance. */
export function takeKeypoints(keypoints: Keypoints, order: ArrayLike<number>): Keypoints {
  const count = order.length;
  const locations = new Map<number, number>();
  const location = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const old = keypoints.location[order[i]];
    if (!locations.has(old)) locations.set(old, locations.size);
    location[i] = locations.get(old)!;
  }
  const pick = <T extends Float32Array | Int16Array>(from: T, to: T): T => {
    for (let i = 0; i < count; i++) to[i] = from[order[i]];
    return to;
  };
  return {
    count,
    x: pick(keypoints.x, new Float32Array(count)),
    y: pick(keypoints.y, new Float32Array(count)),
    size: pick(keypoints.size, new Float32Array(count)),
    angle: pick(keypoints.angle, new Float32Array(count)),
    response: pick(keypoints.response, new Float32Array(count)),
    octave: pick(keypoints.octave, new Int16Array(count)),
    location,
  };
}

/**
 * At most `target` keypoints, spread over the picture (see `spreadIndices`), strongest first.
 * @param width size of the picture the keypoints lie in, px
 */
export function spreadOverPicture(keypoints: Keypoints, width: number, height: number, target: number): Keypoints {
  const strongest = Math.round(strongestShare * target);
  return takeKeypoints(keypoints, spreadIndices(keypoints, width, height, target, strongest));
}

/**
 * Indices of at most `target` keypoints, spread over the picture so that one textured wall does not take them all: the
 * picture is divided into cells of equal size, and the cells take turns in giving their strongest keypoint that is left.
 * Strongest first. Deterministic: ties are broken by position.
 * @param strongest so many are taken wherever they are, before the cells take turns
 */
export function spreadIndices(
  keypoints: Keypoints,
  width: number,
  height: number,
  target: number,
  strongest = 0,
): number[] {
  const strongestFirst = orderByResponse(keypoints);
  if (keypoints.count <= target) return strongestFirst;
  const cellSide = Math.sqrt((width * height * keypointsPerCell) / target);
  const columns = Math.max(1, Math.ceil(width / cellSide));
  const rows = Math.max(1, Math.ceil(height / cellSide));
  const rankInCell = new Uint32Array(keypoints.count);
  const taken = new Uint32Array(columns * rows);
  for (const i of strongestFirst) {
    const column = Math.min(columns - 1, Math.max(0, Math.floor(keypoints.x[i] / cellSide)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor(keypoints.y[i] / cellSide)));
    rankInCell[i] = taken[row * columns + column]++;
  }
  for (const i of strongestFirst.slice(0, strongest)) rankInCell[i] = 0;
  const place = new Uint32Array(keypoints.count);
  strongestFirst.forEach((i, n) => (place[i] = n));
  return strongestFirst
    .toSorted((a, b) => rankInCell[a] - rankInCell[b] || place[a] - place[b])
    .slice(0, target)
    .sort((a, b) => place[a] - place[b]);
}

/**
 * Two thirds go to the strongest wherever they are: spread evenly, half of a hand-held photo's keypoints would lie on the
 * ground at the photographer's feet, which moves against everything else when the camera does.
 */
const strongestShare = 2 / 3;

/** Cells are large enough to choose from, small enough that a wall is many cells. */
const keypointsPerCell = 8;

function orderByResponse({ count, response, x, y }: Keypoints): number[] {
  return Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => response[b] - response[a] || y[a] - y[b] || x[a] - x[b] || a - b,
  );
}
