import type { PhotoInfo } from '../src/image/image.ts';
import { gpanoXmp } from '../src/image/gpano.ts';
import { assertFits } from '../src/image/output-limits.ts';
import { writeImage } from '../src/image/write-image.ts';
import type { ReportedPanorama } from '../src/export/panorama-report.ts';
import type { PanoramaCameras } from '../src/stitching/cameras.ts';
import type { CompositionPlan, RenderedTile } from '../src/stitching/composition-plan.ts';
import { listTiles } from '../src/stitching/render-tile.ts';
import type { StitchContext } from './stitch-context.ts';

type Composed = Pick<ReportedPanorama, 'cameras' | 'canvas' | 'gains'>;

/** Composes one panorama and writes it to `path`; photos are read again, a few at a time. */
export async function composePanorama(
  cameras: PanoramaCameras,
  photos: readonly PhotoInfo[],
  path: string,
  context: StitchContext,
): Promise<Composed> {
  const { options, stopwatch, signal } = context;
  const plan = await stopwatch.time('compose', () => planPanorama(cameras, photos, context));
  // Told before the long work, not after it.
  assertFits(path, plan.canvas.width, plan.canvas.height);
  const raster = await stopwatch.time('compose', () => renderAll(plan, context));
  await stopwatch.time('write', () =>
    writeImage(path, raster, {
      quality: options.outputQuality,
      exifFrom: photos[plan.photos[0].photo].path,
      xmp: plan.canvas.projection === 'sphere' ? spherePacket(plan) : undefined,
      signal,
    }),
  );
  context.observe({ type: 'message', level: 'info', text: `${path} written` });
  const { projection, scale, offset, width, height } = plan.canvas;
  return {
    cameras: plan.cameras,
    canvas: { projection, scale, offset: [...offset], width, height },
    gains: plan.photos.map(({ tone }) => tone.gain),
  };
}

async function planPanorama(
  cameras: PanoramaCameras,
  photos: readonly PhotoInfo[],
  { pool, options, observe }: StitchContext,
): Promise<CompositionPlan> {
  const { projection, scale, maxWidth, crop } = options;
  const plan = await pool.run('prepareComposition', {
    cameras,
    photos,
    options: { projection, scale, maxWidth, crop },
    limitPixels: options.maxInputPixels * 1e6,
  });
  if (plan.crop.note !== null) observe({ type: 'message', level: 'info', text: plan.crop.note });
  return plan;
}

/** Renders the tiles on all workers and puts them together. */
async function renderAll(plan: CompositionPlan, { pool, observe, options }: StitchContext) {
  const tiles = listTiles(plan);
  const { width, height } = plan.canvas;
  const channels = 4;
  const values = width * height * channels;
  const data = plan.depth === 16 ? new Uint16Array(values) : new Uint8Array(values);
  const report = (done: number): void => observe({ type: 'progress', stage: 'compose', done, total: tiles.length });
  report(0);
  let done = 0;
  await Promise.all(
    tiles.map(async (tile) => {
      const limitPixels = options.maxInputPixels * 1e6;
      copyTile(await pool.run('renderTile', { plan, tile, limitPixels }), data, width);
      report(++done);
    }),
  );
  return { width, height, channels, depth: plan.depth, data } as const;
}

function copyTile(tile: RenderedTile, data: Uint8Array | Uint16Array, width: number): void {
  for (let y = 0; y < tile.height; y++) {
    const row = tile.data.subarray(4 * y * tile.width, 4 * (y + 1) * tile.width);
    data.set(row, 4 * ((tile.y + y) * width + tile.x));
  }
}

/** Where the picture lies on the whole sphere, for viewers. */
function spherePacket({ canvas }: CompositionPlan): string {
  const fullWidth = Math.round(2 * Math.PI * canvas.scale);
  const fullHeight = Math.round(Math.PI * canvas.scale);
  return gpanoXmp({
    fullWidth,
    fullHeight,
    // Longitude −π is the left edge of the whole sphere, latitude −π/2 its top.
    left: Math.round(canvas.offset[0] + fullWidth / 2),
    top: Math.round(canvas.offset[1] + fullHeight / 2),
    width: canvas.width,
    height: canvas.height,
  });
}
