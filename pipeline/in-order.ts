/**
 * Runs work on each input and gives the results in the inputs' order. No more than `ahead` results are under way or waiting, so memory stays
 * flat however long the list is.
 * @throws what `work` throws first, in the inputs' order
 */
export async function* mapAhead<I, O>(
  inputs: Iterable<I>,
  ahead: number,
  work: (input: I) => Promise<O>,
): AsyncGenerator<O, void, undefined> {
  const running: Promise<O>[] = [];
  for (const input of inputs) {
    const output = work(input);
    // Seen when its turn comes; until then its failure is nobody's.
    output.catch(() => undefined);
    running.push(output);
    if (running.length === ahead) yield await running.shift()!;
  }
  for (const output of running) yield await output;
}

/**
 * `mapAhead` with the results handed on, one after the other.
 * @throws what `work` or `consume` throws first, in the inputs' order
 */
export async function runInOrder<I, O>(
  inputs: readonly I[],
  ahead: number,
  work: (input: I) => Promise<O>,
  consume: (output: O, index: number) => Promise<void>,
): Promise<void> {
  let index = 0;
  for await (const output of mapAhead(inputs, ahead, work)) await consume(output, index++);
}
