import { DataError, OutputError, PhotoError, TesseraError, UsageError } from '../src/errors.ts';

/** What of an error crosses threads as it is: classes do not, `cause` does. */
type PlainError = {
  readonly [K in keyof typeof makers]: { readonly thrown: K } & Parameters<(typeof makers)[K]>[0];
}[keyof typeof makers];

/** How each kind of error that Tessera throws on purpose is made again. */
const makers = {
  TesseraError: ({ message }: { readonly message: string }) => new TesseraError(message),
  UsageError: ({ message }: { readonly message: string }) => new UsageError(message),
  DataError: ({ message }: { readonly message: string }) => new DataError(message),
  OutputError: ({ message }: { readonly message: string }) => new OutputError(message),
  PhotoError: ({ path, code, reason, suggestion }: Pick<PhotoError, 'path' | 'code' | 'reason' | 'suggestion'>) =>
    new PhotoError(path, code, reason, suggestion),
};

/** In a worker thread: the error to throw so that `receiveError` can tell what it was. */
export function sendError(error: unknown): unknown {
  if (!(error instanceof TesseraError)) return error;
  const { name, message } = error;
  return new Error(message, { cause: { ...error, thrown: name, message } });
}

/** In the thread that asked: the error as it was thrown, of its own class where Tessera threw it on purpose. */
export function receiveError(error: unknown): unknown {
  const cause = error instanceof Error ? (error.cause as Partial<PlainError> | undefined) : undefined;
  if (cause?.thrown === undefined || !Object.hasOwn(makers, cause.thrown)) return error;
  return (makers[cause.thrown] as (fields: typeof cause) => TesseraError)(cause);
}
