import { describe, expect, it } from 'vitest';
import type { PhotoInfo } from '../../../src/image/image.ts';
import { transformPoint } from '../../../src/math/matrix3.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { prepareComposition } from '../../../src/stitching/compose.ts';
import type { CompositionOptions } from '../../../src/stitching/compose.ts';
import type { CompositionPlan, LoadPhoto, RenderedTile } from '../../../src/stitching/composition-plan.ts';
import { largestCoveredRectangle } from '../../../src/stitching/largest-rectangle.ts';
import { unproject } from '../../../src/stitching/projection.ts';
import { createWarpGrid, chooseGridStep } from '../../../src/stitching/warp-grid.ts';
import { photoMappings } from '../../../src/stitching/layout.ts';
import type { Shot } from './analytic-world.ts';
import { photograph, renderAll, shotTo, wavyWorld } from './analytic-world.ts';

async function compose(
  shots: Shot[],
  options: Partial<CompositionOptions>,
  side?: number,
): Promise<{ plan: CompositionPlan; picture: RenderedTile }> {
  const { cameras, photos, loadPhoto } = photograph(shots, wavyWorld);
  const full = { projection: 'auto', scale: 1, crop: 'none', ...options } as const;
  const plan = await prepareComposition(cameras, photos, loadPhoto, full);
  return { plan, picture: await renderAll(plan, loadPhoto, side) };
}

/**
 * Peak signal-to-noise ratio (dB) of the covered pixels against the world itself; each channel first scaled to the same
 * mean in linear light, as the panorama's overall exposure is a matter of taste.
 */
function compareWithWorld({ canvas, depth }: CompositionPlan, { data, width, height }: RenderedTile): number {
  const white = depth === 16 ? 65535 : 255;
  const d = new Float64Array(3);
  const rgb = new Float64Array(3);
  const values = new Float64Array(width * height * 6);
  let count = 0;
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 4) {
      if (data[o + 3] === 0) continue;
      const [a, b] = [(x + canvas.offset[0]) / canvas.scale, (y + canvas.offset[1]) / canvas.scale];
      if (!unproject(canvas.projection, a, b, d)) continue;
      wavyWorld(d, rgb);
      for (let c = 0; c < 3; c++) {
        values[count++] = data[o + c] / white;
        values[count++] = rgb[c];
      }
    }
  }
  let [came, world] = [0, 0];
  for (let i = 0; i < count; i += 2) {
    came += values[i] ** 2.2;
    world += values[i + 1] ** 2.2;
  }
  const gain = (world / came) ** (1 / 2.2);
  let error = 0;
  for (let i = 0; i < count; i += 2) error += (values[i] * gain - values[i + 1]) ** 2;
  return -10 * Math.log10(error / (count / 2));
}

const arc = (more: Partial<Shot>[] = []): Shot[] =>
  [-45, -15, 15, 45].map((yaw, i) => shotTo(i, yaw, i % 2 === 0 ? 2 : -3, { ...more[i % Math.max(1, more.length)] }));
const circle = (more: Partial<Shot> = {}): Shot[] => Array.from({ length: 10 }, (_, i) => shotTo(i, i * 36, 0, more));

