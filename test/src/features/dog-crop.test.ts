import { describe, expect, it } from 'vitest';
import { createShowing } from '../../../src/features/dog/crop.ts';
import { type Band, bandsOf } from '../../../src/features/dog/scale-space.ts';
import { createRandom } from '../../../src/math/random.ts';
import { renderPicture } from './analytic-picture.ts';

const levelCount = 6;

/** Pixels of all levels within `reach` of a place, as far as the octave goes. */
function around(band: Band, x: number, y: number, reach: number): number[] {
  const { values, origin, levelLength, rowLength, width, height } = band;
  const found: number[] = [];
  for (let level = 0; level < levelCount; level++) {
    for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
      for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
        found.push(values[origin + level * levelLength + v * rowLength + u]);
      }
    }
  }
  return found;
}

interface Place {
  readonly spacing: number;
  readonly x: number;
  readonly y: number;
  /** What its own band shows. */
  readonly seen: number[];
}

describe('createShowing', () => {
  const random = createRandom(5);
  const picture = renderPicture(() => 255 * random.next(), 230, 410);
  const reach = 7;

  /** Places all over each octave, its borders and corners included. */
  function placesOfBands(): Place[] {
    const places: Place[] = [];
    for (const band of bandsOf(picture, 10)) {
      const { width, spacing, first, end } = band;
      const pick = (from: number, to: number): number => from + random.integer(to - from);
      const some = Array.from({ length: 25 }, () => [pick(0, width), pick(first, end)]);
      const corners = [0, width - 1].flatMap((x) => [first, end - 1].map((y) => [x, y]));
      const same = first <= 200 && 200 < end && width > 30 ? [[30, 200]] : [];
      for (const [x, y] of [...some, ...corners, ...same])
        places.push({ spacing, x, y, seen: around(band, x, y, reach) });
    }
    return places;
  }

  it('shows any place of the octave from any of its bands, to the last bit', () => {
    const places = placesOfBands();
    const showing = createShowing();
    let beyond = 0;
    for (const band of bandsOf(picture, 10)) {
      const ofOctave = places.filter(({ spacing }) => spacing === band.spacing);
      // One octave's last is the next one's first.
      const same = ofOctave.find(({ x, y }) => x === 30 && y === 200);
      const asked = same === undefined ? ofOctave : [same, ...ofOctave, same];
      for (const { x, y, seen } of asked) {
        const shown = showing(band, x, y, reach);
        if (shown !== band) beyond++;
        expect(around(shown, x, y, reach), `${x}, ${y} from rows ${band.first} to ${band.end}`).toEqual(seen);
      }
    }
    expect(beyond).toBeGreaterThan(500);
  });

  it('shows what is near a band by the band itself', () => {
    const showing = createShowing();
    for (const band of bandsOf(picture, 10)) {
      for (const y of [band.first - 8, band.first, band.end - 1, band.end + 7]) {
        if (y >= 0 && y < band.height) expect(showing(band, 3, y, 20)).toBe(band);
      }
    }
  });
});
