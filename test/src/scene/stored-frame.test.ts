import { describe, expect, it } from 'vitest';
import { type StoredPixels, uprightPixel } from '../../../src/image/orientation.ts';
import { determinant3, type Matrix3, multiply3, transformPoint, transpose3 } from '../../../src/math/matrix3.ts';
import { storedAngle, storedFrame, storedGeometry } from '../../../src/scene/stored-frame.ts';

/** Sizes of two photos as their files store them, and a scene that both see. */
const sizes = [
  { width: 640, height: 480 },
  { width: 500, height: 700 },
];
const orientations = [1, 2, 3, 4, 5, 6, 7, 8];
const mirrored = new Set([2, 4, 5, 7]);
const frameOf = (orientation: number, photo: number): ReturnType<typeof storedFrame> =>
  storedFrame({ ...sizes[photo], orientation });

/** A photo's size upright. */
const upright = ({ width, height, orientation }: StoredPixels): number[] =>
  orientation >= 5 ? [height, width] : [width, height];

const c = Math.cos(0.2);
const s = Math.sin(0.2);
const R: Matrix3 = [c, 0, s, 0, 1, 0, -s, 0, c];
const t = [0.6, 0, -0.8] as const;
const cross: Matrix3 = [0, -t[2], t[1], t[2], 0, -t[0], -t[1], t[0], 0];
const E = multiply3(cross, R);
const points = [
  [0.3, -0.2, 4],
  [-1, 0.7, 6],
  [0.8, 0.9, 5],
  [-0.4, -0.6, 3],
];
const seenBy2 = ([x, y, z]: number[]): number[] =>
  [0, 3, 6].map((row, i) => R[row] * x + R[row + 1] * y + R[row + 2] * z + t[i]);

/** x2ᵀ M x1, over what it would be if nothing fitted. */
function misfit(m: Matrix3, [x1, y1]: number[], [x2, y2]: number[]): number {
  const line = [0, 3, 6].map((row) => m[row] * x1 + m[row + 1] * y1 + m[row + 2]);
  return Math.abs(x2 * line[0] + y2 * line[1] + line[2]) / Math.hypot(line[0], line[1]);
}

describe.each(orientations)('EXIF orientation %i', (orientation) => {
  const stored = { ...sizes[0], orientation };
  const frame = storedFrame(stored);

  it('takes upright pixels back to those of the file', () => {
    for (const [x, y] of [
      [0, 0],
      [639, 479],
      [17, 301],
      [12.25, 3.5],
    ]) {
      const back = transformPoint(frame.storedFromUpright, ...uprightPixel(stored, x, y));
      expect(back[0]).toBeCloseTo(x, 9);
      expect(back[1]).toBeCloseTo(y, 9);
    }
    const [width, height] = upright(stored);
    const corners = [
      [0, 0],
      [width - 1, 0],
      [0, height - 1],
      [width - 1, height - 1],
    ];
    const seen = corners.map(([x, y]) => transformPoint(frame.storedFromUpright, x, y).map(Math.round).join());
    expect(seen.toSorted()).toEqual(['0,0', '0,479', '639,0', '639,479']);
  });

  it('turns angles as it turns points', () => {
    for (const angle of [0, 0.7, 2, 4.5, 6.2]) {
      const [x0, y0] = transformPoint(frame.storedFromUpright, 100, 90);
      const [x1, y1] = transformPoint(frame.storedFromUpright, 100 + Math.cos(angle), 90 + Math.sin(angle));
      const turned = storedAngle(frame, angle);
      expect(Math.cos(turned)).toBeCloseTo(x1 - x0, 9);
      expect(Math.sin(turned)).toBeCloseTo(y1 - y0, 9);
      expect(turned).toBeGreaterThanOrEqual(0);
      expect(turned).toBeLessThanOrEqual(2 * Math.PI);
    }
  });

  it.each(orientations)('with one of orientation %i: every geometry fits the matches of the files', (other) => {
    const [frame1, frame2] = [frameOf(orientation, 0), frameOf(other, 1)];
    const [size1, size2] = [upright({ ...sizes[0], orientation }), upright({ ...sizes[1], orientation: other })];
    const inFile = (frame: typeof frame1, [x, y]: number[]): [number, number] =>
      transformPoint(frame.storedFromUpright, x, y);
    const project = ([x, y, z]: number[], [width, height]: number[]): number[] => [
      (500 * x) / z + (width - 1) / 2,
      (500 * y) / z + (height - 1) / 2,
    ];
    const inverse = ([width, height]: number[]): Matrix3 => [
      1 / 500,
      0,
      -(width - 1) / 1000,
      0,
      1 / 500,
      -(height - 1) / 1000,
      0,
      0,
      1,
    ];
    const F = multiply3(transpose3(inverse(size2)), multiply3(E, inverse(size1)));
    const matches = points.map((point) => [project(point, size1), project(seenBy2(point), size2)]);
    const geometry = { kind: 'calibrated', fundamental: F, essential: E, R, t } as const;
    for (const [x1, x2] of matches) expect(misfit(F, x1, x2)).toBeLessThan(1e-9);

    const found = storedGeometry(geometry, frame1, frame2);
    if (!('fundamental' in found)) throw new Error('expected a fundamental matrix');
    for (const [x1, x2] of matches) {
      expect(misfit(found.fundamental, inFile(frame1, x1), inFile(frame2, x2))).toBeLessThan(1e-9);
    }
    const H: Matrix3 = [0.9, 0.1, 20, -0.2, 1.1, 5, 1e-4, -2e-4, 1];
    const flat = storedGeometry({ kind: 'planar', homography: H }, frame1, frame2);
    if (!('homography' in flat)) throw new Error('expected a homography');
    expect(flat.kind).toBe('planar');
    const mapped = transformPoint(flat.homography, ...inFile(frame1, [200, 150]));
    const expected = inFile(frame2, transformPoint(H, 200, 150));
    mapped.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 8));

    if (mirrored.has(orientation) || mirrored.has(other)) {
      expect(found.kind).toBe('uncalibrated');
      return;
    }
    if (found.kind !== 'calibrated') throw new Error('expected a pose');
    // The principal point is the middle: directions come from the file's pixels as from the upright ones.
    const direction = ([x, y]: number[], { width, height }: { width: number; height: number }): number[] => [
      (x - (width - 1) / 2) / 500,
      (y - (height - 1) / 2) / 500,
    ];
    expect(determinant3(found.R)).toBeCloseTo(1, 12);
    points.forEach((point, i) => {
      const [x1, x2] = [inFile(frame1, matches[i][0]), inFile(frame2, matches[i][1])];
      const [d1, d2] = [direction(x1, sizes[0]), direction(x2, sizes[1])];
      expect(misfit(found.essential, d1, d2)).toBeLessThan(1e-9);
      // The point itself, in the frames of the files, moves by R and t.
      const z = point[2];
      const moved = [0, 3, 6].map(
        (row, k) => z * (found.R[row] * d1[0] + found.R[row + 1] * d1[1] + found.R[row + 2]) + found.t[k],
      );
      expect(moved[0] / moved[2]).toBeCloseTo(d2[0], 9);
      expect(moved[1] / moved[2]).toBeCloseTo(d2[1], 9);
    });
  });
});
