import { posix } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../errors.ts';
import { readJsonFile } from '../../read-json-file.ts';
import type { SfmCamera, SfmPhoto, SfmSet } from '../../scene/sfm-set.ts';
import type { NamedPhotos } from './photo-names.ts';
import { fromOpenMvgCamera, openMvgCameraSchema, toOpenMvgCamera } from './openmvg-cameras.ts';

/**
 * `sfm_data.json` (OpenMVG's `sfm_data_io_cereal.cpp`, version 0.3) and `image_describer.json`, as the library cereal
 * lays C++ objects out: the highest bit marks an id that is used for the first time, the second highest an object that
 * is exactly of the class it is declared as.
 */
const firstUse = 0x80000000;
const asDeclared = 0x40000000;
const undefinedId = 0xffffffff;

const id = z.number().int().nonnegative();

const schema = z.object({
  sfm_data_version: z.string(),
  root_path: z.string(),
  views: z.array(
    z.object({
      value: z.object({
        ptr_wrapper: z.object({
          data: z.object({
            local_path: z.string(),
            filename: z.string().min(1),
            width: id,
            height: id,
            id_view: id,
            id_intrinsic: id,
          }),
        }),
      }),
    }),
  ),
  intrinsics: z.array(
    z.object({
      key: id,
      value: z.object({
        polymorphic_id: id,
        polymorphic_name: z.string().optional(),
        ptr_wrapper: z.object({ data: openMvgCameraSchema }),
      }),
    }),
  ),
});

/** The text of `sfm_data.json`: a photo's index is its view and its pose, a camera's its intrinsics. */
export function openMvgScene({ cameras, photos }: SfmSet, { folder, names }: NamedPhotos): string {
  const views = photos.map(({ width, height, camera }, i) => ({
    key: i,
    value: {
      polymorphic_id: asDeclared,
      ptr_wrapper: {
        id: firstUse + 1 + i,
        data: {
          local_path: posix.dirname(names[i]) === '.' ? '' : posix.dirname(names[i]),
          filename: posix.basename(names[i]),
          width,
          height,
          id_view: i,
          id_intrinsic: camera,
          id_pose: i,
        },
      },
    },
  }));
  const classes = [...new Set(cameras.map((camera) => toOpenMvgCamera(camera).name))];
  const intrinsics = cameras.map((camera, i) => {
    const { name, data } = toOpenMvgCamera(camera);
    return {
      key: i,
      value: {
        // cereal names a class once; that every camera names its own, which it reads as well, spares scripts the search.
        polymorphic_id: firstUse + 1 + classes.indexOf(name),
        polymorphic_name: name,
        ptr_wrapper: { id: firstUse + 1 + photos.length + i, data },
      },
    };
  });
  const scene = {
    sfm_data_version: '0.3',
    root_path: folder,
    views,
    intrinsics,
    extrinsics: [],
    structure: [],
    control_points: [],
  };
  return `${JSON.stringify(scene, null, 4)}\n`;
}

/** The text of `image_describer.json`: OpenMVG reads from it what a `.desc` holds. */
export function openMvgDescriber(): string {
  const regions = {
    polymorphic_id: firstUse + 1,
    polymorphic_name: 'SIFT_Regions',
    ptr_wrapper: { valid: 1, data: { value0: [], value1: [] } },
  };
  return `${JSON.stringify({ regions_type: regions }, null, 4)}\n`;
}

export interface OpenMvgScene {
  readonly cameras: readonly SfmCamera[];
  readonly photos: readonly SfmPhoto[];
  /** Index of the photo of each view. */
  readonly photoOfView: ReadonlyMap<number, number>;
}

/** @throws DataError, naming the file, where it is missing or not as OpenMVG writes it */
export async function readOpenMvgScene(file: string): Promise<OpenMvgScene> {
  const remedy = 'expected the file that openMVG_main_SfMInit_ImageListing writes';
  const scene = await readJsonFile(file, schema, remedy);
  if (scene === null) throw new DataError(`${file}: no such file; ${remedy}.`);
  const classOf = new Map(
    scene.intrinsics.flatMap(({ value: { polymorphic_id: i, polymorphic_name: name } }) =>
      name === undefined ? [] : [[i % firstUse, name] as const],
    ),
  );
  const cameraOf = new Map(scene.intrinsics.map(({ key }, i) => [key, i]));
  const cameras = scene.intrinsics.map(({ key, value }) => {
    const name = value.polymorphic_name ?? classOf.get(value.polymorphic_id) ?? 'unknown';
    return fromOpenMvgCamera({ name, data: value.ptr_wrapper.data }, `${file}: camera ${key}`);
  });
  const views = scene.views.map(({ value }) => value.ptr_wrapper.data).sort((a, b) => a.id_view - b.id_view);
  const photos = views.map(({ local_path: folder, filename, width, height, id_intrinsic: intrinsic }) => {
    const name = posix.join(folder, filename);
    const camera = cameraOf.get(intrinsic);
    if (camera === undefined) {
      const which = intrinsic === undefinedId ? 'no camera' : `camera ${intrinsic}, which is not there`;
      throw new DataError(
        `${file}: the photo ${name} has ${which}; give a focal length with the option -f of openMVG_main_SfMInit_ImageListing.`,
      );
    }
    return { name, width, height, camera };
  });
  return { cameras, photos, photoOfView: new Map(views.map((view, i) => [view.id_view, i])) };
}
