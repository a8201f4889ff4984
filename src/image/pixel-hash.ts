import { createHash } from 'node:crypto';
import type { Image } from './image.ts';

/**
 * Hex SHA-256 of decoded pixels: photos with equal hashes show the same pixels, whatever their files' names and metadata.
 * Compare only hashes of photos read with the same request.
 */
export function pixelHash(image: Image): string {
  const { width, height, channels, data } = image;
  return createHash('sha256')
    .update(`${width}×${height}×${channels}×${data.BYTES_PER_ELEMENT}:`)
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
}
