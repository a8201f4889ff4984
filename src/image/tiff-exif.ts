import { open, type FileHandle } from 'node:fs/promises';
import type { Exif as ExifStrings } from 'sharp';

/**
 * Adds EXIF to a TIFF file, which libvips writes without. The main directory is written again at the end of the file
 * together with the EXIF and GPS directories, and the header pointed at it (TIFF 6.0, section 2; EXIF 2.32, section 4.6).
 * Big-endian files and BigTIFF stay as they are.
 * @param exif text values as for sharp; tags of the main directory that the file has already keep the file's values
 */
export async function addExifToTiff(path: string, exif: ExifStrings): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const header = await readAt(file, 0, 8);
    if (header.toString('latin1', 0, 4) !== 'II*\0') return;
    const mainAt = header.readUInt32LE(4);
    const count = (await readAt(file, mainAt, 2)).readUInt16LE();
    const directory = await readAt(file, mainAt + 2, count * entryBytes + 4);
    const { size } = await file.stat();
    const appended = appendedDirectories(directory, count, exif, size + (size % 2));
    if (appended.mainAt + appended.bytes.length > 2 ** 32 - 1) return;
    await file.write(appended.bytes, 0, appended.bytes.length, size + (size % 2));
    header.writeUInt32LE(appended.mainAt, 4);
    await file.write(header, 0, 8, 0);
  } finally {
    await file.close();
  }
}

const entryBytes = 12;

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error(`the TIFF file ends at byte ${position + bytesRead}, within its directory`);
  return buffer;
}

/** Types of TIFF values: text, 16 and 32 bits, fractions of two 32-bit numbers. */
const types = { text: 2, short: 3, long: 4, rational: 5, signedRational: 10 } as const;
type TypeName = keyof typeof types;
type TagTable = Readonly<Record<string, readonly [tag: number, type: TypeName]>>;

const mainTags: TagTable = {
  ImageDescription: [270, 'text'],
  Make: [271, 'text'],
  Model: [272, 'text'],
  Software: [305, 'text'],
  DateTime: [306, 'text'],
  Artist: [315, 'text'],
  Copyright: [33432, 'text'],
};

const exifTags: TagTable = {
  ExposureTime: [33434, 'rational'],
  FNumber: [33437, 'rational'],
  ExposureProgram: [34850, 'short'],
  ISOSpeedRatings: [34855, 'short'],
  DateTimeOriginal: [36867, 'text'],
  DateTimeDigitized: [36868, 'text'],
  OffsetTime: [36880, 'text'],
  OffsetTimeOriginal: [36881, 'text'],
  OffsetTimeDigitized: [36882, 'text'],
  ShutterSpeedValue: [37377, 'signedRational'],
  ApertureValue: [37378, 'rational'],
  BrightnessValue: [37379, 'signedRational'],
  ExposureBiasValue: [37380, 'signedRational'],
  MaxApertureValue: [37381, 'rational'],
  MeteringMode: [37383, 'short'],
  LightSource: [37384, 'short'],
  Flash: [37385, 'short'],
  FocalLength: [37386, 'rational'],
  SubSecTime: [37520, 'text'],
  SubSecTimeOriginal: [37521, 'text'],
  SubSecTimeDigitized: [37522, 'text'],
  ColorSpace: [40961, 'short'],
  PixelXDimension: [40962, 'long'],
  PixelYDimension: [40963, 'long'],
  ExposureMode: [41986, 'short'],
  WhiteBalance: [41987, 'short'],
  CameraOwnerName: [42032, 'text'],
  BodySerialNumber: [42033, 'text'],
  LensSpecification: [42034, 'rational'],
  LensMake: [42035, 'text'],
  LensModel: [42036, 'text'],
  LensSerialNumber: [42037, 'text'],
};

const positionTags: TagTable = {
  GPSLatitudeRef: [1, 'text'],
  GPSLatitude: [2, 'rational'],
  GPSLongitudeRef: [3, 'text'],
  GPSLongitude: [4, 'rational'],
  GPSAltitude: [6, 'rational'],
  GPSTimeStamp: [7, 'rational'],
  GPSMapDatum: [18, 'text'],
  GPSDateStamp: [29, 'text'],
};

