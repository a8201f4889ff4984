import type { Image, PhotoInfo } from '../src/image/image.ts';
import { readPhoto } from '../src/image/read-photo.ts';
import type { PanoramaCameras } from '../src/stitching/cameras.ts';
import { type CompositionOptions, prepareComposition as prepare } from '../src/stitching/compose.ts';
import type { CompositionPlan, LoadPhoto, RenderedTile } from '../src/stitching/composition-plan.ts';
import type { Rectangle } from '../src/stitching/canvas.ts';
import { renderTile as render } from '../src/stitching/render-tile.ts';
import type { WorkerResources } from './worker-resources.ts';

export interface PrepareInput {
  readonly cameras: PanoramaCameras;
  readonly photos: readonly PhotoInfo[];
  readonly options: CompositionOptions;
  /** Photos with more pixels are refused. */
  readonly limitPixels: number;
}

/** Decides projection, size, exposures, seams and crop. */
export function prepareComposition({ cameras, photos, options, limitPixels }: PrepareInput): Promise<CompositionPlan> {
  const load: LoadPhoto = async (photo, maxPixels) => {
    const request = { channels: 3, depth: 8, maxPixels, limitPixels } as const;
    return (await readPhoto(photos[photo].path, request)).image;
  };
  return prepare(cameras, photos, load, options);
}

export interface TileInput {
  readonly plan: CompositionPlan;
  readonly tile: Rectangle;
  readonly limitPixels: number;
}

/** Renders one piece of the picture. Photos stay decoded for the neighbouring pieces, as far as memory allows. */
export function renderTile({ plan, tile, limitPixels }: TileInput, { photos }: WorkerResources): Promise<RenderedTile> {
  const load: LoadPhoto = (photo, maxPixels) => {
    const { path, contentHash, depth } = plan.infos[photo];
    const read = async (): Promise<Image> => {
      const request = { channels: 3, depth: depth === 16 ? 'native' : 8, maxPixels, limitPixels } as const;
      return (await readPhoto(path, request)).image;
    };
    return photos.get(`${contentHash} ${path} ${maxPixels ?? 'all'}`, read);
  };
  return render(plan, tile, load);
}
