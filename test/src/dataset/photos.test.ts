import { describe, expect, it } from 'vitest';
import { keepAgreeing, matchViews } from '../../../src/dataset/photos/match-views.ts';
import { patchesInside } from '../../../src/features/patch-inside.ts';
import { isHeldOut } from '../../../src/dataset/photos/photo-key.ts';
import { planViews } from '../../../src/dataset/photos/view-plan.ts';
import { warpPicture } from '../../../src/image/warp-picture.ts';
import { identity3, invert3, type Matrix3, transformPoint } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';

function keypoints(rows: readonly (readonly [number, number, number, number])[]) {
  const column = (at: number) => Float32Array.from(rows, (row) => row[at]);
  return { count: rows.length, x: column(0), y: column(1), size: column(2), angle: column(3) };
}

describe('matching by a homography', () => {
  // Turned by a quarter (x to y), half as large.
  const turned: Matrix3 = [0, -0.5, 100, 0.5, 0, 10, 0, 0, 1];

  it('wants place, size and angle to agree after the change of scale and direction', () => {
    const a = keypoints([[40, 60, 20, 0.3]]);
    const partner = (x: number, y: number, size: number, angle: number) =>
      matchViews(a, keypoints([[x, y, size, angle]]), turned)[0];
    const quarter = Math.PI / 2;
    expect(partner(70, 30, 10, 0.3 + quarter)).toBe(0);
    expect(partner(70.8, 30.5, 13, 0.3 + quarter - 0.4)).toBe(0);
    expect(partner(70, 30, 10, 0.3 + quarter - 2 * Math.PI)).toBe(0);
    expect(partner(73, 30, 10, 0.3 + quarter)).toBe(-1);
    expect(partner(70, 30, 15, 0.3 + quarter)).toBe(-1);
    expect(partner(70, 30, 10, 0.3)).toBe(-1);
  });

  it('is one to one, nearest with nearest', () => {
    const a = keypoints([
      [50, 50, 12, 0],
      [51, 50, 12, 0],
      [90, 90, 12, 0],
    ]);
    const b = keypoints([
      [51.4, 50, 12, 0],
      [90, 90, 12, 0.1],
      [90, 90, 12, 0],
    ]);
    expect([...matchViews(a, b, identity3)]).toEqual([-1, 0, 2]);
  });
});

describe('partners in several views', () => {
  it('agree with each other too', () => {
    const place = (size: number) =>
      keypoints([
        [50, 50, size, 0],
        [150, 50, size, 0],
      ]);
    const views = [place(20), place(26), place(15), place(24)];
    const all = [identity3, identity3, identity3, identity3];
    const partners = views.slice(1).map((view) => matchViews(views[0], view, identity3));
    expect(partners.map((view) => [...view])).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
    const { partners: kept, lost } = keepAgreeing(views, all, partners);
    // 15 and 26 are 0.8 octaves apart; what was taken back counts no more against the next.
    expect(kept.map((view) => [...view])).toEqual([
      [0, 1],
      [-1, -1],
      [0, 1],
    ]);
    expect(lost).toEqual([[], [0, 1], []]);
  });
});

describe('views of a photo', () => {
  it('show each place where the homography says, at every tilt', () => {
    const [width, height] = [300, 200];
    const [cx, cy] = [171.3, 96.8];
    const data = Uint8Array.from({ length: width * height }, (_, i) => {
      const [dx, dy] = [(i % width) - cx, Math.floor(i / width) - cy];
      return Math.round(220 * Math.exp(-(dx * dx + dy * dy) / (2 * 6 ** 2)));
    });
    for (let seed = 0; seed < 20; seed++) {
      const [base, view] = planViews(width, height, 1, createRandom(seed));
      for (const { viewFromPhoto, width: w, height: h } of [base, view]) {
        const warped = warpPicture({ width, height, channels: 1, data }, invert3(viewFromPhoto)!, w, h, 0);
        let [sum, sumX, sumY] = [0, 0, 0];
        warped.data.forEach((level, i) => {
          sum += level;
          sumX += level * (i % w);
          sumY += level * Math.floor(i / w);
        });
        const [x, y] = transformPoint(viewFromPhoto, cx, cy);
        // Perspective moves the centre of gravity of a spot by a little.
        expect(Math.hypot(sumX / sum - x, sumY / sum - y)).toBeLessThan(0.35);
      }
    }
  });

  it('do not alias', () => {
    // Lines one pixel wide, foreshortened three times: grey.
    const data = Uint8Array.from({ length: 90 * 90 }, (_, i) => 255 * (i % 2));
    const third: Matrix3 = [3, 0, 0.8, 0, 1, 0, 0, 0, 1];
    const warped = warpPicture({ width: 90, height: 90, channels: 1, data }, third, 30, 90, 0);
    expect(Math.max(...warped.data.subarray(1, 28)) - Math.min(...warped.data.subarray(1, 28))).toBeLessThan(100);
  });

  it('are first nearly the photo itself, which fills all of it', () => {
    for (let seed = 0; seed < 20; seed++) {
      const [{ viewFromPhoto, width, height }] = planViews(320, 240, 1, createRandom(seed));
      const photoFromView = invert3(viewFromPhoto)!;
      const corners = [
        transformPoint(photoFromView, -0.5, -0.5),
        transformPoint(photoFromView, width - 0.5, height - 0.5),
      ];
      for (const [x, y] of corners) expect([x >= -0.5, y >= -0.5, x <= 319.5, y <= 239.5]).toEqual(Array(4).fill(true));
      expect(width).toBeGreaterThan(0.84 * 318);
    }
  });

  it('give patches only where they show nothing but the photo', () => {
    // The photo begins 50 px from the left of a view of the same size.
    const shifted: Matrix3 = [1, 0, -50, 0, 1, 0, 0, 0, 1];
    const found = keypoints([
      [70, 100, 10, 0],
      [90, 100, 10, 0],
      [90, 100, 10, Math.PI / 4],
      [195, 195, 10, 0],
    ]);
    const size = { width: 200, height: 200 };
    // Half a side of 60 px leaves the photo from x = 70; turned, its corner reaches 42 px from x = 90. Where the view itself
    // ends, nothing was filled in.
    expect([...patchesInside(found, 6, size, shifted, size)]).toEqual([0, 1, 0, 1]);
  });
});

describe('holding out', () => {
  it('takes about its share, and one photo always or never', () => {
    const keys = Array.from({ length: 2000 }, (_, i) => `folder/${i}.jpg`);
    const held = keys.filter((key) => isHeldOut(key, 0.1, 0));
    expect(held.length).toBeGreaterThan(150);
    expect(held.length).toBeLessThan(250);
    expect(held.every((key) => isHeldOut(key, 0.2, 0))).toBe(true);
    expect(held.every((key) => isHeldOut(key, 0.1, 1))).toBe(false);
    expect(keys.some((key) => isHeldOut(key, 0, 0))).toBe(false);
    expect(keys.every((key) => isHeldOut(key, 1, 0))).toBe(true);
  });
});
