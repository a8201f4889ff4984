import { expect, test } from 'vitest';
import type { Shot } from '../../../src/image/shot.ts';
import type { Neighbours } from '../../../src/matching/shortlist.ts';
import {
  choosePairs,
  pairingDefaults,
  planPairing,
  type PairablePhoto,
  type PairingOptions,
} from '../../../src/scene/choose-pairs.ts';
import { reasonsOf } from '../../../src/scene/pairing/pair-list.ts';

const photo = (name: string, shot: Shot | null = null): PairablePhoto => ({ name, shot });
const photos = (count: number, name: (i: number) => string, shot: (i: number) => Shot | null = () => null) =>
  Array.from({ length: count }, (_, i) => photo(name(i), shot(i)));

/** A place so many metres north and east of a corner in the fields. */
function at(north: number, east: number, error: number | null = null): Shot {
  const latitude = 50 + north / 111_195;
  const longitude = 10 + east / (111_195 * Math.cos((50 * Math.PI) / 180));
  return { time: null, position: { latitude, longitude, altitude: null, error } };
}

const taken = (clock: number, aheadOfUtc: number | null = null): Shot => ({
  time: { clock, aheadOfUtc },
  position: null,
});

function chosen(
  set: readonly PairablePhoto[],
  changes: Partial<PairingOptions>,
  neighbours: Neighbours | null = null,
): Record<string, string[]> {
  const options = { ...pairingDefaults, ...changes };
  const list = choosePairs(set, planPairing(set, options), neighbours, options);
  const entries = Array.from(
    { length: list.count },
    (_, i) => [`${list.a[i]}-${list.b[i]}`, reasonsOf(list, i)] as const,
  );
  expect(entries.map(([pair]) => pair)).toEqual([...new Set(entries.map(([pair]) => pair))]);
  expect([...list.a].every((a, i) => a < list.b[i])).toBe(true);
  return Object.fromEntries(entries);
}

/** Lists of neighbours given by hand, of equal length. */
function listed(rows: readonly number[][]): Neighbours {
  const depth = rows[0].length;
  return {
    depth,
    index: Uint32Array.from(rows.flat()),
    similarity: Float32Array.from(rows.flatMap((row) => row.map((_, rank) => 1 - rank / depth))),
  };
}

test('auto compares all pairs of a small set, neighbours in order of a video, and else what looks alike', () => {
  const mode = (set: readonly PairablePhoto[]): string => planPairing(set, pairingDefaults).mode;
  expect(mode(photos(100, (i) => `IMG_${i}.jpg`))).toBe('exhaustive');
  expect(mode(photos(101, (i) => `IMG_${i}.jpg`))).toBe('retrieval');
  // Not in order: the set's order is the caller's.
  expect(mode(photos(101, (i) => `frame_${(37 * i) % 101}.jpg`))).toBe('sequential');
  expect(
    mode(
      photos(
        101,
        (i) => `DSC_${i}.jpg`,
        (i) => taken(1.6e9 + i / 2),
      ),
    ),
  ).toBe('sequential');
  expect(
    planPairing(
      photos(30, (i) => `${i}.jpg`),
      { ...pairingDefaults, mode: 'retrieval' },
    ),
  ).toEqual({ mode: 'retrieval', depth: 29 });
  expect(planPairing([], pairingDefaults)).toEqual({ mode: 'exhaustive', depth: 0 });
});

test('exhaustive: each pair once, in order; nothing for none and one', () => {
  expect(
    Object.keys(
      chosen(
        photos(4, (i) => `${i}`),
        { mode: 'exhaustive' },
      ),
    ),
  ).toEqual(['0-1', '0-2', '0-3', '1-2', '1-3', '2-3']);
  expect(chosen([], {})).toEqual({});
  expect(chosen([photo('a')], {})).toEqual({});
});

test('sequential: a window in natural order, whatever the order of the set, then 2, 4, 8 … places on', () => {
  const set = ['frame 10.jpg', 'frame 2.jpg', 'frame 1.jpg', 'frame 9.jpg'].map((name) => photo(name));
  expect(Object.keys(chosen(set, { mode: 'sequential', window: 1, quadratic: false }))).toEqual(['0-3', '1-2', '1-3']);
  const long = chosen(
    photos(30, (i) => `${i}`),
    { mode: 'sequential', window: 3, quadratic: true },
  );
  const ofFirst = Object.keys(long).filter((pair) => pair.startsWith('0-'));
  expect(ofFirst).toEqual(['0-1', '0-2', '0-3', '0-4', '0-8']);
  expect(long['28-29']).toEqual(['sequence']);
});

test('sequential: every n-th photo is tied to the places it looks like, beyond the window', () => {
  const set = photos(20, (i) => `${i}`);
  // The last five revisit the first five; all look like those next to them even more.
  const rows = set.map((_, i) => [(i + 1) % 20, (i + 19) % 20, (i + 15) % 20]);
  const options = { mode: 'sequential', window: 2, quadratic: false, loopEvery: 5, loopNeighbours: 2 } as const;
  const pairs = chosen(set, options, listed(rows));
  const loops = Object.keys(pairs).filter((pair) => pairs[pair].includes('loop'));
  expect(loops).toEqual(
    ['0-15', '0-19', '0-5', '5-10', '10-15'].sort(
      (p, q) => parseInt(p) - parseInt(q) || parseInt(p.split('-')[1]) - parseInt(q.split('-')[1]),
    ),
  );
});

