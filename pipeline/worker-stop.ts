/** One number that all threads of a pool see: whether they are to stop. */
export type StopFlag = Int32Array<SharedArrayBuffer>;

export function createStopFlag(): StopFlag {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** Asks all threads to end themselves. */
export function requestStop(flag: StopFlag): void {
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
}

/**
 * In a worker thread: ends it when asked to, as soon as what runs gives way. ONNX Runtime brings the whole process down
 * (`Napi::Error`, SIGABRT) where a thread is terminated while a network computes; between two runs a thread can go in peace.
 */
export function exitWhenAsked(flag: StopFlag): void {
  const asked = Atomics.waitAsync(flag, 0, 0);
  if (asked.async) void asked.value.then(() => process.exit());
  else process.exit();
}
