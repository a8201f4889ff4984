import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/math/random.ts';
import { createPlaceSolver, type PlaceLinks } from '../../../src/scene/settle-places.ts';

const tracks = 200;
const size = 8;

interface Scene {
  /** How many photos see each track; its places follow one another. */
  readonly seenIn: readonly number[];
  /** Photo from scene at each place, four elements. */
  readonly affinity: readonly number[][];
  /** How far off each keypoint is, px of its photo. */
  readonly noise: readonly number[][];
  readonly links: PlaceLinks;
}

const times = ([a, b, c, d]: number[], [x, y]: number[]): number[] => [a * x + b * y, c * x + d * y];
const product = ([a, b, c, d]: number[], [e, f, g, h]: number[]): number[] => [
  a * e + b * g,
  a * f + b * h,
  c * e + d * g,
  c * f + d * h,
];
function inverse([a, b, c, d]: number[]): number[] {
  const determinant = a * d - b * c;
  return [d / determinant, -b / determinant, -c / determinant, a / determinant];
}

/** Tracks of 3 to 8 places, linked each with each but for a third; detectors are off by `detector` px, alignments by `alignment` px. */
function sceneWith({ detector = 0.7, alignment = 0, wrong = 0 }): Scene {
  const random = createRandom(7);
  const seenIn = Array.from({ length: tracks }, () => 3 + random.integer(6));
  const places = seenIn.reduce((sum, n) => sum + n, 0);
  const affinity = Array.from({ length: places }, () => {
    const [scale, angle] = [0.7 + 0.7 * random.next(), 6.3 * random.next()];
    const turn = [Math.cos(angle), -Math.sin(angle), Math.sin(angle), Math.cos(angle)].map((v) => scale * v);
    return product(turn, [1, 0.3 * random.next(), 0, 1]);
  });
  const noise = Array.from({ length: places }, () => [detector * random.normal(), detector * random.normal()]);
  const rows: { i: number; j: number; affinity: number[]; offset: number[] }[] = [];
  let first = 0;
  for (const n of seenIn) {
    for (let i = first; i < first + n; i++) {
      for (let j = i + 1; j < first + n; j++) {
        // Neighbours are always linked, so that a track hangs together.
        if (j > i + 1 && random.next() < 1 / 3) continue;
        const between = product(affinity[j], inverse(affinity[i]));
        const seen = times(between, noise[i]);
        const isWrong = random.next() < wrong;
        const offset = isWrong
          ? [10 * random.next() - 5, 10 * random.next() - 5]
          : [seen[0] - noise[j][0] + alignment * random.normal(), seen[1] - noise[j][1] + alignment * random.normal()];
        rows.push({ i, j, affinity: between, offset });
      }
    }
    first += n;
  }
  const links = {
    from: Uint32Array.from(rows, ({ i }) => i),
    to: Uint32Array.from(rows, ({ j }) => j),
    affinity: Float32Array.from(rows.flatMap((row) => row.affinity)),
    offset: Float32Array.from(rows.flatMap(({ offset }) => offset)),
    size: new Float32Array(rows.length).fill(size),
  };
  return { seenIn, affinity, noise, links };
}

/** As the pipeline does it: at most 25 sweeps, fewer where nothing moves any more. */
function settle(places: number, links: PlaceLinks): { shifts: Float32Array; sweeps: number } {
  const solver = createPlaceSolver(places);
  for (let sweeps = 1; sweeps <= 25; sweeps++) {
    solver.add(links);
    if (solver.endSweep() < 0.003) return { shifts: solver.shifts, sweeps };
  }
  return { shifts: solver.shifts, sweeps: 26 };
}

/** Where the places of each track say that their point is, in px of the scene: root mean square from their mean. */
function spread({ seenIn, affinity, noise }: Scene, shifts: ArrayLike<number>): number {
  let sum = 0;
  let first = 0;
  for (const n of seenIn) {
    const seen = Array.from({ length: n }, (_, k) => {
      const p = first + k;
      return times(inverse(affinity[p]), [noise[p][0] + shifts[2 * p], noise[p][1] + shifts[2 * p + 1]]);
    });
    const mean = [0, 1].map((axis) => seen.reduce((total, point) => total + point[axis], 0) / n);
    for (const [x, y] of seen) sum += (x - mean[0]) ** 2 + (y - mean[1]) ** 2;
    first += n;
  }
  return Math.sqrt(sum / noise.length);
}

