import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawMatches, goodnessColour, rasterise } from '../../../src/export/match-drawing.ts';
import { pictureUri } from '../../../src/export/markup.ts';

/** A photo of one grey, as JPEG or PNG. */
async function greyPhoto(width: number, height: number, value: number, format: 'jpeg' | 'png') {
  const background = { r: value, g: value, b: value };
  const picture = sharp({ create: { width, height, channels: 3, background } });
  return { width, height, picture: pictureUri(await picture.toFormat(format).toBuffer()) };
}

async function pixelsOf(picture: Buffer) {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return {
    ...info,
    at: (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)],
  };
}

describe('drawMatches', () => {
  // Both photos are drawn at half their size: 400 + 8 + 200 px wide, 200 px high.
  const photos = async () => ({
    photo1: await greyPhoto(800, 400, 40, 'jpeg'),
    photo2: await greyPhoto(400, 400, 200, 'png'),
    width: 608,
  });

  it('shows both photos beside each other and a coloured line from place to place', async () => {
    const points = Float64Array.of(99.5, 199.5, 99.5, 199.5, 99.5, 299.5, 99.5, 99.5);
    const svg = drawMatches({ ...(await photos()), points, goodness: Float32Array.of(1, 0) });
    const drawn = await pixelsOf(await rasterise(svg, 'png'));
    expect([drawn.width, drawn.height]).toEqual([608, 200]);
    const near = (x: number, y: number, colour: number[]) =>
      drawn.at(x, y).forEach((v, i) => expect(Math.abs(v - colour[i]), `${x}, ${y}`).toBeLessThan(3));
    near(20, 20, [40, 40, 40]);
    near(590, 20, [200, 200, 200]);
    // Match 1 lies level at (50, 100) and 408 + (50, 100): green dots at both ends. Match 2 is red and climbs.
    near(50, 100, [64, 224, 170]);
    near(458, 100, [64, 224, 170]);
    near(50, 150, [214, 40, 57]);
    near(458, 50, [214, 40, 57]);
    // A quarter of the way along each line its own colour leads, four fifths opaque.
    const [red, green] = drawn.at(152, 100);
    expect(green).toBeGreaterThan(red + 60);
    const [red2, green2] = drawn.at(152, 125);
    expect(red2).toBeGreaterThan(green2 + 60);
  });

  it('draws an even choice of many matches', async () => {
    const points = Float64Array.from({ length: 4 * 1000 }, (_, i) => (i % 4) * 50 + i / 100);
    const svg = drawMatches({ ...(await photos()), points, maxMatches: 100 });
    expect(svg.match(/<line /g)).toHaveLength(100);
  });

  it('is JPEG where asked', async () => {
    const svg = drawMatches({ ...(await photos()), points: new Float64Array(0) });
    expect((await sharp(await rasterise(svg, 'jpeg')).metadata()).format).toBe('jpeg');
  });
});

describe('goodnessColour', () => {
  it('goes from red to green and takes what is not a number for bad', () => {
    expect([0, 0.5, 1, NaN, 7].map(goodnessColour)).toEqual(['#d62839', '#fabe28', '#40e0aa', '#d62839', '#40e0aa']);
  });
});
