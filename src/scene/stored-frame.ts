import { type StoredPixels, uprightPixel } from '../image/orientation.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { determinant3, invert3, multiply3, transpose3 } from '../math/matrix3.ts';
import type { SfmGeometry } from './sfm-set.ts';

/**
 * SfM programs see a photo's pixels as its file stores them; Tessera matches upright photos. The map between the two is a quarter turn or a
 * mirroring.
 */
export interface StoredFrame {
  /** Px of the file from px of the upright photo. */
  readonly storedFromUpright: Matrix3;
  /** Directions alone: +x right, +y down, +z into the picture. */
  readonly turn: Matrix3;
}

export function storedFrame(stored: StoredPixels): StoredFrame {
  const [ox, oy] = uprightPixel(stored, 0, 0);
  const [ax, ay] = uprightPixel(stored, 1, 0);
  const [bx, by] = uprightPixel(stored, 0, 1);
  const uprightFromStored: Matrix3 = [ax - ox, bx - ox, ox, ay - oy, by - oy, oy, 0, 0, 1];
  const storedFromUpright = invert3(uprightFromStored)!;
  const [a, b, , c, d] = storedFromUpright;
  return { storedFromUpright, turn: [a, b, 0, c, d, 0, 0, 0, 1] };
}

/** Angle of a direction in the file, of one in the upright photo, radians clockwise as seen. */
export function storedAngle({ turn: [a, b, , c, d] }: StoredFrame, angle: number): number {
  const [x, y] = [Math.cos(angle), Math.sin(angle)];
  const turned = Math.atan2(c * x + d * y, a * x + b * y);
  return turned < 0 ? turned + 2 * Math.PI : turned;
}

/** The geometry of two photos in px of their files. What a mirrored photo shows is no motion: its pose is left out. */
export function storedGeometry(geometry: SfmGeometry, frame1: StoredFrame, frame2: StoredFrame): SfmGeometry {
  const back1 = invert3(frame1.storedFromUpright)!;
  const back2 = invert3(frame2.storedFromUpright)!;
  if ('homography' in geometry) {
    return { ...geometry, homography: multiply3(frame2.storedFromUpright, multiply3(geometry.homography, back1)) };
  }
  const fundamental = multiply3(transpose3(back2), multiply3(geometry.fundamental, back1));
  if (geometry.kind === 'uncalibrated') return { kind: 'uncalibrated', fundamental };
  if (determinant3(frame1.turn) < 0 || determinant3(frame2.turn) < 0) return { kind: 'uncalibrated', fundamental };
  const between = (m: Matrix3): Matrix3 => multiply3(frame2.turn, multiply3(m, transpose3(frame1.turn)));
  const { t } = geometry;
  const [a, b, , c, d] = frame2.turn;
  return {
    kind: 'calibrated',
    fundamental,
    essential: between(geometry.essential),
    R: between(geometry.R),
    t: [a * t[0] + b * t[1], c * t[0] + d * t[1], t[2]],
  };
}
