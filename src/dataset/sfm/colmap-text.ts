import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../errors.ts';
import { cameraFromColmap, findCameraModel, type SfmCamera } from './camera.ts';
import { unknownCameraModel } from './colmap-errors.ts';
import type { ColmapImage, ColmapPoint, ColmapRecords } from './colmap-records.ts';

/** Reads `cameras.txt`, `images.txt` and `points3D.txt`. */
export async function readTextRecords(folder: string): Promise<ColmapRecords> {
  return {
    cameras: readCameras(await openText(join(folder, 'cameras.txt'))),
    images: readImages(await openText(join(folder, 'images.txt'))),
    points: readPoints(await openText(join(folder, 'points3D.txt'))),
  };
}

interface TextFile {
  readonly path: string;
  /** Comments left out; empty lines kept, as an image without points has one. */
  readonly lines: readonly TextLine[];
}

interface TextLine {
  /** As an editor counts. */
  readonly number: number;
  readonly text: string;
}

async function openText(path: string): Promise<TextFile> {
  const content = await readFile(path, 'utf8');
  const lines = content
    .split(/\r?\n/)
    .map((text, i) => ({ number: i + 1, text: text.trim() }))
    .filter(({ text }) => !text.startsWith('#'));
  return { path, lines };
}

function damaged(path: string, line: TextLine, expected: string): DataError {
  const shown = line.text.length > 60 ? `${line.text.slice(0, 60)}…` : line.text;
  return new DataError(`${path}, line ${line.number}: expected ${expected} but found "${shown}"`);
}

/** The numbers of some fields of a line, all finite. */
function numbers(path: string, line: TextLine, fields: readonly string[], count: number, expected: string): number[] {
  const values = fields.slice(0, count).map(Number);
  if (values.length < count || !values.every(Number.isFinite)) throw damaged(path, line, expected);
  return values;
}

const split = (text: string): string[] => (text === '' ? [] : text.split(/\s+/));

const filled = ({ lines }: TextFile): TextLine[] => lines.filter(({ text }) => text !== '');

function readCameras(file: TextFile): Map<number, SfmCamera> {
  const cameras = new Map<number, SfmCamera>();
  for (const line of filled(file)) {
    const [id, name, ...rest] = split(line.text);
    const model = findCameraModel(name);
    if (name === undefined) throw damaged(file.path, line, 'CAMERA_ID MODEL WIDTH HEIGHT PARAMS');
    if (model === undefined) throw unknownCameraModel(file.path, Number(id), name);
    const count = 2 + model.parameters.length;
    const expected = `CAMERA_ID ${model.name} WIDTH HEIGHT ${model.parameters.join(' ')}`;
    const [width, height, ...values] = numbers(file.path, line, rest, count, expected);
    cameras.set(Number(id), cameraFromColmap(model, width, height, values));
  }
  return cameras;
}

const imageHead = /^(?:\S+\s+){9}(.*)$/;

function readImages({ path, lines }: TextFile): ColmapImage[] {
  const images: ColmapImage[] = [];
  for (let i = 0; i < lines.length; i++) {
    const head = lines[i];
    // Between two images there may be no empty line: it would be the points of the first.
    if (head.text === '') continue;
    const expected = 'IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME';
    const [, qw, qx, qy, qz, tx, ty, tz, cameraId] = numbers(path, head, split(head.text), 9, expected);
    // A name may hold spaces.
    const name = imageHead.exec(head.text)?.[1];
    if (name === undefined) throw damaged(path, head, expected);
    const line = lines[++i] ?? { number: head.number + 1, text: '' };
    const fields = split(line.text);
    const points = numbers(path, line, fields, fields.length, 'X Y POINT3D_ID …');
    if (points.length % 3 !== 0) throw damaged(path, line, 'X Y POINT3D_ID …, three numbers a point,');
    const column = (c: number): Float64Array =>
      Float64Array.from({ length: points.length / 3 }, (_, j) => points[3 * j + c]);
    images.push({
      name,
      cameraId,
      rotation: [qw, qx, qy, qz],
      translation: [tx, ty, tz],
      x: column(0),
      y: column(1),
      pointId: column(2),
    });
  }
  return images;
}

function readPoints(file: TextFile): ColmapPoint[] {
  return filled(file).map((line) => {
    const [id, x, y, z] = numbers(file.path, line, split(line.text), 4, 'POINT3D_ID X Y Z R G B ERROR TRACK');
    return { id, position: [x, y, z] };
  });
}
