import { createRequire } from 'node:module';
import { TesseraError } from '../errors.ts';

/** Anything that lives on the wasm heap: only `delete()` frees it. */
export interface Deletable {
  delete(): void;
}

export interface CvMat extends Deletable {
  readonly rows: number;
  readonly cols: number;
  /** A view of the wasm heap, detached whenever the heap grows: read it again after every call. */
  readonly data: Uint8Array;
}

export interface CvKeyPoint {
  readonly pt: { readonly x: number; readonly y: number };
  /** Diameter, px. */
  readonly size: number;
  /** Degrees from +x towards +y (y down); −1 where the detector has none. */
  readonly angle: number;
  readonly response: number;
  readonly octave: number;
}

export interface CvKeyPointVector extends Deletable {
  size(): number;
  get(index: number): CvKeyPoint;
}

export interface CvFeatureDetector extends Deletable {
  detect(image: CvMat, keypoints: CvKeyPointVector): void;
}

/** The part of opencv-wasm 4.3.0 that Tessera uses; its own types are all `any`. */
export interface CvModule {
  readonly CV_8UC1: number;
  Mat: new (rows: number, cols: number, type: number) => CvMat;
  KeyPointVector: new () => CvKeyPointVector;
  AKAZE: new () => CvFeatureDetector & { setThreshold(threshold: number): void };
  KAZE: new () => CvFeatureDetector & { setThreshold(threshold: number): void };
  ORB: new (maxFeatures: number) => CvFeatureDetector & { setMaxFeatures(count: number): void };
  BRISK: new (threshold: number) => CvFeatureDetector;
  stackSave(): number;
  stackRestore(pointer: number): void;
  exceptionFromPtr(pointer: number): { readonly msg: string };
}

/**
 * OpenCV refused or failed. After a fatal failure (a wasm trap, an allocation inside a std::vector) the instance may be
 * broken, and its worker must be replaced.
 */
export class OpenCvError extends TesseraError {
  override name = 'OpenCvError';
  constructor(
    message: string,
    readonly fatal: boolean,
  ) {
    super(message);
  }
}

/** Keeps an object until the end of the scope, which deletes it. */
export type Keep = <T extends Deletable>(object: T) => T;

/** A loaded OpenCV. `scope` runs work on it: what is kept is freed, the C++ stack is restored, errors have text. */
export interface OpenCv {
  scope<T>(work: (cv: CvModule, keep: Keep) => T): T;
}

/**
 * Loads opencv-wasm (140–260 ms, 70 MiB, synchronous): once a worker. Its heap starts at 128 MiB, grows to 1 GiB at most and
 * never shrinks. The process-killing handlers it installs are removed, and so is its `then`, which would hang an `await`.
 */
export function loadOpenCv(): OpenCv {
  const before = handlersOf();
  const { cv } = createRequire(import.meta.url)('opencv-wasm') as { cv: CvModule & { then?: unknown } };
  for (const event of processEvents) {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!before[event].includes(listener)) process.removeListener(event, listener);
    }
  }
  delete cv.then;
  return { scope: (work) => runInScope(cv, work) };
}

const processEvents = ['uncaughtException', 'unhandledRejection'] as const;

function handlersOf(): Record<(typeof processEvents)[number], readonly unknown[]> {
  return {
    uncaughtException: process.listeners('uncaughtException'),
    unhandledRejection: process.listeners('unhandledRejection'),
  };
}

function runInScope<T>(cv: CvModule, work: (cv: CvModule, keep: Keep) => T): T {
  const stack = cv.stackSave();
  const kept: Deletable[] = [];
  let fatal = false;
  try {
    return work(cv, (object) => {
      kept.push(object);
      return object;
    });
  } catch (error) {
    // Every C++ exception leaves its frames on the wasm stack; about 1250 of them would exhaust it.
    cv.stackRestore(stack);
    const translated = translateError(cv, error);
    fatal = translated instanceof OpenCvError && translated.fatal;
    throw translated;
  } finally {
    if (!fatal) for (const object of kept.reverse()) object.delete();
  }
}

/** OpenCV's exceptions arrive as numbers: pointers to the exception on the wasm heap. */
function translateError(cv: CvModule, error: unknown): unknown {
  if (typeof error === 'number') {
    const text = cv.exceptionFromPtr(error).msg;
    return new OpenCvError(`OpenCV: ${text}`, /bad_alloc|length_error/.test(text));
  }
  const text = error instanceof Error ? error.message : String(error);
  // A wasm trap (WebAssembly.RuntimeError) or Emscripten's abort.
  if ((error instanceof Error && error.name === 'RuntimeError') || text.startsWith('abort(')) {
    return new OpenCvError(`OpenCV stopped: ${text}`, true);
  }
  return error;
}
