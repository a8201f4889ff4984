import type { Observer } from './observer.ts';
import type { Pool, WorkerSettings } from './pool.ts';

/** Says what a device that was asked for came to: an honest fallback. */
export async function reportDevice(pool: Pool, device: WorkerSettings['device'], observe: Observer): Promise<void> {
  if (device === 'cpu') return;
  const { provider, fallbackReason } = await pool.run('describeDevice', null);
  if (device === 'auto') {
    if (provider !== 'cpu') observe({ type: 'message', level: 'info', text: `scoring on ${provider}` });
    return;
  }
  const text = fallbackReason === null ? `scoring on ${provider}` : `scoring on ${provider}: ${fallbackReason}`;
  observe({ type: 'message', level: provider === device ? 'info' : 'warning', text });
}
