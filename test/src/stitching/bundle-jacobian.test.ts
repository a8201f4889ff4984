import { describe, expect, it } from 'vitest';
import { multiply3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { rotationFromVector } from '../../../src/math/rotation.ts';
import {
  ROW,
  createTransferScratch,
  prepareTransfer,
  transferWithJacobian,
} from '../../../src/stitching/bundle-jacobian.ts';
import type { CameraState } from '../../../src/stitching/cameras-model.ts';
import { pixelToRay, rotationOf, stateFromCameras, transferPixel } from '../../../src/stitching/cameras-model.ts';
import { lookAt } from './synthetic-graph.ts';

const two = stateFromCameras([
  { photo: 0, focal: 900, cx: 612, cy: 440, k1: -0.12, k2: 0.03, R: lookAt(-0.2, 0.1, 0.05) },
  { photo: 1, focal: 1100, cx: 590, cy: 455, k1: 0.06, k2: -0.02, R: lookAt(0.25, -0.05, -0.1) },
]);

/** The state with parameter k (of 16: source camera, then target) moved by h, as the adjustment moves it. */
function moved(state: CameraState, k: number, h: number): CameraState {
  const next = { count: 2, rotations: state.rotations.slice(), intrinsics: state.intrinsics.slice() };
  const camera = k < 8 ? 0 : 1;
  const p = k % 8;
  if (p < 3) {
    const w = [0, 0, 0];
    w[p] = h;
    next.rotations.set(multiply3(rotationFromVector(w[0], w[1], w[2]), rotationOf(state, camera)), 9 * camera);
  } else if (p === 3) next.intrinsics[5 * camera] *= Math.exp(h);
  else next.intrinsics[5 * camera + p - 3] += h;
  return next;
}

describe('transferWithJacobian', () => {
  it('agrees with transferPixel and with finite differences in all 16 parameters', () => {
    const random = createRandom(1);
    const scratch = createTransferScratch();
    prepareTransfer(two, 0, 1, scratch);
    for (let trial = 0; trial < 20; trial++) {
      const [x, y] = [400 + 800 * random.next(), 900 * random.next()];
      expect(transferWithJacobian(two, 0, 1, x, y, scratch)).toBe(true);
      const here = new Float64Array(3);
      transferPixel(two, 0, 1, x, y, here);
      expect(scratch.pixel[0]).toBeCloseTo(here[0], 8);
      expect(scratch.pixel[1]).toBeCloseTo(here[1], 8);
      for (let k = 0; k < ROW; k++) {
        const h = k % 8 === 4 || k % 8 === 5 ? 1e-3 : 1e-6;
        const [plus, minus] = [new Float64Array(3), new Float64Array(3)];
        transferPixel(moved(two, k, h), 0, 1, x, y, plus);
        transferPixel(moved(two, k, -h), 0, 1, x, y, minus);
        for (const axis of [0, 1]) {
          const numeric = (plus[axis] - minus[axis]) / (2 * h);
          expect(Math.abs(scratch.jacobian[axis * ROW + k] - numeric)).toBeLessThan(1e-4 * (1 + Math.abs(numeric)));
        }
      }
    }
  });

  it('refuses points behind the camera', () => {
    const back = moved(two, 9, Math.PI);
    const scratch = createTransferScratch();
    prepareTransfer(back, 0, 1, scratch);
    expect(transferWithJacobian(back, 0, 1, 600, 450, scratch)).toBe(false);
  });

  it('knows no direction of a pixel beyond the radius where distortion turns back', () => {
    // r (1 − 0.3 r²) peaks at r = 1.054 with 0.703.
    const ray = new Float64Array(3);
    const state = stateFromCameras([
      { photo: 0, focal: 100, cx: 0, cy: 0, k1: -0.3, k2: 0, R: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
    ]);
    pixelToRay(state, 0, 90, 0, ray);
    expect(ray[0]).toBeNaN();
  });
});
