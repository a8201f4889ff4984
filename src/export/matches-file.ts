import { z } from 'zod';
import { geometryRequests, type PairGeometry } from '../geometry/pair-geometry.ts';
import { pixelsFromDirections } from '../geometry/pinhole.ts';
import { pixelOrigin } from './panorama-report.ts';

const number = z.number();
const matrix = z.tuple([number, number, number, number, number, number, number, number, number]);
const vector = z.tuple([number, number, number]);

const image = z.object({
  path: z.string(),
  /** Px at full resolution, after EXIF orientation. */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
});

const geometry = z.object({
  kind: z.enum([...geometryRequests.filter((kind) => kind !== 'auto'), 'none']),
  /** Row-major: x2 ~ H x1, or x2ᵀ F x1 = 0; of an essential matrix for points in focal lengths from the principal points. */
  matrix: matrix.optional(),
  /** Essential only: camera 2 from camera 1, X2 = R X1 + t, |t| = 1; and the cameras' matrices. */
  R: matrix.optional(),
  t: vector.optional(),
  K1: matrix.optional(),
  K2: matrix.optional(),
  /** Indices into `matches`, ascending. */
  inliers: z.array(z.number().int().nonnegative()),
  verdict: z.enum(['ok', 'ambiguous', 'no-overlap', 'little-texture', 'degenerate']),
  reason: z.string(),
});

/** What a kind of geometry has to have. */
const fieldsOf = {
  none: [],
  homography: ['matrix'],
  fundamental: ['matrix'],
  essential: ['matrix', 'R', 't', 'K1', 'K2'],
} as const;

/** `matches.json`: what two photos share. */
const fields = z.object({
  version: z.literal(1),
  pixelOrigin: z.literal(pixelOrigin),
  image1: image,
  image2: image,
  /** x1, y1, x2, y2, probability; px, refinement included; best first. */
  matches: z.array(z.tuple([number, number, number, number, number])),
  geometry,
});

export const matchesFileSchema = fields.superRefine(({ matches, geometry: found }, context) => {
  for (const field of fieldsOf[found.kind]) {
    if (found[field] === undefined)
      context.addIssue({ code: 'custom', path: ['geometry', field], message: 'is missing' });
  }
  if (found.inliers.some((m) => m >= matches.length)) {
    context.addIssue({ code: 'custom', path: ['geometry', 'inliers'], message: `there are ${matches.length} matches` });
  }
});

export type MatchesFile = z.infer<typeof matchesFileSchema>;

/**
 * Lays matches and geometry out as `matches.json` says them.
 * @param points x1, y1, x2, y2 a match, px
 */
export function matchesFile(
  image1: MatchesFile['image1'],
  image2: MatchesFile['image2'],
  points: Float64Array,
  probability: ArrayLike<number>,
  found: PairGeometry,
): MatchesFile {
  const matches = Array.from({ length: points.length / 4 }, (_, m): MatchesFile['matches'][number] => {
    const [x1, y1, x2, y2] = Array.from(points.subarray(4 * m, 4 * m + 4), thousandths);
    return [x1, y1, x2, y2, Math.round(1e4 * probability[m]) / 1e4];
  });
  return { version: 1, pixelOrigin, image1, image2, matches, geometry: geometryFields(found) };
}

/** Far below what a match is exact to. */
const thousandths = (value: number): number => Math.round(1000 * value) / 1000;

function geometryFields(found: PairGeometry): MatchesFile['geometry'] {
  if (found.kind === 'none') {
    const { kind, verdict, reason } = found;
    return { kind, inliers: [], verdict, reason };
  }
  const { kind, verdict, reason } = found;
  const common = {
    kind,
    matrix: mutable(found.matrix),
    inliers: [...found.inliers],
    verdict,
    reason,
  };
  if (found.kind !== 'essential') return common;
  return {
    ...common,
    R: mutable(found.R),
    t: [...found.t],
    K1: mutable(pixelsFromDirections(found.camera1)),
    K2: mutable(pixelsFromDirections(found.camera2)),
  };
}

function mutable(m: Readonly<z.infer<typeof matrix>>): z.infer<typeof matrix> {
  return [...m];
}

/** The matches as a table: `x1,y1,x2,y2,probability,inlier`, one line a match, best first. */
export function matchesCsv({ matches, geometry: { inliers } }: MatchesFile): string {
  const isInlier = new Set(inliers);
  const lines = matches.map((match, m) => [...match, isInlier.has(m) ? 1 : 0].join(','));
  return `${['x1,y1,x2,y2,probability,inlier', ...lines].join('\n')}\n`;
}