describe('the composed panorama', () => {
  it.each(['cylinder', 'sphere', 'mercator', 'panini', 'plane'] as const)(
    'equals the world on a %s',
    async (projection) => {
      const { plan, picture } = await compose(arc(), { projection });
      expect(compareWithWorld(plan, picture)).toBeGreaterThan(44);
    },
  );

  it('equals the world although exposures differ and corners are dark', async () => {
    const shots = arc([
      { exposure: 1, vignetting: 0.3 },
      { exposure: 0.6, vignetting: 0.3 },
      { exposure: 1.2, vignetting: 0.3 },
    ]);
    const { plan, picture } = await compose(shots, { projection: 'cylinder' });
    expect(compareWithWorld(plan, picture)).toBeGreaterThan(37);
  });

  it('undoes lens distortion', async () => {
    const shots = [-30, 0, 30].map((yaw, i) => shotTo(i, yaw, 0, { k1: -0.15 }));
    const { plan, picture } = await compose(shots, { projection: 'cylinder' });
    expect(compareWithWorld(plan, picture)).toBeGreaterThan(44);
  });

  it('does not alias when it is much smaller than the photos', async () => {
    const { plan, picture } = await compose(arc(), { projection: 'cylinder', maxWidth: 160 });
    expect(picture.width).toBeLessThanOrEqual(160);
    expect(compareWithWorld(plan, picture)).toBeGreaterThan(32);
  });

  it('keeps 16 bits when a photo has them', async () => {
    const { plan, picture } = await compose(arc([{ depth: 16 }]), { projection: 'cylinder' });
    expect(picture.data).toBeInstanceOf(Uint16Array);
    expect(compareWithWorld(plan, picture)).toBeGreaterThan(44);
    expect(new Set([...picture.data].map((v) => v & 255)).size).toBeGreaterThan(100);
  });

  it('covers a pole', async () => {
    const shots = [...circle(), shotTo(10, 0, -50), shotTo(11, 120, -50), shotTo(12, 240, -50), shotTo(13, 0, -90)];
    const more = [60, 180, 300].map((yaw, i) => shotTo(14 + i, yaw, -50));
    const { plan, picture } = await compose([...shots, ...more], { projection: 'sphere' });
    expect(plan.canvas.offset[1] - 0.5).toBeCloseTo((-Math.PI / 2) * plan.canvas.scale, 6);
    // All of the first rows, which is the sky right above, is there.
    for (let o = 3; o < picture.width * 40 * 4; o += 4) expect(picture.data[o]).toBe(255);
    expect(compareWithWorld(plan, picture)).toBeGreaterThan(43);
  });
});

describe('a closed circle', () => {
  it('shows no seam where its ends meet', async () => {
    const exposures = circle().map((shot, i) => ({ ...shot, exposure: i % 2 === 0 ? 1 : 0.8 }));
    const { plan, picture } = await compose(exposures, {});
    expect(plan.canvas.wraps).toBe(true);
    const { width, height, data } = picture;
    let [across, inside, count] = [0, 0, 0];
    for (let y = 30; y < height - 30; y++) {
      for (let c = 0; c < 3; c++) {
        across += Math.abs(data[y * width * 4 + c] - data[(y * width + width - 1) * 4 + c]);
        inside += Math.abs(data[(y * width + 200) * 4 + c] - data[(y * width + 201) * 4 + c]);
        count++;
      }
    }
    expect(across / count).toBeLessThan(inside / count + 2);
    expect(compareWithWorld(plan, picture)).toBeGreaterThan(38);
  });
});

describe('tiles', () => {
  it.each([97, 256])('of %i pixels give the same picture as one large tile', async (side) => {
    const shots = circle().map((shot, i) => ({ ...shot, exposure: 1 - 0.04 * i }));
    const whole = await compose(shots, {}, 4096);
    const tiled = await compose(shots, {}, side);
    let worst = 0;
    whole.picture.data.forEach((v, i) => (worst = Math.max(worst, Math.abs(v - tiled.picture.data[i]))));
    expect(worst).toBeLessThanOrEqual(1);
  });
});

describe('warp grids', () => {
  it('stay within a fiftieth of a pixel of the exact mapping', async () => {
    const { plan } = await compose([shotTo(0, -20, 8, { k1: -0.1 }), shotTo(1, 20, -8, { k1: -0.1 })], {
      projection: 'sphere',
    });
    const mapping = photoMappings(plan.cameras, 'sphere', plan.infos)[0];
    const { region } = plan.photos[0];
    const step = chooseGridStep(mapping, plan.canvas, region, plan.infos[0]);
    const grid = createWarpGrid(mapping, plan.canvas, region, step);
    const exact = new Float64Array(2);
    for (let j = 0; j + 1 < grid.rows; j++) {
      for (let i = 0; i + 1 < grid.columns; i++) {
        const n = j * grid.columns + i;
        const corners = [n, n + 1, n + grid.columns, n + grid.columns + 1];
        const [x, y] = [0, 1].map((k) => corners.reduce((s, q) => s + (k === 0 ? grid.px[q] : grid.py[q]) / 4, 0));
        const a = (grid.x + (i + 0.5) * step + plan.canvas.offset[0]) / plan.canvas.scale;
        const b = (grid.y + (j + 0.5) * step + plan.canvas.offset[1]) / plan.canvas.scale;
        if (!mapping(a, b, exact) || Number.isNaN(x)) continue;
        if (exact[0] < 0 || exact[1] < 0 || exact[0] > 239 || exact[1] > 199) continue;
        expect(Math.hypot(x - exact[0], y - exact[1])).toBeLessThan(0.02);
      }
    }
    expect(step).toBeGreaterThanOrEqual(2);
  });
});

