/**
 * Tessera: matches photographs taken from far apart and stitches them.
 * @packageDocumentation
 */
export { stitch } from './stitch.ts';
export type { StitchHooks, StitchResult } from './stitch.ts';
export { stitchMatches } from './stitch-matches.ts';
export type { MatchedPhoto, PhotoMatches } from './stitch-matches.ts';
export { match } from './match.ts';
export { createMatcher } from './matcher.ts';
export type { DetectedPhoto, Matcher, MatcherHooks, PairRequest } from './matcher.ts';
export type { MatcherOptions, MatchOptions } from './match-options.ts';
export type { MatchesFile } from '../src/export/matches-file.ts';
export type { GeometryRequest } from '../src/geometry/pair-geometry.ts';
export type { PinholeCamera } from '../src/geometry/pinhole.ts';
export type { StitchOptions } from './options.ts';
export type { CustomDetector } from './photo-set.ts';
export type { CustomScorer } from './match-set.ts';
export type { Observer, ProgressEvent, StageName } from './observer.ts';
export { DataError, OutputError, PhotoError, TesseraError, UsageError } from '../src/errors.ts';
export type { RejectionCode } from '../src/errors.ts';
export type { PanoramaReport } from '../src/export/panorama-report.ts';
export type { Image } from '../src/image/image.ts';
export type { Keypoints } from '../src/features/keypoints.ts';
export type { CandidatePairs } from '../src/matching/matches.ts';
