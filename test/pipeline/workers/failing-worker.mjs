// A worker whose tasks end as their names say; each kind of crash happens once, as a marker file remembers.
import { existsSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

export default async function runTask({ name, input }) {
  switch (name) {
    case 'crash-once':
      if (!existsSync(input)) {
        writeFileSync(input, '');
        process.exit(3);
      }
      return 'survived';
    case 'crash-always':
      return process.exit(3);
    case 'fail':
      throw new Error('the task says no');
    case 'busy': {
      const end = Date.now() + input;
      while (Date.now() < end);
      return threadId;
    }
    default:
      throw new Error(`unknown task ${name}`);
  }
}
