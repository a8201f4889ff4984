import type { Shot } from '../image/shot.ts';
import type { Neighbours } from '../matching/shortlist.ts';
import { addMoments, secondsOf } from './pairing/moments.ts';
import { createPairCollector, type PairList } from './pairing/pair-list.ts';
import { addNear, areFarApart, placesOf } from './pairing/places.ts';
import { addLoops, addSequence, orderByName } from './pairing/sequence.ts';
import { addSimilar, depthForSimilar } from './pairing/similar.ts';
import { looksLikeVideo } from './pairing/video.ts';

/** What choosing needs to know of a photo. */
export interface PairablePhoto {
  /** Path of the file within the photo folder, with `/` between folders. */
  readonly name: string;
  readonly shot: Shot | null;
}

export const pairingModes = ['auto', 'exhaustive', 'sequential', 'retrieval'] as const;

export type PairingMode = (typeof pairingModes)[number];

export interface PairingOptions {
  /**
   * `auto`: every pair of a small set; those near in order where the photos look like a video; else those that look
   * alike.
   */
  readonly mode: PairingMode;
  /** Photos of which `auto` compares every pair, at most. */
  readonly exhaustiveUpTo: number;
  /** Pairs a photo by retrieval, on average; null: 40, or half of the others where that is less. */
  readonly neighbours: number | null;
  /** In place of `neighbours`: share of all pairs, 0–1. */
  readonly share: number | null;
  /** Photos of a sequence that follow one and are compared with it. */
  readonly window: number;
  /** Whether also those 2, 4, 8 … places further on. */
  readonly quadratic: boolean;
  /** Every so many photos of a sequence an earlier or later visit to the place is looked for … */
  readonly loopEvery: number;
  /** … among so many photos that look most alike. 0: never. */
  readonly loopNeighbours: number;
  /** Photos taken nearest to each that are compared with it, if within `nearMetres`. 0: none. */
  readonly nearest: number;
  readonly nearMetres: number;
  /**
   * Photos taken further apart than this are not compared, however alike: a distant mountain seen from two valleys is
   * rarer than two alike façades.
   */
  readonly farMetres: number;
  /** Photos that follow one another by so many seconds are compared. */
  readonly momentSeconds: number;
}

/** Photos compared with each where nothing is asked for: a scene is seldom seen by more. */
const mostNeighbours = 40;

export const pairingDefaults: PairingOptions = {
  mode: 'auto',
  exhaustiveUpTo: 100,
  neighbours: null,
  share: null,
  window: 10,
  quadratic: true,
  loopEvery: 5,
  loopNeighbours: 20,
  nearest: 10,
  nearMetres: 200,
  farMetres: 5000,
  momentSeconds: 1,
};

/** How pairs will be chosen, and what for. */
export interface Pairing {
  readonly mode: Exclude<PairingMode, 'auto'>;
  /** Most similar photos to find of each before choosing (`nearestPhotos` of src/retrieval); 0: none are needed. */
  readonly depth: number;
}

/** Decides what `auto` means for these photos, and how many neighbours choosing takes. */
export function planPairing(photos: readonly PairablePhoto[], options: PairingOptions): Pairing {
  const mode = options.mode === 'auto' ? modeFor(photos, options) : options.mode;
  const others = Math.max(0, photos.length - 1);
  const depth = {
    exhaustive: 0,
    // The photos of the window are the most similar: behind them the loops.
    sequential: options.loopNeighbours > 0 ? options.loopNeighbours + 2 * options.window : 0,
    retrieval: depthForSimilar(neighboursWanted(photos.length, options)),
  }[mode];
  return { mode, depth: Math.min(depth, others) };
}

/**
 * Which pairs of photos to compare, and why each. Near photos and photos of one moment are added whatever the mode;
 * photos whose positions are both trustworthy (`placesOf`) and further apart than `farMetres` are left out, but for
 * those next to each other in a sequence.
 * @param neighbours the most similar photos of each, `pairing.depth` of them; null where none are needed
 */
export function choosePairs(
  photos: readonly PairablePhoto[],
  pairing: Pairing,
  neighbours: Neighbours | null,
  options: PairingOptions,
): PairList {
  const pairs = createPairCollector(photos.length);
  const shots = photos.map(({ shot }) => shot);
  const places = placesOf(shots);
  const mayPair = (a: number, b: number): boolean => !areFarApart(places, a, b, options.farMetres);
  if (pairing.mode === 'exhaustive') {
    for (let a = 0; a < photos.length; a++) {
      for (let b = a + 1; b < photos.length; b++) if (mayPair(a, b)) pairs.add(a, b, 'exhaustive');
    }
    return pairs.list();
  }
  const order = orderByName(photos.map(({ name }) => name));
  if (pairing.mode === 'sequential') {
    addSequence(pairs, order, options);
    const loops = { window: options.window, every: options.loopEvery, count: options.loopNeighbours };
    if (neighbours !== null) addLoops(pairs, order, neighbours, loops, mayPair);
  } else if (neighbours !== null) {
    addSimilar(pairs, neighbours, neighboursWanted(photos.length, options), mayPair);
  }
  addNear(pairs, places, { count: options.nearest, maxMetres: options.nearMetres });
  addMoments(pairs, secondsOf(shots), order, options.momentSeconds);
  return pairs.list();
}

function modeFor(photos: readonly PairablePhoto[], { exhaustiveUpTo }: PairingOptions): Pairing['mode'] {
  if (photos.length <= exhaustiveUpTo) return 'exhaustive';
  const order = orderByName(photos.map(({ name }) => name));
  const seconds = secondsOf(photos.map(({ shot }) => shot));
  const isVideo = looksLikeVideo(
    order.map((i) => photos[i].name),
    order.map((i) => seconds[i]),
  );
  return isVideo ? 'sequential' : 'retrieval';
}

function neighboursWanted(photos: number, { neighbours, share }: PairingOptions): number {
  const others = Math.max(0, photos - 1);
  if (share !== null) return share * others;
  return neighbours ?? Math.min(mostNeighbours, Math.ceil(others / 2));
}