const exifPointer = 34665;
const positionPointer = 34853;

interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** Little-endian; up to four bytes stand in the entry, more elsewhere. */
  readonly value: Buffer;
}

/** EXIF, GPS, and main directory one after the other as they will stand from byte `start` of the file. */
function appendedDirectories(
  directory: Buffer,
  count: number,
  exif: ExifStrings,
  start: number,
): { bytes: Buffer; mainAt: number } {
  const present = Array.from({ length: count }, (_, i) => entryOf(directory.subarray(i * entryBytes)));
  const added = entriesOf(exif.IFD0, mainTags);
  const parts: Buffer[] = [];
  let at = start;
  const append = (entries: readonly Entry[], next: number): number => {
    const place = at;
    parts.push(encodeDirectory(entries, place, next));
    at += parts[parts.length - 1].length;
    return place;
  };
  added.push(pointer(exifPointer, append(entriesOf(exif.IFD2, exifTags), 0)));
  const position = entriesOf(exif.IFD3, positionTags);
  if (position.length > 0) added.push(pointer(positionPointer, append(position, 0)));
  const main = [...present, ...added.filter(({ tag }) => present.every((entry) => entry.tag !== tag))];
  const mainAt = append(main, directory.readUInt32LE(count * entryBytes));
  return { bytes: Buffer.concat(parts), mainAt };
}

/** An entry as it stands in the file: its value, or the offset of it, is kept as it is. */
function entryOf(bytes: Buffer): Entry {
  return {
    tag: bytes.readUInt16LE(0),
    type: bytes.readUInt16LE(2),
    count: bytes.readUInt32LE(4),
    value: bytes.subarray(8, entryBytes),
  };
}

function pointer(tag: number, offset: number): Entry {
  return { tag, type: types.long, count: 1, value: words([offset]) };
}

function entriesOf(texts: Readonly<Record<string, string>> | undefined, tags: TagTable): Entry[] {
  const entries: Entry[] = [];
  for (const [name, [tag, type]] of Object.entries(tags)) {
    const text = texts?.[name];
    if (text !== undefined) entries.push({ tag, type: types[type], ...encodeValue(text, type) });
  }
  return entries;
}

function encodeValue(text: string, type: TypeName): Pick<Entry, 'count' | 'value'> {
  if (type === 'text') {
    const value = Buffer.from(`${text}\0`, 'utf8');
    return { count: value.length, value };
  }
  const items = text.split(' ');
  if (type === 'rational' || type === 'signedRational') {
    return { count: items.length, value: words(items.flatMap((item) => item.split('/').map(Number))) };
  }
  const numbers = items.map(Number);
  // A short stands in the low half of its entry's four bytes.
  return { count: numbers.length, value: words(numbers) };
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32LE(value >>> 0, i * 4));
  return bytes;
}

/** Entries sorted by tag, the offset of the next directory, then the values that do not fit into their entries. */
function encodeDirectory(entries: readonly Entry[], place: number, next: number): Buffer {
  const sorted = [...entries].sort((a, b) => a.tag - b.tag);
  const head = Buffer.alloc(2 + sorted.length * entryBytes + 4);
  head.writeUInt16LE(sorted.length, 0);
  const values: Buffer[] = [];
  let valueAt = place + head.length;
  sorted.forEach(({ tag, type, count, value }, i) => {
    const at = 2 + i * entryBytes;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(count, at + 4);
    if (value.length <= 4) {
      value.copy(head, at + 8);
      return;
    }
    head.writeUInt32LE(valueAt, at + 8);
    // Values lie at even offsets.
    const padded = value.length % 2 === 0 ? value : Buffer.concat([value, Buffer.alloc(1)]);
    values.push(padded);
    valueAt += padded.length;
  });
  head.writeUInt32LE(next, 2 + sorted.length * entryBytes);
  return Buffer.concat([head, ...values]);
}
