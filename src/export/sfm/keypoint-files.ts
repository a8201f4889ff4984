import { join } from 'node:path';
import { readFile, writeFile } from 'node:fs/promises';
import { DataError } from '../../errors.ts';
import type { SfmFeatures } from '../../scene/sfm-set.ts';
import { readBytesIfAny } from './read-bytes.ts';

/**
 * `.feat` and `.desc` of OpenMVG and AliceVision (`feature.hpp`, `descriptor.hpp`; AliceVision's `PointFeature.hpp`).
 *
 * A line of `.feat` is `x y scale orientation`: px, the centre of the top-left pixel is (0, 0) as ours; the scale is
 * VLFeat's σ, half of OpenCV's size; the orientation in radians turns from x to y, clockwise as seen, as ours.
 *
 * `.desc` is the count as u64, then 128 bytes a descriptor (both programs' SIFT), little-endian. Ours have negative
 * numbers, which SIFT has not: 128 is added. The programs compare distances, which that leaves as they are.
 */
const sift = { length: 128, offset: 128, gain: 256, norm: 512 };

/** Whether descriptors of this length have a place in `.desc`. */
export function fitsSift({ descriptorLength }: SfmFeatures): boolean {
  return descriptorLength === sift.length;
}

/** Writes `<stem>.feat` and, where descriptors fit, `<stem>.desc`. */
export async function writeKeypointFiles(folder: string, stem: string, features: SfmFeatures): Promise<void> {
  await writeFile(join(folder, `${stem}.feat`), featText(features));
  if (fitsSift(features)) await writeFile(join(folder, `${stem}.desc`), descBytes(features));
}

function featText({ count, x, y, size, angle }: SfmFeatures): string {
  const lines = Array.from({ length: count }, (_, i) =>
    [x[i], y[i], size[i] / 2, angle[i]].map((value) => Number(value.toPrecision(float32Digits))).join(' '),
  );
  return lines.map((line) => `${line}\n`).join('');
}

/** As many give every float32 back. */
const float32Digits = 9;

function descBytes({ count, descriptors }: SfmFeatures): Uint8Array {
  const bytes = new Uint8ClampedArray(8 + descriptors.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(count), true);
  // Clamped arrays round and clamp.
  for (let i = 0; i < descriptors.length; i++) bytes[8 + i] = sift.gain * descriptors[i] + sift.offset;
  return new Uint8Array(bytes.buffer);
}

/**
 * Reads `<stem>.feat` and, where there is one, `<stem>.desc`. The response is not in them: it is 0.
 * @param program that can write the files again, for errors
 * @throws DataError, naming the file, where it is missing or damaged
 */
export async function readKeypointFiles(folder: string, stem: string, program: string): Promise<SfmFeatures> {
  const remedy = `copy it again or let ${program} write it again`;
  const feat = join(folder, `${stem}.feat`);
  const text = await readFile(feat, 'latin1').catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${feat} cannot be read (${error.code}); ${remedy}.`);
  });
  const values = Float32Array.from(
    text.split(/\s+/).filter((token) => token !== ''),
    Number,
  );
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong !== -1 || values.length % 4 !== 0) {
    const line = 1 + Math.floor((wrong === -1 ? values.length : wrong) / 4);
    throw new DataError(`${feat}: expected x, y, scale and orientation in line ${line}; ${remedy}.`);
  }
  const count = values.length / 4;
  const column = (c: number): Float32Array => Float32Array.from({ length: count }, (_, i) => values[4 * i + c]);
  const desc = join(folder, `${stem}.desc`);
  const bytes = await readBytesIfAny(desc, remedy);
  return {
    count,
    x: column(0),
    y: column(1),
    size: column(2).map((sigma) => 2 * sigma),
    angle: column(3),
    response: new Float32Array(count),
    descriptors: bytes === null ? new Float32Array(0) : parseDesc(bytes, count, desc, remedy),
    descriptorLength: bytes === null ? 0 : sift.length,
  };
}

function parseDesc(bytes: Buffer, count: number, file: string, remedy: string): Float32Array {
  if (bytes.length < 8 || Number(bytes.readBigUInt64LE(0)) !== count || bytes.length !== 8 + count * sift.length) {
    const found = bytes.length < 8 ? 'none' : bytes.readBigUInt64LE(0);
    throw new DataError(
      `${file}: expected ${count} descriptors of ${sift.length} bytes as there are keypoints, found ${found} in ` +
        `${bytes.length} bytes; ${remedy}.`,
    );
  }
  const values = Float32Array.from(bytes.subarray(8));
  const descriptors = new Float32Array(values.length);
  for (let i = 0; i < count; i++) {
    const raw = values.subarray(i * sift.length, (i + 1) * sift.length);
    // SIFT's own bytes have a length of 512 and no offset.
    const shift = Math.hypot(...raw) > 1.5 * sift.norm ? sift.offset : 0;
    const length = Math.hypot(...raw.map((value) => value - shift)) || 1;
    descriptors.set(
      raw.map((value) => (value - shift) / length),
      i * sift.length,
    );
  }
  return descriptors;
}
