/** @typedef {readonly [x: number, y: number, size: number, degrees: number]} Place */

/**
 * Share of keypoints that have one of the others within ¼ pixel, 10 % in size and so many degrees in angle.
 * @param {readonly Place[]} keypoints
 * @param {readonly Place[]} others
 */
export function agreement(keypoints, others, degreesApart = 5) {
  const columns = new Map();
  for (const other of others) {
    const column = Math.floor(other[0]);
    if (!columns.has(column)) columns.set(column, []);
    columns.get(column).push(other);
  }
  const same = keypoints.filter(([x, y, size, degrees]) =>
    [-1, 0, 1].some((step) =>
      columns
        .get(Math.floor(x) + step)
        ?.some(
          (other) =>
            Math.hypot(other[0] - x, other[1] - y) <= 0.25 &&
            Math.abs(Math.log(other[2] / size)) <= Math.log(1.1) &&
            Math.abs(((((other[3] - degrees) % 360) + 540) % 360) - 180) <= degreesApart,
        ),
    ),
  );
  return same.length / keypoints.length;
}

/**
 * Places of OpenCV's SIFT keypoints in our pixels. OpenCV doubles the picture about pixel centres, but halves the places
 * found in it about the centre of the first pixel: they lie ¼ pixel too far right and down.
 * @param {readonly (readonly number[])[]} keypoints rows of x, y, size, angle in degrees, as OpenCV gives them
 * @returns {Place[]}
 */
export function placesFromOpenCv(keypoints) {
  return keypoints.map(([x, y, size, degrees]) => [x - 0.25, y - 0.25, size, degrees]);
}

/** @returns {Place[]} */
export function placesFromKeypoints({ count, x, y, size, angle }) {
  return Array.from({ length: count }, (_, i) => [x[i], y[i], size[i], (angle[i] * 180) / Math.PI]);
}
