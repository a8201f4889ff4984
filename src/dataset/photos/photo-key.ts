import { createHash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';

/** What a photo is called wherever its folder lies: the folder's name and its own, with slashes. */
export function photoKey(path: string): string {
  const whole = resolve(path);
  return `${basename(dirname(whole))}/${basename(whole)}`;
}

/** A number from 0 to 2³² − 1 that a text and a seed decide. */
export function hashOf(text: string, seed: number): number {
  return createHash('sha256').update(`${seed} ${text}`).digest().readUInt32LE(0);
}

/**
 * Whether a photo is held out of training: by its name alone, so that it stays on its side when others are added.
 * @param share of the photos that are, 0 … 1
 */
export function isHeldOut(key: string, share: number, seed: number): boolean {
  return hashOf(key, seed) < share * 2 ** 32;
}
