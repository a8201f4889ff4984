import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { scenePhotos, sceneOf, type CameraPhoto } from '../../../../fixtures/plans.ts';
import { sceneSets } from '../../../../fixtures/sets.ts';
import { pixelToDirection, projectPoint } from '../../../../fixtures/synthetic/camera.ts';
import { centreOf } from '../../../../fixtures/synthetic/render.ts';
import type { Vector3 } from '../../../../fixtures/synthetic/scene.ts';
import { worldFrom, type SceneView } from '../../../../fixtures/synthetic/viewpoint.ts';
import type { PosedPhoto, SfmModel } from '../../../../src/dataset/sfm/model.ts';
import { triangulate, type Sighting } from '../../../../src/dataset/sfm/triangulate.ts';
import type { Image } from '../../../../src/image/image.ts';
import { createRandom } from '../../../../src/math/random.ts';

/** A rendered set of photos whose every pixel's place is known exactly. */
export interface RenderedScene {
  readonly names: readonly string[];
  readonly photos: readonly Omit<PosedPhoto, 'observations'>[];
  readonly images: () => Promise<Image[]>;
  /** Where a pixel of photo `from` is in photo `to`, px; null where `to` does not show it. */
  transfer(from: number, x: number, y: number, to: number): [number, number] | null;
  /** The place a pixel shows; null for the sky. */
  place(photo: number, x: number, y: number): Vector3 | null;
}

const fixtures = join(import.meta.dirname, '../../../../fixtures/scenes');

export function renderedScene(name: string): RenderedScene {
  const set = sceneSets.find((s) => s.name === name)!;
  const plans = scenePhotos(set);
  const views = plans.map((plan): SceneView => worldFrom(sceneOf(plan.place), centreOf(plan.camera)));
  const photos = plans.map(({ file, camera }): Omit<PosedPhoto, 'observations'> => {
    const { width, height, focal, cx, cy, k1, k2 } = camera;
    return {
      name: file,
      camera: { width, height, fx: focal, fy: focal, cx, cy, k1, k2, p1: 0, p2: 0 },
      R: camera.R,
      t: camera.t,
    };
  });
  const place = (photo: number, x: number, y: number): Vector3 | null => {
    const { camera } = plans[photo];
    const d = new Float64Array(3);
    pixelToDirection(camera, x, y, d);
    const n = Math.hypot(...d);
    const distance = views[photo].distance(d[0] / n, d[1] / n, d[2] / n);
    if (!Number.isFinite(distance)) return null;
    const c = centreOf(camera);
    return [0, 1, 2].map((i) => c[i] + (distance * d[i]) / n) as unknown as Vector3;
  };
  return {
    names: plans.map(({ file }) => file),
    photos,
    place,
    images: () => Promise.all(plans.map(({ file }) => readGrey(join(fixtures, name, 'images', file)))),
    transfer(from, x, y, to) {
      const X = place(from, x, y);
      return X === null ? null : seenAt(plans[to], views[to], X);
    },
  };
}

/** Where a photo shows a place, unless something hides it. */
function seenAt({ camera }: CameraPhoto, view: SceneView, X: Vector3): [number, number] | null {
  const out = new Float64Array(2);
  if (!projectPoint(camera, ...X, out)) return null;
  const [x, y] = out;
  if (x < 0 || y < 0 || x > camera.width - 1 || y > camera.height - 1) return null;
  const c = centreOf(camera);
  const ray = [X[0] - c[0], X[1] - c[1], X[2] - c[2]];
  const length = Math.hypot(...ray);
  const distance = view.distance(ray[0] / length, ray[1] / length, ray[2] / length);
  return distance < 0.99 * length ? null : [x, y];
}

async function readGrey(path: string): Promise<Image> {
  const { data, info } = await sharp(readFileSync(path)).greyscale().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 1, data: new Uint8Array(data) };
}

/**
 * What structure from motion would find at some pixels: places seen with noise by each photo that shows them, and
 * triangulated.
 */
export function reconstruct(
  scene: RenderedScene,
  seeds: readonly { readonly photo: number; readonly x: number; readonly y: number }[],
  noisePx: number,
): SfmModel {
  const random = createRandom(7);
  const seen = scene.photos.map(() => ({ x: [] as number[], y: [] as number[], point: [] as number[] }));
  const position: number[] = [];
  for (const { photo, x, y } of seeds) {
    const sightings: (Sighting & { index: number })[] = [];
    scene.photos.forEach((other, index) => {
      const at = index === photo ? ([x, y] as const) : scene.transfer(photo, x, y, index);
      if (at === null) return;
      const posed = {
        ...other,
        observations: { x: new Float64Array(), y: new Float64Array(), point: new Uint32Array() },
      };
      sightings.push({
        index,
        photo: posed,
        x: at[0] + noisePx * random.normal(),
        y: at[1] + noisePx * random.normal(),
      });
    });
    const place = sightings.length < 2 ? null : triangulate(sightings);
    if (place === null || place.largestError > 2) continue;
    const point = position.length / 3;
    position.push(...place.position);
    for (const s of sightings) {
      seen[s.index].x.push(s.x);
      seen[s.index].y.push(s.y);
      seen[s.index].point.push(point);
    }
  }
  return {
    photos: scene.photos.map((photo, i) => ({
      ...photo,
      observations: {
        x: Float64Array.from(seen[i].x),
        y: Float64Array.from(seen[i].y),
        point: Uint32Array.from(seen[i].point),
      },
    })),
    points: { count: position.length / 3, position: Float64Array.from(position) },
  };
}
