import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../errors.ts';
import { cameraFromColmap, findCameraModel, type SfmCamera } from './camera.ts';
import { unknownCameraModel } from './colmap-errors.ts';
import type { ColmapImage, ColmapPoint, ColmapRecords } from './colmap-records.ts';

/** Reads `cameras.bin`, `images.bin` and `points3D.bin` (little-endian; COLMAP's `reconstruction_io.cc`). */
export async function readBinaryRecords(folder: string): Promise<ColmapRecords> {
  return {
    cameras: readCameras(await openBinary(join(folder, 'cameras.bin'))),
    images: readImages(await openBinary(join(folder, 'images.bin'))),
    points: readPoints(await openBinary(join(folder, 'points3D.bin'))),
  };
}

/** Numbers of a file one after the other. */
interface ByteReader {
  readonly path: string;
  u8(): number;
  u32(): number;
  i32(): number;
  /** Ids and counts: exact up to 2⁵³; COLMAP's "none", 2⁶⁴ − 1, is −1. */
  u64(): number;
  f64(): number;
  /** Up to a zero byte. */
  text(): string;
  /** A count of records of at least so many bytes. */
  countOf(recordBytes: number): number;
  skip(bytes: number): void;
  end(): void;
}

async function openBinary(path: string): Promise<ByteReader> {
  const bytes = await readFile(path);
  let at = 0;
  const damaged = (what: string): DataError =>
    new DataError(`${path}: ${what}. The file is damaged or cut short: copy it again or let COLMAP write it again.`);
  const take = (size: number): number => {
    if (at + size > bytes.length) throw damaged(`ends at byte ${bytes.length} in the middle of a record`);
    at += size;
    return at - size;
  };
  const u64 = (): number => {
    const value = bytes.readBigUInt64LE(take(8));
    return value === 0xffffffffffffffffn ? -1 : Number(value);
  };
  return {
    path,
    u8: () => bytes.readUInt8(take(1)),
    u32: () => bytes.readUInt32LE(take(4)),
    i32: () => bytes.readInt32LE(take(4)),
    u64,
    f64: () => bytes.readDoubleLE(take(8)),
    text() {
      const end = bytes.indexOf(0, at);
      if (end < 0) throw damaged(`has a name at byte ${at} that does not end`);
      const start = take(end + 1 - at);
      return bytes.toString('utf8', start, end);
    },
    countOf(recordBytes) {
      const count = u64();
      if (count < 0 || count * recordBytes > bytes.length - at) {
        throw damaged(`announces ${count} records at byte ${at - 8} but holds ${bytes.length - at} bytes more`);
      }
      return count;
    },
    skip: (size) => void take(size),
    end() {
      if (at !== bytes.length) throw damaged(`has ${bytes.length - at} bytes after its last record`);
    },
  };
}

function readCameras(reader: ByteReader): Map<number, SfmCamera> {
  const cameras = new Map<number, SfmCamera>();
  const count = reader.countOf(24);
  for (let i = 0; i < count; i++) {
    const id = reader.u32();
    const modelId = reader.i32();
    const model = findCameraModel(modelId);
    if (model === undefined) throw unknownCameraModel(reader.path, id, `number ${modelId}`);
    const [width, height] = [reader.u64(), reader.u64()];
    cameras.set(
      id,
      cameraFromColmap(
        model,
        width,
        height,
        model.parameters.map(() => reader.f64()),
      ),
    );
  }
  reader.end();
  return cameras;
}

function readImages(reader: ByteReader): ColmapImage[] {
  const images: ColmapImage[] = [];
  const count = reader.countOf(73);
  for (let i = 0; i < count; i++) {
    reader.skip(4);
    const rotation = [reader.f64(), reader.f64(), reader.f64(), reader.f64()] as const;
    const translation = [reader.f64(), reader.f64(), reader.f64()] as const;
    const cameraId = reader.u32();
    const name = reader.text();
    const points = reader.countOf(24);
    const x = new Float64Array(points);
    const y = new Float64Array(points);
    const pointId = new Float64Array(points);
    for (let j = 0; j < points; j++) {
      x[j] = reader.f64();
      y[j] = reader.f64();
      pointId[j] = reader.u64();
    }
    images.push({ name, cameraId, rotation, translation, x, y, pointId });
  }
  reader.end();
  return images;
}

function readPoints(reader: ByteReader): ColmapPoint[] {
  const points: ColmapPoint[] = [];
  const count = reader.countOf(51);
  for (let i = 0; i < count; i++) {
    const id = reader.u64();
    points.push({ id, position: [reader.f64(), reader.f64(), reader.f64()] });
    // Colour and error; then the track, which the images tell too.
    reader.skip(3 + 8);
    reader.skip(8 * reader.countOf(8));
  }
  reader.end();
  return points;
}
