/** So many places for work at a time; who comes when all are taken waits, first come, first served. */
export interface Slots {
  take(): Promise<void>;
  /** Gives a place back that was taken. */
  give(): void;
}

export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    async take() {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    give() {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    },
  };
}
