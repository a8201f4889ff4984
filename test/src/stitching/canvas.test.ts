import { describe, expect, it } from 'vitest';
import { OutputError } from '../../../src/errors.ts';
import { canvasAtScale, rectanglesMeet, requireCanvasSize } from '../../../src/stitching/canvas.ts';
import { layoutPanorama } from '../../../src/stitching/layout.ts';
import { directionOfPixel, planarMapping, rotationMapping } from '../../../src/stitching/photo-mapping.ts';
import type { Shot } from './analytic-world.ts';
import { photograph, shotTo, wavyWorld } from './analytic-world.ts';

function layoutOf(shots: Shot[], projection: Parameters<typeof layoutPanorama>[2] = 'auto') {
  const { cameras, photos } = photograph(shots, wavyWorld);
  return layoutPanorama(cameras, photos, projection);
}

const row = (yaws: number[], pitch = 0): Shot[] => yaws.map((yaw, i) => shotTo(i, yaw, pitch));
const circle = Array.from({ length: 12 }, (_, i) => i * 30);

describe('choosing a projection', () => {
  it('takes a plane for a narrow view, a cylinder for a wide row, a sphere for tall views', () => {
    expect(layoutOf(row([0, 20])).projection).toBe('plane');
    expect(layoutOf(row([0, 30, 60, 90])).projection).toBe('cylinder');
    expect(
      layoutOf([...row([0, 30, 60, 90], -30), ...row([0, 30, 60, 90], 30).map((s, i) => reindex(s, i + 4))]).projection,
    ).toBe('sphere');
  });

  it('closes a full circle and leaves an arc open', () => {
    const closed = layoutOf(row(circle));
    expect(closed.wraps).toBe(true);
    const canvas = canvasAtScale(closed, 220);
    expect(canvas.width).toBeCloseTo(2 * Math.PI * canvas.scale, 9);
    expect(layoutOf(row(circle.slice(0, 9))).wraps).toBe(false);
  });

  it('does not cut an arc that runs across θ = ±π, and puts its middle at θ = 0', () => {
    const layout = layoutOf(row([140, 165, 190, 215, 240]));
    expect(layout.bounds.a1 - layout.bounds.a0).toBeLessThan((165 * Math.PI) / 180);
    expect(layout.bounds.a0 + layout.bounds.a1).toBeCloseTo(0, 2);
  });

  it('faces photos of the floor when it shows them on a plane', () => {
    const layout = layoutOf([shotTo(0, 0, 60), shotTo(1, 15, 60)]);
    expect(layout.projection).toBe('plane');
    expect(Math.max(...Object.values(layout.bounds).map(Math.abs))).toBeLessThan(1.2);
  });

  it('refuses a plane of 160° and names an alternative', () => {
    expect(() => layoutOf(row([0, 30, 60, 90, 110]), 'plane')).toThrow(OutputError);
    expect(() => layoutOf(row([0, 30, 60, 90, 110]), 'plane')).toThrow(/cylinder/);
    expect(() => layoutOf(row(circle), 'panini')).toThrow(/360°/);
  });
});

describe('where photos lie', () => {
  it('spans all θ up to the pole for a photo that looks straight up', () => {
    const layout = layoutOf([...row(circle), shotTo(12, 0, -88), shotTo(13, 0, -45)], 'sphere');
    expect(layout.photoBounds[12].a1 - layout.photoBounds[12].a0).toBeCloseTo(2 * Math.PI, 9);
    expect(layout.bounds.b0).toBeCloseTo(-Math.PI / 2, 9);
  });

  it('contains every pixel of every photo, distorted or turned', () => {
    const shots = [shotTo(0, -20, 5, { k1: -0.15 }), shotTo(1, 30, -12, { k1: 0.05 })];
    const layout = layoutOf(shots, 'panini');
    const canvas = canvasAtScale(layout, 200);
    const pixel = new Float64Array(2);
    if (layout.cameras.model !== 'rotation') throw new Error('expected rotating cameras');
    layout.cameras.cameras.forEach((camera, i) => {
      const mapping = rotationMapping('panini', camera, shots[i]);
      const { a0, b0, a1, b1 } = layout.photoBounds[i];
      for (let k = 0; k < 400; k++) {
        const outside = k % 2 === 0 ? a1 + 0.03 : a0 - 0.03;
        const seen = mapping(outside, b0 + (k / 400) * (b1 - b0), pixel);
        const inPhoto = seen && pixel[0] > 0 && pixel[1] > 0 && pixel[0] < 239 && pixel[1] < 199;
        expect(inPhoto).toBe(false);
      }
    });
    expect(canvas.width).toBe(Math.round(200 * (layout.bounds.a1 - layout.bounds.a0)));
  });

  it('maps a pixel to its direction and back through the distortion', () => {
    const { camera } = shotTo(0, 25, -10, { k1: -0.12 });
    const d = new Float64Array(3);
    const pixel = new Float64Array(2);
    for (const [x, y] of [
      [0, 0],
      [239, 10],
      [120, 199],
      [60.5, 77.25],
    ]) {
      directionOfPixel(camera, x, y, d);
      const mapping = rotationMapping('sphere', camera, { width: 240, height: 200 });
      expect(mapping(Math.atan2(d[0], d[2]), Math.asin(d[1]), pixel)).toBe(true);
      expect(pixel[0]).toBeCloseTo(x, 6);
      expect(pixel[1]).toBeCloseTo(y, 6);
    }
  });

  it('shows nothing beyond the radius where barrel distortion folds back', () => {
    const { camera } = shotTo(0, 0, 0, { k1: -0.3, focal: 160 });
    const mapping = rotationMapping('plane', camera, { width: 240, height: 200 });
    // At r = 1.7 the polynomial is back near the centre: a ghost of the photo must not appear there.
    expect(mapping(1.7, 0, new Float64Array(2))).toBe(false);
  });

  it('places photos of a flat thing by their homographies', () => {
    const photo = { width: 200, height: 100 };
    const mapping = planarMapping({ photo: 0, panoramaFromImage: [0.5, 0, 40, 0, 0.5, -7, 0, 0, 1] }, photo);
    const pixel = new Float64Array(2);
    expect(mapping(90, 13, pixel)).toBe(true);
    expect([...pixel]).toEqual([100, 40]);
  });
});

describe('canvas', () => {
  it('finds rectangles that meet round the back of the panorama', () => {
    const tile = { x: 0, y: 0, width: 50, height: 50 };
    expect(rectanglesMeet(tile, { x: 960, y: 10, width: 60, height: 10 }, 1000)).toBe(true);
    expect(rectanglesMeet(tile, { x: 940, y: 10, width: 60, height: 10 }, 1000)).toBe(false);
    expect(rectanglesMeet(tile, { x: -980, y: 10, width: 10, height: 10 }, 1000)).toBe(true);
    expect(rectanglesMeet(tile, { x: 960, y: 10, width: 60, height: 10 }, 0)).toBe(false);
  });

  it('refuses a picture beyond the limit and says how wide it may be', () => {
    expect(() => requireCanvasSize(60000, 40000, 1e9)).toThrow(/60000 × 40000.*--max-width 38729/);
    expect(() => requireCanvasSize(1000, 1000, 1e9)).not.toThrow();
  });
});

function reindex(shot: Shot, photo: number): Shot {
  return { ...shot, camera: { ...shot.camera, photo } };
}