const settled = (scene: Scene): number => spread(scene, settle(scene.noise.length, scene.links).shifts);
const before = (scene: Scene): number => spread(scene, new Float32Array(2 * scene.noise.length));

describe('places of tracks', () => {
  it('nominal: exact links bring all places of a track to one point', () => {
    const scene = sceneWith({});
    expect(before(scene)).toBeGreaterThan(0.6);
    expect(settled(scene) / before(scene)).toBeLessThan(0.03);
  });

  it('the mean of a track stays where the detector found it', () => {
    const scene = sceneWith({});
    const { shifts } = settle(scene.noise.length, scene.links);
    const meanOf = (values: ArrayLike<number>): number => {
      let [sum, first] = [0, 0];
      for (const n of scene.seenIn) {
        const total = [0, 0];
        for (let p = first; p < first + n; p++) {
          const seen = times(inverse(scene.affinity[p]), [values[2 * p], values[2 * p + 1]]);
          total[0] += seen[0] / n;
          total[1] += seen[1] / n;
        }
        sum += Math.hypot(...total) / tracks;
        first += n;
      }
      return sum;
    };
    // That the mean error of a track's keypoints remains, nobody can help; but nothing may come on top.
    expect(meanOf(shifts)).toBeLessThan(0.5 * meanOf(scene.noise.flat()));
  });

  it('noise: better than any single link', () => {
    const scene = sceneWith({ alignment: 0.1 });
    expect(settled(scene)).toBeLessThan(0.1);
  });

  it('robust: a tenth of the links wrong by pixels', () => {
    const scene = sceneWith({ alignment: 0.05, wrong: 0.1 });
    const { shifts } = settle(scene.noise.length, scene.links);
    expect(spread(scene, shifts) / before(scene)).toBeLessThan(0.35);
  });

  it('settles within the sweeps that are allowed', () => {
    for (const options of [{}, { alignment: 0.1 }]) {
      const { links, noise } = sceneWith(options);
      expect(settle(noise.length, links).sweeps).toBeLessThanOrEqual(25);
    }
  });

  it('stable: the order of links and far-off indices change nothing', () => {
    const scene = sceneWith({ alignment: 0.1 });
    const { from, to, affinity, offset, size: sizes } = scene.links;
    const order = [...from.keys()].reverse();
    const rows = (values: Float32Array, width: number): Float32Array =>
      Float32Array.from(order.flatMap((m) => [...values.subarray(width * m, width * (m + 1))]));
    const away = 1_000_000;
    const { shifts } = settle(away + scene.noise.length, {
      from: Uint32Array.from(order, (m) => from[m] + away),
      to: Uint32Array.from(order, (m) => to[m] + away),
      affinity: rows(affinity, 4),
      offset: rows(offset, 2),
      size: sizes,
    });
    const known = settle(scene.noise.length, scene.links).shifts;
    expect(shifts.subarray(0, 2 * away).every((value) => value === 0)).toBe(true);
    const apart = known.map((value, k) => Math.abs(value - shifts[2 * away + k]));
    expect(Math.max(...apart)).toBeLessThan(1e-4);
  });

  it('degenerate: places without links stay, and no links end at once', () => {
    const solver = createPlaceSolver(3);
    expect(solver.endSweep()).toBe(0);
    expect([...solver.shifts]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('degenerate: an affinity that is zero moves nothing to nowhere', () => {
    const { shifts } = settle(2, {
      from: Uint32Array.of(0),
      to: Uint32Array.of(1),
      affinity: Float32Array.of(0, 0, 0, 0),
      offset: Float32Array.of(0.5, 0),
      size: Float32Array.of(size),
    });
    expect([...shifts].every(Number.isFinite)).toBe(true);
    expect(shifts[0]).toBe(0);
  });
});
