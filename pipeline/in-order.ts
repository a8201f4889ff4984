/**
 * Runs work on each input and hands the results on in the inputs' order, one after the other. No more than `ahead` results
 * are under way or waiting, so memory stays flat however long the list is.
 * @throws what `work` or `consume` throws first, in the inputs' order
 */
export async function runInOrder<I, O>(
  inputs: readonly I[],
  ahead: number,
  work: (input: I) => Promise<O>,
  consume: (output: O, index: number) => Promise<void>,
): Promise<void> {
  const running: Promise<O>[] = [];
  let next = 0;
  for (let index = 0; index < inputs.length; index++) {
    while (next < inputs.length && running.length < ahead) {
      const output = work(inputs[next++]);
      // Seen when its turn comes; until then its failure is nobody's.
      output.catch(() => undefined);
      running.push(output);
    }
    await consume(await running.shift()!, index);
  }
}
