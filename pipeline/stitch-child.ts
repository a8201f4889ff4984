import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** What a `tessera stitch` in a process of its own came to. */
export interface ChildRun {
  /** Wall time of the whole process. */
  readonly seconds: number;
  /** Highest resident memory seen from outside; null where the system does not tell (only Linux does). */
  readonly peakMiB: number | null;
  /** Null: the process was killed. */
  readonly exitCode: number | null;
  /** The last line it wrote to stderr: the reason where it failed. */
  readonly lastLine: string;
}

/** Stitches the photos of a folder into `outPath` and writes the report to `reportPath`. */
export type StitchSet = (
  photosFolder: string,
  outPath: string,
  reportPath: string,
  signal?: AbortSignal,
) => Promise<ChildRun>;

/**
 * Stitches every set in a fresh process, so that time and memory are those of a whole run, start of Node included.
 * @param cli the built command line (`dist/pipeline/cli.js`)
 * @param flags further flags of `stitch`; `--no-cache` always holds
 */
export function createChildStitcher(cli: string, flags: readonly string[] = []): StitchSet {
  return async (photosFolder, outPath, reportPath, signal) => {
    const args = [cli, 'stitch', photosFolder, '-o', outPath, '--report', reportPath, '--no-cache', ...flags];
    return runMeasured(process.execPath, args, signal);
  };
}

/**
 * Runs a command and measures it.
 * @throws the signal's reason once aborted, after the process has ended; Error where it cannot be started.
 */
export async function runMeasured(command: string, args: readonly string[], signal?: AbortSignal): Promise<ChildRun> {
  signal?.throwIfAborted();
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-4000);
  });
  let peakMiB: number | null = null;
  const watch = setInterval(() => {
    void peakMemory(child.pid).then((mib) => {
      if (mib !== null) peakMiB = Math.max(peakMiB ?? 0, mib);
    });
  }, 100);
  const end = (): void => {
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGKILL'), 5000).unref();
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    signal?.throwIfAborted();
    return { seconds: (performance.now() - start) / 1000, peakMiB, exitCode, lastLine: lastLine(tail) };
  } finally {
    clearInterval(watch);
    signal?.removeEventListener('abort', end);
  }
}

/** The kernel's own record of the highest resident size so far, so that a poll misses only the last moments. */
async function peakMemory(pid: number | undefined): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status);
  return kib === null ? null : Number(kib[1]) / 1024;
}

function lastLine(text: string): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? '';
}
