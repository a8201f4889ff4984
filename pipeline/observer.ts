import { MultiBar, Presets, type SingleBar } from 'cli-progress';

/** The steps of the stories, in their order. */
export type StageName =
  | 'read'
  | 'detect'
  | 'screen'
  | 'score'
  | 'views'
  | 'surfaces'
  | 'retrieve'
  | 'settle'
  | 'complete'
  | 'cameras'
  | 'compose'
  | 'patches'
  | 'verify'
  | 'describe'
  | 'mine'
  | 'train'
  | 'write';

/** What happens, as it happens. `progress` counts finished pieces of a stage; `message` is for people. */
export type ProgressEvent =
  | { readonly type: 'progress'; readonly stage: StageName; readonly done: number; readonly total: number }
  | { readonly type: 'message'; readonly level: 'info' | 'warning'; readonly text: string };

export type Observer = (event: ProgressEvent) => void;

export const silentObserver: Observer = () => {};

const stageTitles: Readonly<Record<StageName, string>> = {
  read: 'reading photos',
  detect: 'finding keypoints',
  screen: 'screening photo pairs',
  score: 'matching photo pairs',
  views: 'rendering other views',
  surfaces: 'fitting surfaces',
  retrieve: 'comparing photos',
  settle: 'settling keypoints',
  complete: 'completing tracks',
  cameras: 'solving cameras',
  compose: 'composing',
  patches: 'cutting patches',
  verify: 'scoring patch pairs',
  describe: 'describing patches',
  mine: 'finding look-alikes',
  train: 'training',
  write: 'writing',
};

/** Shows progress on stderr: a bar on a terminal, plain lines (a stage's start and end) elsewhere. */
export function createConsoleObserver(): { observe: Observer; close: () => void } {
  return process.stderr.isTTY ? createBarObserver() : createLineObserver();
}

function createBarObserver(): { observe: Observer; close: () => void } {
  const bars = new MultiBar(
    { format: '{title} {bar} {value}/{total} {eta_formatted}', stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  );
  const running = new Map<StageName, SingleBar>();
  return {
    observe(event) {
      if (event.type === 'message') {
        bars.log(`${event.level === 'warning' ? 'warning: ' : ''}${event.text}\n`);
        return;
      }
      const title = stageTitles[event.stage].padEnd(22);
      const bar = running.get(event.stage) ?? bars.create(event.total, 0, { title });
      running.set(event.stage, bar);
      bar.setTotal(event.total);
      bar.update(event.done);
      if (event.done === event.total) bar.stop();
    },
    close: () => bars.stop(),
  };
}

function createLineObserver(): { observe: Observer; close: () => void } {
  const started = new Map<StageName, number>();
  return {
    observe(event) {
      if (event.type === 'message') {
        process.stderr.write(`${event.level === 'warning' ? 'warning: ' : ''}${event.text}\n`);
        return;
      }
      const begun = started.get(event.stage) ?? performance.now();
      started.set(event.stage, begun);
      if (event.done === event.total) {
        const seconds = ((performance.now() - begun) / 1000).toFixed(1);
        process.stderr.write(`${stageTitles[event.stage]}: ${event.total} in ${seconds} s\n`);
      }
    },
    close: () => {},
  };
}

/** Measures how long each stage took, summed over its calls, in seconds. */
export function createStopwatch(): {
  time: <T>(stage: StageName, work: () => Promise<T>) => Promise<T>;
  seconds: () => Record<string, number>;
} {
  const total: Partial<Record<StageName, number>> = {};
  return {
    async time(stage, work) {
      const start = performance.now();
      try {
        return await work();
      } finally {
        total[stage] = (total[stage] ?? 0) + (performance.now() - start) / 1000;
      }
    },
    seconds: () => ({ ...total }),
  };
}