test('retrieval: as many pairs as asked for, by number or share', () => {
  const set = photos(40, (i) => `${i}`);
  const rows = set.map((_, i) => Array.from({ length: 39 }, (_, rank) => (i + rank + 1) % 40));
  expect(Object.keys(chosen(set, { mode: 'retrieval', neighbours: 6 }, listed(rows)))).toHaveLength(120);
  expect(Object.keys(chosen(set, { mode: 'retrieval', share: 0.25 }, listed(rows)))).toHaveLength(195);
  expect(Object.keys(chosen(set, { mode: 'retrieval', share: 1 }, listed(rows)))).toHaveLength(780);
  // Of a small set half, if nothing is asked for.
  expect(Object.keys(chosen(set, { mode: 'retrieval' }, listed(rows)))).toHaveLength(400);
});

test('photos near in space are added, the nearest of them first', () => {
  // A drone's grid, 20 m along and 40 m across the strips; names tell nothing.
  const set = photos(
    12,
    (i) => `${'x'.repeat(i + 1)}`,
    (i) => at(20 * (i % 4), 40 * Math.floor(i / 4)),
  );
  const pairs = chosen(set, { mode: 'retrieval', nearest: 2, nearMetres: 30 });
  expect(pairs['0-1']).toEqual(['near']);
  expect(pairs['0-4']).toBeUndefined();
  expect(chosen(set, { mode: 'retrieval', nearest: 2, nearMetres: 10 })).toEqual({});
  expect(chosen(set, { mode: 'retrieval', nearest: 11, nearMetres: 41 })['0-4']).toEqual(['near']);
  expect(Object.keys(chosen(set, { mode: 'retrieval', nearest: 50, nearMetres: 1000 }))).toHaveLength(66);
  expect(chosen(set, { mode: 'retrieval', nearest: 0 })).toEqual({});
});

test('photos kilometres apart are left out only where both positions can be trusted', () => {
  const far = (second: Shot | null): string[] =>
    Object.keys(chosen([photo('a', at(0, 0)), photo('b', second)], { mode: 'exhaustive' }));
  expect(far(at(6000, 0))).toEqual([]);
  expect(far(at(0, -6000))).toEqual([]);
  expect(far(at(4000, 0))).toEqual(['0-1']);
  expect(far(null)).toEqual(['0-1']);
  expect(far(at(6000, 0, 5000))).toEqual(['0-1']);
  // Half a metre beyond, but the receiver may be 90 m wrong.
  expect(far(at(5050, 0, 90))).toEqual(['0-1']);
  // One position typed into many photos.
  const set = photos(
    20,
    (i) => `${i}`,
    (i) => (i < 10 ? at(0, 0) : at(20_000 + 50 * i, 0)),
  );
  const pairs = chosen(set, { mode: 'exhaustive' });
  expect(pairs['0-15']).toEqual(['exhaustive']);
  expect(Object.keys(chosen(set.slice(5), { mode: 'exhaustive' }))).toHaveLength((5 * 4) / 2 + (10 * 9) / 2);
});

test('alike photos that are kilometres apart make room for others', () => {
  const set = photos(
    6,
    (i) => `${i}`,
    (i) => at(i < 3 ? i : 9000 + i, 0),
  );
  const rows = set.map((_, i) => [3, 4, 5, 0, 1, 2].map((j) => (i < 3 ? j : (j + 3) % 6)).filter((j) => j !== i));
  const pairs = chosen(set, { mode: 'retrieval', neighbours: 2, nearest: 0 }, listed(rows));
  expect(Object.keys(pairs)).toEqual(['0-1', '0-2', '1-2', '3-4', '3-5', '4-5']);
});

test('photos of one moment are neighbours, over cameras of different zones', () => {
  const set = [
    photo('a', taken(1.6e9 + 7200, 7200)),
    photo('b', taken(1.6e9 + 0.5, 0)),
    photo('c', taken(1.6e9 + 60, 0)),
    photo('d', taken(1.6e9 + 60, 0)),
    photo('e'),
  ];
  expect(chosen(set, { mode: 'retrieval' })).toEqual({ '0-1': ['moment'], '2-3': ['moment'] });
  // Where one does not tell its zone, clocks are compared as they are.
  expect(chosen([...set, photo('f', taken(1.6e9))], { mode: 'retrieval' })).toEqual({
    '1-5': ['moment'],
    '2-3': ['moment'],
  });
});

test('a pair chosen for several reasons stands once, with all of them', () => {
  const set = photos(
    3,
    (i) => `${i}`,
    (i) => ({ ...at(i, 0), ...{ time: taken(1.6e9 + 0.9 * i).time } }),
  );
  const pairs = chosen(set, { mode: 'sequential', window: 1, quadratic: false });
  expect(pairs['0-1']).toEqual(['sequence', 'near', 'moment']);
  expect(pairs['0-2']).toEqual(['near']);
});
