import { z } from 'zod';
import { DataError } from '../../errors.ts';
import type { SfmCamera } from '../../scene/sfm-set.ts';

/**
 * OpenMVG's cameras (`Camera_Pinhole_Radial.hpp`, `Camera_Pinhole_Brown.hpp` and their `_io.hpp`): one focal length,
 * principal point in px where the centre of the top-left pixel is (0, 0), as ours; distortion of normalised coordinates
 * by the formulas of COLMAP and OpenCV, t1 = p1 and t2 = p2.
 */
const number = z.number();

const pinhole = z.object({
  width: number.int().positive(),
  height: number.int().positive(),
  focal_length: number,
  principal_point: z.tuple([number, number]),
});

export const openMvgCameraSchema = pinhole.extend({
  disto_k1: z.tuple([number]).optional(),
  disto_k3: z.tuple([number, number, number]).optional(),
  /** k1, k2, k3, t1, t2. */
  disto_t2: z.tuple([number, number, number, number, number]).optional(),
});

export interface OpenMvgCamera {
  /** The name under which cereal knows the class. */
  readonly name: string;
  readonly data: z.infer<typeof openMvgCameraSchema>;
}

export function toOpenMvgCamera({ model, width, height, params }: SfmCamera): OpenMvgCamera {
  const common = {
    width,
    height,
    focal_length: params[0],
    principal_point: [params[1], params[2]] as [number, number],
  };
  switch (model) {
    case 'SIMPLE_PINHOLE':
      return { name: 'pinhole', data: common };
    case 'SIMPLE_RADIAL':
      return { name: 'pinhole_radial_k1', data: { ...common, disto_k1: [params[3]] } };
    case 'RADIAL':
      return { name: 'pinhole_radial_k3', data: { ...common, disto_k3: [params[3], params[4], 0] } };
    case 'PINHOLE':
    case 'OPENCV': {
      const [fx, fy, cx, cy, k1, k2, p1, p2] = params;
      const data = { width, height, focal_length: (fx + fy) / 2, principal_point: [cx, cy] as [number, number] };
      if (model === 'PINHOLE') return { name: 'pinhole', data };
      return { name: 'pinhole_brown_t2', data: { ...data, disto_t2: [k1, k2, 0, p1, p2] } };
    }
  }
}

/**
 * @param where names the file and the camera, for errors
 * @throws DataError for a camera that no model of ours stands for
 */
export function fromOpenMvgCamera({ name, data }: OpenMvgCamera, where: string): SfmCamera {
  const { width, height, focal_length: f, principal_point: centre } = data;
  // OpenMVG has no place for a focal length that is only a guess.
  const common = { width, height, isFocalKnown: true };
  if (name === 'pinhole') return { ...common, model: 'SIMPLE_PINHOLE', params: [f, ...centre] };
  if (name === 'pinhole_radial_k1' && data.disto_k1 !== undefined) {
    return { ...common, model: 'SIMPLE_RADIAL', params: [f, ...centre, ...data.disto_k1] };
  }
  const [k1, k2, k3, p1, p2] = (name === 'pinhole_radial_k3' ? data.disto_k3 : data.disto_t2) ?? [];
  if (k3 === 0 && name === 'pinhole_radial_k3') return { ...common, model: 'RADIAL', params: [f, ...centre, k1!, k2!] };
  if (k3 === 0 && name === 'pinhole_brown_t2') {
    return { ...common, model: 'OPENCV', params: [f, f, ...centre, k1!, k2!, p1!, p2!] };
  }
  throw new DataError(
    `${where} is of model ${name}; read are pinhole, pinhole_radial_k1, and pinhole_radial_k3 and pinhole_brown_t2 ` +
      'with k3 = 0. Choose another with the option -c of openMVG_main_SfMInit_ImageListing.',
  );
}

/** What is lost where a camera has two focal lengths; null where nothing is. */
export function unequalFocalNote(cameras: readonly SfmCamera[]): string | null {
  const parts = cameras.map(({ model, params, width, height }) => {
    if (model !== 'PINHOLE' && model !== 'OPENCV') return 0;
    const [fx, fy] = params;
    return (Math.abs(fx - fy) / (fx + fy)) * (Math.max(width, height) / 2);
  });
  const worst = Math.max(0, ...parts);
  if (worst < 0.05) return null;
  return `OpenMVG's cameras have one focal length: the mean of fx and fy is up to ${worst.toFixed(1)} px off at a photo's border.`;
}
