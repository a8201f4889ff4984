import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Camera } from '../../fixtures/synthetic/camera.ts';
import type { PanoramaTruth } from '../../fixtures/truth.ts';
import type { PanoramaReport } from '../../src/export/panorama-report.ts';
import { multiply3, transpose3, type Matrix3 } from '../../src/math/matrix3.ts';
import { angleBetweenRotations } from '../../src/math/rotation.ts';
import { relativeRotation } from '../src/export/sfm/rotation-set.ts';

/** Five photos of a market square. */
export const row = fileURLToPath(new URL('../../fixtures/panoramas/row', import.meta.url));

/** Their true cameras. */
export async function rowCameras(): Promise<{ names: string[]; cameras: Camera[] }> {
  const { photos } = JSON.parse(await readFile(join(row, 'truth.json'), 'utf8')) as PanoramaTruth;
  const cameras = photos.map(({ K, R, distortion: [k1, k2], width, height }): Camera => {
    const [[focal, , cx], [, , cy]] = K;
    return { width, height, focal, cx, cy, k1, k2, R: R.flat() as unknown as Matrix3 };
  });
  return { names: photos.map(({ path }) => path), cameras };
}

/**
 * Worst angle between the true and the found rotation of any two photos of the first panorama, degrees.
 * @param cameras those of its photos, in their order
 */
export function worstRotation({ panoramas: [{ images }] }: PanoramaReport, cameras: readonly Camera[]): number {
  const found = images.map((image) => ('R' in image ? (image.R.flat() as unknown as Matrix3) : null));
  const errors = cameras.flatMap((camera, i) =>
    cameras.slice(0, i).map((other, j) => {
      const between = multiply3(found[i]!, transpose3(found[j]!));
      return angleBetweenRotations(relativeRotation(other, camera), between);
    }),
  );
  return (Math.max(...errors) * 180) / Math.PI;
}
