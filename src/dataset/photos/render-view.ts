import sharp from 'sharp';
import type { Image } from '../../image/image.ts';
import { invert3 } from '../../math/matrix3.ts';
import type { Random } from '../../math/random.ts';
import type { ViewLook, ViewPlan } from './view-plan.ts';
import { warpPicture } from '../../image/warp-picture.ts';

/**
 * Renders a grey 8-bit photograph as a plan says: warped, then exposed, blurred, noisy and compressed as JPEG. What lies
 * beyond the photograph is its mean grey.
 */
export async function renderView(photo: Image, plan: ViewPlan, random: Random): Promise<Image> {
  const { data } = photo;
  if (photo.channels !== 1 || !(data instanceof Uint8Array)) {
    throw new TypeError(`expected a grey 8-bit photo but received ${photo.channels} channels`);
  }
  const photoFromView = invert3(plan.viewFromPhoto);
  if (photoFromView === null) throw new TypeError('expected a homography that can be inverted');
  const { width, height } = plan;
  const warped = warpPicture({ ...photo, data }, photoFromView, width, height, meanOf(data));
  return { width, height, channels: 1, data: await photographed(warped.data, width, height, plan.look, random) };
}

async function photographed(
  levels: Uint8Array,
  width: number,
  height: number,
  { gain, gamma, offset, blurSigma, noiseSigma, jpegQuality }: ViewLook,
  random: Random,
): Promise<Uint8Array> {
  const raw = { width, height, channels: 1 } as const;
  const tone = Uint8Array.from({ length: 256 }, (_, level) => clamped(255 * (gain * (level / 255) ** gamma + offset)));
  let exposed = levels.map((level) => tone[level]);
  if (blurSigma > 0) {
    exposed = new Uint8Array(await sharp(exposed, { raw }).blur(blurSigma).extractChannel(0).raw().toBuffer());
  }
  for (let i = 0; i < exposed.length; i++) exposed[i] = clamped(exposed[i] + noiseSigma * random.normal());
  const jpeg = await sharp(exposed, { raw }).toColourspace('b-w').jpeg({ quality: jpegQuality }).toBuffer();
  return new Uint8Array(await sharp(jpeg).extractChannel(0).raw().toBuffer());
}

/** Rounded to a byte. */
function clamped(level: number): number {
  return Math.min(255, Math.max(0, Math.round(level)));
}

function meanOf(values: Uint8Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
