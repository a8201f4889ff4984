import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = join(dirname(fileURLToPath(import.meta.url)), 'opencv_magsac.py');

/** Starts `opencv_magsac.py`, which answers one request after the other: one process, so that none pays for the loading of OpenCV. */
export function startOpenCv(python) {
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${python} ${script} ended with ${code}`);
  });
  // Noticed by the next request.
  ended.catch(() => {});
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const line = await Promise.race([lines.next(), ended]);
      if (line.done) return ended;
      return JSON.parse(line.value);
    },
    close: () => child.stdin.end(),
  };
}