describe('cropping the panorama', () => {
  it('leaves no transparent pixel and keeps cameras and canvas in step', async () => {
    const { plan, picture } = await compose(arc(), { projection: 'cylinder', crop: 'auto' });
    for (let o = 3; o < picture.data.length; o += 4) expect(picture.data[o]).toBe(255);
    expect(plan.crop.covered).toBe(1);
    expect(picture.height).toBeLessThan(plan.crop.fullHeight);
    const whole = await compose(arc(), { projection: 'cylinder' });
    const covered = Uint8Array.from({ length: whole.picture.data.length / 4 }, (_, p) => {
      return whole.picture.data[p * 4 + 3] === 255 ? 1 : 0;
    });
    const best = largestCoveredRectangle({ width: whole.picture.width, height: whole.picture.height, covered });
    expect(picture.width * picture.height).toBeGreaterThan(0.97 * best.width * best.height);
    expect(compareWithWorld(plan, picture)).toBeGreaterThan(44);
  });

  it('ends at --max-width after cropping', async () => {
    const { plan, picture } = await compose(arc(), { projection: 'cylinder', crop: 'auto', maxWidth: 300 });
    expect(picture.width).toBeLessThanOrEqual(300);
    expect(picture.width).toBeGreaterThan(290);
    expect(plan.canvas.width).toBe(picture.width);
  });
});

describe('photos of a flat thing', () => {
  const paint = (x: number, y: number, c: number): number =>
    128 + 50 * Math.sin(x / 9 + c) * Math.cos(y / 11) + 30 * Math.sin((x + 2 * y) / 40 + 2 * c);
  const homographies: Matrix3[] = [
    [1, 0, 0, 0, 1, 0, 0, 0, 1],
    [0.98, 0.1, 150, -0.1, 0.98, 20, 0, 1e-4, 1],
    [1.02, -0.05, 280, 0.06, 1, -15, 1e-4, 0, 1],
  ];

  it('come together on their common plane', async () => {
    const photos = homographies.map((_, i): PhotoInfo => {
      return { path: `${i}`, width: 240, height: 200, depth: 8, focal: null, cameraKey: '', contentHash: `${i}` };
    });
    const loadPhoto: LoadPhoto = (photo) => {
      const data = new Uint8Array(240 * 200 * 3);
      for (let p = 0; p < 240 * 200; p++) {
        const [x, y] = transformPoint(homographies[photo], p % 240, Math.floor(p / 240));
        for (let c = 0; c < 3; c++) data[p * 3 + c] = Math.round(paint(x, y, c));
      }
      return Promise.resolve({ width: 240, height: 200, channels: 3, data });
    };
    const cameras = homographies.map((panoramaFromImage, photo) => ({ photo, panoramaFromImage }));
    const options = { projection: 'auto', scale: 1, crop: 'none' } as const;
    const plan = await prepareComposition({ model: 'planar', cameras }, photos, loadPhoto, options);
    const { data, width, height } = await renderAll(plan, loadPhoto);
    let [sum, count] = [0, 0];
    for (let p = 0; p < width * height; p++) {
      if (data[p * 4 + 3] === 0) continue;
      const x = ((p % width) + plan.canvas.offset[0]) / plan.canvas.scale;
      const y = (Math.floor(p / width) + plan.canvas.offset[1]) / plan.canvas.scale;
      for (let c = 0; c < 3; c++, count++) sum += (data[p * 4 + c] - paint(x, y, c)) ** 2;
    }
    expect(Math.sqrt(sum / count)).toBeLessThan(1.5);
    expect(count / 3).toBeGreaterThan(1.5 * 240 * 200);
  });
});
