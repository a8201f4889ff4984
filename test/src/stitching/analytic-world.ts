import type { Image, PhotoInfo } from '../../../src/image/image.ts';
import { linearFromSrgb, srgbFromLinear } from '../../../src/image/srgb.ts';
import { multiply3 } from '../../../src/math/matrix3.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import type { PanoramaCameras, RotationCamera } from '../../../src/stitching/cameras.ts';
import type { CompositionPlan, LoadPhoto, RenderedTile } from '../../../src/stitching/composition-plan.ts';
import { directionOfPixel } from '../../../src/stitching/photo-mapping.ts';
import { listTiles, renderTile } from '../../../src/stitching/render-tile.ts';

/** sRGB colour (0…1) that is seen in a direction of unit length. */
export type World = (d: ArrayLike<number>, rgb: Float64Array) => void;

/** Broad colours with finer waves on top: no place looks like another, nothing finer than about 12 px at a focal of 300. */
export const wavyWorld: World = (d, rgb) => {
  const [x, y, z] = [d[0], d[1], d[2]];
  const fine = 0.08 * Math.sin(23 * x + 4) * Math.sin(25 * y) + 0.05 * Math.sin(24 * z + 9 * y);
  rgb[0] = 0.5 + 0.14 * Math.sin(3 * x + 1) + fine;
  rgb[1] = 0.48 + 0.14 * Math.sin(4 * y + 2 * z) - fine;
  rgb[2] = 0.52 + 0.14 * Math.cos(2 * z - 3 * x) + 0.5 * fine;
};

export interface Shot {
  readonly camera: RotationCamera;
  readonly width: number;
  readonly height: number;
  /** Multiplies linear light. */
  readonly exposure?: number;
  /** Linear light at squared radius r² (1 at the corners) is multiplied by 1 − vignetting · r². */
  readonly vignetting?: number;
  /** Seen by this photo alone instead of the common world. */
  readonly world?: World;
  readonly depth?: 8 | 16;
}

/** Camera from world for a camera that looks to θ = yaw, φ = pitch (down), radians. */
export function lookTo(yaw: number, pitch: number): Matrix3 {
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return multiply3([1, 0, 0, 0, cp, -sp, 0, sp, cp], [cy, 0, -sy, 0, 1, 0, sy, 0, cy]);
}

export function shotTo(
  photo: number,
  yawDegrees: number,
  pitchDegrees: number,
  more: Partial<Omit<Shot, 'camera'>> & { focal?: number; k1?: number } = {},
): Shot {
  const { width = 240, height = 200, focal = 220, k1 = 0, ...rest } = more;
  const R = lookTo((yawDegrees * Math.PI) / 180, (pitchDegrees * Math.PI) / 180);
  const camera = { photo, focal, cx: (width - 1) / 2, cy: (height - 1) / 2, k1, k2: 0, R };
  return { camera, width, height, ...rest };
}

/** Photos, cameras and a reader of a panorama of the world. */
export function photograph(
  shots: readonly Shot[],
  world: World,
): { cameras: PanoramaCameras; photos: PhotoInfo[]; loadPhoto: LoadPhoto } {
  const photos = shots.map(({ width, height, depth = 8 }, i): PhotoInfo => {
    return { path: `${i}.png`, width, height, depth, focal: null, cameraKey: 'test', contentHash: String(i) };
  });
  const exposed = new Map<string, Image>();
  const loadPhoto: LoadPhoto = (photo, maxPixels) => {
    const shot = shots[photo];
    const key = `${photo} at ${maxPixels}`;
    const reduction = Math.max(1, Math.sqrt((shot.width * shot.height) / (maxPixels ?? Infinity)));
    const image = exposed.get(key) ?? expose(shot, shot.world ?? world, reduction);
    exposed.set(key, image);
    return Promise.resolve(image);
  };
  return { cameras: { model: 'rotation', cameras: shots.map((s) => s.camera) }, photos, loadPhoto };
}

function expose(shot: Shot, world: World, reduction: number): Image {
  const width = Math.round(shot.width / reduction);
  const height = Math.round(shot.height / reduction);
  const data = shot.depth === 16 ? new Uint16Array(width * height * 3) : new Uint8Array(width * height * 3);
  const white = shot.depth === 16 ? 65535 : 255;
  const d = new Float64Array(3);
  const rgb = new Float64Array(3);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const px = ((x + 0.5) * shot.width) / width - 0.5;
      const py = ((y + 0.5) * shot.height) / height - 0.5;
      directionOfPixel(shot.camera, px, py, d);
      world(d, rgb);
      const [dx, dy] = [px - (shot.width - 1) / 2, py - (shot.height - 1) / 2];
      const r2 = (4 * (dx * dx + dy * dy)) / (shot.width ** 2 + shot.height ** 2);
      const light = (shot.exposure ?? 1) * (1 - (shot.vignetting ?? 0) * r2);
      for (let c = 0; c < 3; c++) {
        const v = srgbFromLinear(linearFromSrgb(rgb[c]) * light);
        data[o++] = Math.round(white * Math.min(1, Math.max(0, v)));
      }
    }
  }
  return { width, height, channels: 3, data };
}

/** Renders all tiles of at most `side` pixels and puts them together: r, g, b, alpha. */
export async function renderAll(plan: CompositionPlan, loadPhoto: LoadPhoto, side = 1024): Promise<RenderedTile> {
  const { width, height } = plan.canvas;
  const data = plan.depth === 16 ? new Uint16Array(width * height * 4) : new Uint8Array(width * height * 4);
  for (const rectangle of listTiles(plan, side)) {
    const tile = await renderTile(plan, rectangle, loadPhoto);
    for (let j = 0; j < tile.height; j++) {
      const row = tile.data.subarray(j * tile.width * 4, (j + 1) * tile.width * 4);
      data.set(row, ((tile.y + j) * width + tile.x) * 4);
    }
  }
  return { x: 0, y: 0, width, height, data };
}
