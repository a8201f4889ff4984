import { z } from 'zod';
import { DataError, UsageError } from '../../src/errors.ts';
import { readJsonFile } from '../../src/read-json-file.ts';
import type { KnownCamera } from '../../src/scene/sfm-cameras.ts';
import { type SfmCameraModel, sfmCameraModels } from '../../src/scene/sfm-set.ts';

const models = Object.keys(sfmCameraModels) as [SfmCameraModel, ...SfmCameraModel[]];
const schema = z.record(z.string(), z.strictObject({ model: z.enum(models), params: z.array(z.number()) }));

/**
 * Reads known cameras: `{ "photo.jpg": { "model": "PINHOLE", "params": [fx, fy, cx, cy] }, "*": … }`, `"*"` for all other photos; px as the files
 * store them, the centre of the top-left pixel is (0, 0).
 * @throws UsageError where there is no such file, DataError where it is not as expected or names what is no photo
 */
export async function readIntrinsics(
  file: string,
  names: readonly string[],
): Promise<(name: string) => KnownCamera | undefined> {
  const cameras = await readJsonFile(file, schema, 'see the README for how cameras are written');
  if (cameras === null) throw new UsageError(`${file}: there is no such file of cameras`);
  const present = new Set(names);
  for (const [name, { model, params }] of Object.entries(cameras)) {
    const expected = sfmCameraModels[model];
    if (name !== '*' && !present.has(name)) {
      throw new DataError(`${file} names "${name}", which is none of the photos; names are as within the photo folder`);
    }
    const isFocalWrong = expected.some((parameter, i) => parameter.startsWith('f') && !(params[i] > 0));
    if (params.length !== expected.length || !params.every(Number.isFinite) || isFocalWrong) {
      throw new DataError(
        `${file}: "${name}": expected ${model} with ${expected.join(', ')}, received ${JSON.stringify(params)}`,
      );
    }
  }
  return (name) => (Object.hasOwn(cameras, name) ? cameras[name] : cameras['*']);
}
