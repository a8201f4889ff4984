import type { Image } from '../src/image/image.ts';

/** Decoded photos of one worker, the least recently used given up first. */
export interface PhotoCache {
  get(key: string, read: () => Promise<Image>): Promise<Image>;
}

/** @param maxBytes pixels kept; the photo read last is always kept */
export function createPhotoCache(maxBytes: number): PhotoCache {
  const entries = new Map<string, Image>();
  let bytes = 0;
  return {
    async get(key, read) {
      const kept = entries.get(key);
      // A Map keeps the order of insertion: the first is the one unused for longest.
      if (kept !== undefined) {
        entries.delete(key);
        entries.set(key, kept);
        return kept;
      }
      const image = await read();
      entries.set(key, image);
      bytes += image.data.byteLength;
      for (const [oldKey, old] of entries) {
        if (bytes <= maxBytes || oldKey === key) break;
        entries.delete(oldKey);
        bytes -= old.data.byteLength;
      }
      return image;
    },
  };
}
