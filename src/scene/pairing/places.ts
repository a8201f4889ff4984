import type { Shot } from '../../image/shot.ts';
import type { PairCollector } from './pair-list.ts';

/**
 * Places on the ground in metres from the earth's centre: x, y, z of each photo; NaN where nothing trustworthy is
 * known.
 */
export interface Places {
  readonly count: number;
  readonly metres: Float64Array;
  /** Radius of doubt, metres. */
  readonly error: Float64Array;
}

/** Mean radius of the earth, m. As a sphere it makes distances wrong by 0.6 % at most. */
const earthRadius = 6_371_009;

/** Receivers that tell less precision than this found themselves by mobile masts. */
const maxError = 100;

/** What a receiver that tells no precision is taken to have. */
const usualError = 30;

/**
 * One position in more photos than this is that of a tripod, of the last fix or of a name typed in later: it does not
 * tell neighbours apart.
 */
const maxShared = 8;

/**
 * Trustworthy positions: those that EXIF does not call wrong by more than 100 m and that no more than 8 photos of the
 * set share to the last digit. Altitudes are left out: cameras measure them from different zeros.
 */
export function placesOf(shots: readonly (Shot | null)[]): Places {
  const metres = new Float64Array(3 * shots.length).fill(NaN);
  const error = new Float64Array(shots.length).fill(NaN);
  const shared = new Map<string, number>();
  const key = (shot: Shot | null): string => `${shot?.position?.latitude} ${shot?.position?.longitude}`;
  for (const shot of shots) shared.set(key(shot), (shared.get(key(shot)) ?? 0) + 1);
  shots.forEach((shot, i) => {
    const position = shot?.position ?? null;
    if (position === null || (position.error ?? 0) > maxError || shared.get(key(shot))! > maxShared) return;
    const latitude = (position.latitude * Math.PI) / 180;
    const longitude = (position.longitude * Math.PI) / 180;
    const fromAxis = earthRadius * Math.cos(latitude);
    metres.set(
      [fromAxis * Math.cos(longitude), fromAxis * Math.sin(longitude), earthRadius * Math.sin(latitude)],
      3 * i,
    );
    error[i] = position.error ?? usualError;
  });
  return { count: shots.length, metres, error };
}

/** Pairs each photo with the `count` photos taken nearest to it within `maxMetres`. */
export function addNear(
  pairs: PairCollector,
  places: Places,
  { count, maxMetres }: { readonly count: number; readonly maxMetres: number },
): void {
  const nearest = new Uint32Array(count);
  const squares = new Float64Array(count);
  for (let i = 0; i < places.count; i++) {
    squares.fill(maxMetres * maxMetres);
    let found = 0;
    for (let j = 0; j < places.count; j++) {
      const square = squaredDistance(places.metres, i, j);
      // False for NaN as well.
      if (!(square < squares[count - 1]) || j === i) continue;
      let at = Math.min(found, count - 1);
      for (; at > 0 && squares[at - 1] > square; at--) {
        squares[at] = squares[at - 1];
        nearest[at] = nearest[at - 1];
      }
      squares[at] = square;
      nearest[at] = j;
      found = Math.min(count, found + 1);
    }
    for (const j of nearest.subarray(0, found)) pairs.add(i, j, 'near');
  }
}

/** Whether both positions are trustworthy and more than `metres` apart, their errors taken off. */
export function areFarApart({ metres, error }: Places, a: number, b: number, distance: number): boolean {
  const reach = distance + error[a] + error[b];
  return squaredDistance(metres, a, b) > reach * reach;
}

/** Through the earth rather than along the ground: at 100 km the same to a metre. */
function squaredDistance(metres: Float64Array, i: number, j: number): number {
  const x = metres[3 * i] - metres[3 * j];
  const y = metres[3 * i + 1] - metres[3 * j + 1];
  const z = metres[3 * i + 2] - metres[3 * j + 2];
  return x * x + y * y + z * z;
}
