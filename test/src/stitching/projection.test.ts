import { describe, expect, it } from 'vitest';
import { project, projections, unproject } from '../../../src/stitching/projection.ts';

function direction(theta: number, phi: number): [number, number, number] {
  return [Math.cos(phi) * Math.sin(theta), Math.sin(phi), Math.cos(phi) * Math.cos(theta)];
}

describe.each(projections)('the %s projection', (projection) => {
  it('returns every direction it shows', () => {
    const p = new Float64Array(2);
    const d = new Float64Array(3);
    const widest = projection === 'plane' ? 1.2 : projection === 'panini' ? 2.4 : Math.PI - 1e-6;
    for (let theta = -widest; theta <= widest; theta += widest / 7) {
      for (let phi = -1.2; phi <= 1.2; phi += 0.3) {
        const [x, y, z] = direction(theta, phi);
        expect(project(projection, 3 * x, 3 * y, 3 * z, p)).toBe(true);
        expect(unproject(projection, p[0], p[1], d)).toBe(true);
        expect(Math.hypot(d[0] - x, d[1] - y, d[2] - z)).toBeLessThan(1e-12);
      }
    }
  });

  it('has unit scale in its middle, right is right and down is down', () => {
    const p = new Float64Array(2);
    project(projection, ...direction(1e-4, 2e-4), p);
    expect(p[0]).toBeCloseTo(1e-4, 9);
    expect(p[1]).toBeCloseTo(2e-4, 9);
  });
});

describe('projection formulas', () => {
  const [theta, phi] = [0.8, 0.5];
  const expected = {
    plane: [Math.tan(theta), Math.tan(phi) / Math.cos(theta)],
    cylinder: [theta, Math.tan(phi)],
    sphere: [theta, phi],
    mercator: [theta, Math.log(Math.tan(Math.PI / 4 + phi / 2))],
    panini: [2 * Math.tan(theta / 2), (2 / (1 + Math.cos(theta))) * Math.tan(phi)],
  };
  it.each(projections)('%s lands where its definition says', (projection) => {
    const p = new Float64Array(2);
    project(projection, ...direction(theta, phi), p);
    expect(p[0]).toBeCloseTo(expected[projection][0], 12);
    expect(p[1]).toBeCloseTo(expected[projection][1], 12);
  });

  it('has no picture behind the camera on a plane, nor beyond the poles of a sphere', () => {
    expect(project('plane', 0.1, 0, -1, new Float64Array(2))).toBe(false);
    expect(unproject('sphere', 0, 1.6, new Float64Array(3))).toBe(false);
  });
});
