import { describe, expect, it } from 'vitest';
import { simulatedViews, viewFrame } from '../../../src/features/simulated-views.ts';
import { determinant3, transformPoint } from '../../../src/math/matrix3.ts';

const photo = { width: 400, height: 300 };
const views = simulatedViews();

describe('simulatedViews', () => {
  it('are the photo itself and more directions the stronger the tilt', () => {
    const countOf = (tilt: number): number => views.filter((view) => view.tilt === tilt).length;
    expect([1, 2, 4].map(countOf)).toEqual([1, 5, 10]);
    expect(views).toHaveLength(16);
    expect(views[0]).toEqual({ tilt: 1, direction: 0 });
    expect(simulatedViews([1])).toHaveLength(1);
  });

  it('go evenly through half a turn, after which they would repeat', () => {
    for (const [tilt, step] of [
      [2, 36],
      [4, 18],
    ]) {
      const directions = views.filter((view) => view.tilt === tilt).map(({ direction }) => (direction * 180) / Math.PI);
      directions.forEach((direction, i) => expect(direction).toBeCloseTo(i * step, 9));
      expect(directions.at(-1)! + step).toBeCloseTo(180, 9);
    }
  });

  it('show the photo on six times its area', () => {
    const shares = views.map((view) => Math.abs(determinant3(viewFrame(view, photo).viewFromPhoto)));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(6, 9);
  });
});

describe('viewFrame', () => {
  it('of no tilt and no turn is the photo', () => {
    const { width, height, viewFromPhoto } = viewFrame(views[0], photo);
    expect({ width, height }).toEqual(photo);
    const [x, y] = transformPoint(viewFromPhoto, 123, 45);
    expect([x, y]).toEqual([123, 45]);
  });

  it.each(views)('at tilt $tilt and direction $direction holds the whole photo and hardly more', (view) => {
    const { width, height, viewFromPhoto } = viewFrame(view, photo);
    const corners = [
      [-0.5, -0.5],
      [photo.width - 0.5, -0.5],
      [-0.5, photo.height - 0.5],
      [photo.width - 0.5, photo.height - 0.5],
    ].map(([x, y]) => transformPoint(viewFromPhoto, x, y));
    for (const [axis, length] of [width, height].entries()) {
      const places = corners.map((corner) => corner[axis]);
      expect(Math.min(...places)).toBeCloseTo(-0.5, 9);
      expect(Math.max(...places)).toBeLessThan(length - 0.5 + 1e-9);
      expect(Math.max(...places)).toBeGreaterThan(length - 1.5 - 1e-9);
    }
  });

  it.each(views)('at tilt $tilt squeezes along direction $direction, and not across it', ({ tilt, direction }) => {
    const { viewFromPhoto } = viewFrame({ tilt, direction }, photo);
    const [cos, sin] = [Math.cos(direction), Math.sin(direction)];
    const stepOf = (dx: number, dy: number): [number, number] => {
      const from = transformPoint(viewFromPhoto, 200, 100);
      const to = transformPoint(viewFromPhoto, 200 + dx, 100 + dy);
      return [to[0] - from[0], to[1] - from[1]];
    };
    const [along, across] = [stepOf(cos, sin), stepOf(-sin, cos)];
    expect(along[0]).toBeCloseTo(1 / tilt, 9);
    expect(along[1]).toBeCloseTo(0, 9);
    expect(across[0]).toBeCloseTo(0, 9);
    expect(across[1]).toBeCloseTo(1, 9);
  });

  it('of a tiny photo still has a pixel', () => {
    const { width, height } = viewFrame({ tilt: 4, direction: 0 }, { width: 1, height: 1 });
    expect([width, height]).toEqual([1, 1]);
  });
});
