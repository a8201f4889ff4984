/** Base of every error Tessera throws on purpose: `message` says what was expected, what came and what to try. */
export class TesseraError extends Error {
  override name = 'TesseraError';
}

/** The caller asked for something that cannot be: unknown option, value out of range, missing path. Exit code 2. */
export class UsageError extends TesseraError {
  override name = 'UsageError';
}

/** Why a photo did not become part of a panorama. */
export type RejectionCode = 'unreadable' | 'too-small' | 'duplicate' | 'no-overlap' | 'parallax' | 'little-texture';

/** A photo left out, and what its owner can do about it. */
export interface Rejection {
  readonly path: string;
  readonly code: RejectionCode;
  readonly reason: string;
  readonly suggestion: string;
}

/** A photo that cannot be used, named, with what the user can do about it. */
export class PhotoError extends TesseraError implements Rejection {
  override name = 'PhotoError';
  constructor(
    readonly path: string,
    readonly code: RejectionCode,
    readonly reason: string,
    readonly suggestion: string,
  ) {
    super(`${path}: ${reason}. ${suggestion}`);
  }
}

/** The data did not allow a result (one photo, no overlap, no geometry …). Exit code 1. */
export class DataError extends TesseraError {
  override name = 'DataError';
}

/** The output could not be written (no disk space, no permission, too large for its format). Exit code 1. */
export class OutputError extends TesseraError {
  override name = 'OutputError';
}
