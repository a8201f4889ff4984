import { DataError } from '../../errors.ts';
import { cameraModelNames } from './camera.ts';

/** A camera of a model that is not read, and what to do about it. */
export function unknownCameraModel(path: string, id: number, model: string): DataError {
  return new DataError(
    `${path}: camera ${id} is of model ${model}; read are ${cameraModelNames.join(', ')}. Reconstruct with ` +
      '`--ImageReader.camera_model SIMPLE_RADIAL`, or let `colmap image_undistorter` make PINHOLE photos and use those.',
  );
}
