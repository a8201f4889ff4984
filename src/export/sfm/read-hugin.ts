import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DataError, UsageError } from '../../errors.ts';
import { focalFromHfov } from './hugin-lens.ts';
import type { HuginAngles } from './hugin-rotations.ts';

export interface HuginPhoto extends HuginAngles {
  /** Where the project's name of it leads to, from the project's folder. */
  readonly path: string;
  /** Px, as the file stores the picture (Hugin does not turn photos by their EXIF orientation). */
  readonly width: number;
  readonly height: number;
  /** Hugin's number of the lens: 0 rectilinear, 1 cylindrical, 2 and 3 fisheye, 4 equirectangular, … */
  readonly projection: number;
  /** Degrees. */
  readonly hfov: number;
  /** Px, of the projection without distortion; null where the projection leaves it open. */
  readonly focal: number | null;
  /** Lens distortion and its centre's place, see hugin-lens.ts. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
}

/** The same place in two photos, px; the centre of the top-left pixel is (0, 0). */
export interface HuginControlPoint {
  /** Indices into the project's photos, which differ. */
  readonly a: number;
  readonly b: number;
  readonly xa: number;
  readonly ya: number;
  readonly xb: number;
  readonly yb: number;
}

export interface HuginProject {
  readonly photos: readonly HuginPhoto[];
  /** Normal ones (`t0`); points on lines (`t1` and on) say nothing of where something is. */
  readonly controlPoints: readonly HuginControlPoint[];
}

/** What stands behind the keys of a line, as text; of a key that stands twice the last. */
type Fields = ReadonlyMap<string, string>;

/**
 * Reads a project of Hugin or another program that writes `.pto`. Values that are linked to another photo's (`v=0`) are looked up; keys that
 * are not needed are skipped.
 * @throws UsageError where the file cannot be opened; DataError, naming file and line, for one that is damaged
 */
export async function readHuginProject(path: string): Promise<HuginProject> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      `${path}: ${error.code === 'ENOENT' ? 'no such file' : `cannot be read (${error.code ?? error.message})`}.`,
    );
  });
  const images: { fields: Fields; where: string }[] = [];
  const points: { fields: Fields; where: string }[] = [];
  text.split(/\r?\n/).forEach((line, n) => {
    const entry = { fields: fieldsOf(line.slice(1)), where: `${path}, line ${n + 1}` };
    if (/^i\s/.test(line)) images.push(entry);
    else if (/^c\s/.test(line)) points.push(entry);
  });
  if (images.length === 0) {
    throw new DataError(
      `${path}: no photos in it. Expected a Hugin project (.pto); others: open and save them in Hugin.`,
    );
  }
  const photos = images.map(({ fields, where }, i) => photoOf(images, fields, i, where, dirname(resolve(path))));
  const controlPoints = points.flatMap(({ fields, where }) => controlPointOf(fields, where, photos.length));
  return { photos, controlPoints };
}

/** A key is letters, its value what follows up to a space, or stands in quotation marks: `v51.3`, `a=0`, `n"a b.jpg"`. */
function fieldsOf(line: string): Fields {
  const tokens = line.matchAll(/(?<=\s)([A-Za-z]+)(?:"([^"]*)"|([^\s"]*))/g);
  return new Map(Array.from(tokens, ([, key, quoted, plain]) => [key, quoted ?? plain]));
}

function photoOf(
  images: readonly { fields: Fields }[],
  fields: Fields,
  index: number,
  where: string,
  folder: string,
): HuginPhoto {
  const value = (key: string): number => linkedValue(images, index, key, where);
  const name = fields.get('n');
  const [width, height] = [value('w'), value('h')];
  if (name === undefined || name === '') throw new DataError(`${where}: a photo without a name (n"…").`);
  if (!(width > 0 && height > 0)) throw new DataError(`${where}: a photo without a size (w and h).`);
  const [projection, hfov] = [value('f'), value('v')];
  return {
    path: resolve(folder, name),
    width,
    height,
    projection,
    hfov,
    focal: focalFromHfov(width, hfov, projection),
    yaw: value('y'),
    pitch: value('p'),
    roll: value('r'),
    a: value('a'),
    b: value('b'),
    c: value('c'),
    d: value('d'),
    e: value('e'),
  };
}

/** A photo's value, or that of the photo it is linked to; 0 where there is none. */
function linkedValue(images: readonly { fields: Fields }[], index: number, key: string, where: string): number {
  let at = index;
  for (let steps = 0; steps <= images.length; steps++) {
    const text = images[at].fields.get(key) ?? '0';
    if (!text.startsWith('=')) return numberOf(text, key, where);
    at = Number(text.slice(1));
    if (!Number.isInteger(at) || at < 0 || at >= images.length) {
      throw new DataError(`${where}: ${key}${text} is linked to a photo that is not there.`);
    }
  }
  throw new DataError(`${where}: ${key} is linked round in a circle.`);
}

function numberOf(text: string, key: string, where: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value))
    throw new DataError(`${where}: expected a number after ${key} but found "${text}".`);
  return value;
}

/** None where it is not a normal one between two photos. */
function controlPointOf(fields: Fields, where: string, photos: number): HuginControlPoint[] {
  const value = (key: string): number => numberOf(fields.get(key) ?? '', key, where);
  const [a, b] = [value('n'), value('N')];
  for (const photo of [a, b]) {
    if (!Number.isInteger(photo) || photo < 0 || photo >= photos) {
      throw new DataError(`${where}: a control point in photo ${photo}, but the project has ${photos}, from 0 on.`);
    }
  }
  if (a === b || Number(fields.get('t') ?? 0) !== 0) return [];
  return [{ a, b, xa: value('x'), ya: value('y'), xb: value('X'), yb: value('Y') }];
}
