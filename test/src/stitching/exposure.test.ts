import { describe, expect, it } from 'vitest';
import { canvasAtScale, rectangleOfBounds } from '../../../src/stitching/canvas.ts';
import { estimateTones } from '../../../src/stitching/exposure.ts';
import { layoutPanorama, photoMappings } from '../../../src/stitching/layout.ts';
import { sampleOverlaps } from '../../../src/stitching/overlap-samples.ts';
import { clipToCanvas, warpPreview } from '../../../src/stitching/preview.ts';
import { logVignetting, neutralTone } from '../../../src/stitching/tone.ts';
import { applyToneToPreview } from '../../../src/stitching/preview-tone.ts';
import type { Tone } from '../../../src/stitching/tone.ts';
import type { Shot, World } from './analytic-world.ts';
import { photograph, shotTo, wavyWorld } from './analytic-world.ts';

async function tonesOf(shots: Shot[]): Promise<Tone[]> {
  const { cameras, photos, loadPhoto } = photograph(shots, wavyWorld);
  const layout = layoutPanorama(cameras, photos, 'cylinder');
  const canvas = canvasAtScale(layout, 220);
  const mappings = photoMappings(layout.cameras, 'cylinder', photos);
  const previews = await Promise.all(
    shots.map(async (shot, i) => {
      const rectangle = clipToCanvas(rectangleOfBounds(canvas, layout.photoBounds[i]), canvas);
      return warpPreview(await loadPhoto(i), mappings[i], shot, canvas, rectangle);
    }),
  );
  return estimateTones(
    shots.length,
    sampleOverlaps(previews, canvas),
    shots.map(() => 0),
  );
}

/** Gains relative to the first photo's that undo the exposures. */
function expectGains(tones: Tone[], exposures: number[], tolerance: number): void {
  tones.forEach(({ gain }, i) => {
    for (let c = 0; c < 3; c++) {
      const relative = gain[c] / tones[0].gain[c] / (exposures[0] / exposures[i]);
      expect(Math.abs(relative - 1)).toBeLessThan(tolerance);
    }
  });
}

describe('exposure compensation', () => {
  const exposures = [1, 0.7, 1.3, 0.9];

  it('recovers exposure ratios within 2 %, and gains average 1', async () => {
    const tones = await tonesOf(exposures.map((exposure, i) => shotTo(i, i * 32, 0, { exposure })));
    expectGains(tones, exposures, 0.02);
    for (let c = 0; c < 3; c++) {
      expect(tones.reduce((product, { gain }) => product * gain[c], 1)).toBeCloseTo(1, 9);
    }
    expect(tones[0].vignetting).toEqual([0, 0, 0]);
  });

  it('tells vignetting from exposure', async () => {
    const tones = await tonesOf(exposures.map((exposure, i) => shotTo(i, i * 32, 0, { exposure, vignetting: 0.3 })));
    expectGains(tones, exposures, 0.02);
    for (const r2 of [0.25, 0.5, 0.75]) {
      expect(Math.abs(Math.exp(logVignetting(tones[0].vignetting, r2)) - (1 - 0.3 * r2))).toBeLessThan(0.02);
    }
  });

  it('is not misled by something bright that only one photo shows', async () => {
    const lantern: World = (d, rgb) => {
      wavyWorld(d, rgb);
      if (d[0] > 0.2 && d[0] < 0.32 && Math.abs(d[1]) < 0.2) rgb.fill(0.93);
    };
    const tones = await tonesOf([shotTo(0, 0, 0, { world: lantern }), shotTo(1, 32, 0, { exposure: 0.8 })]);
    expectGains(tones, [1, 0.8], 0.02);
  });

  it('leaves white that is cut off white instead of grey', () => {
    const rgb = Uint8Array.from([255, 255, 255, 120, 120, 120]);
    const valid = Uint8Array.from([1, 1]);
    const rectangle = { x: 0, y: 0, width: 2, height: 1 };
    const preview = { rectangle, valid, rgb, radius2: new Float32Array(2), centrality: new Float32Array(2) };
    const darker = applyToneToPreview(preview, { ...neutralTone, gain: [0.5, 0.5, 0.5] });
    expect(darker[0]).toBeCloseTo(255, 0);
    expect(darker[3]).toBeLessThan(90);
  });
});
