import type { PanoramaReport, ReportMatrix, ReportRotationImage } from '../../../src/export/panorama-report.ts';
import { pixelOrigin } from '../../../src/export/panorama-report.ts';

/** Camera from panorama frame: turned right by `yaw` and up by `pitch`, degrees. */
export function rotation(yaw: number, pitch = 0): ReportMatrix {
  const [c, s] = [Math.cos((yaw * Math.PI) / 180), Math.sin((yaw * Math.PI) / 180)];
  const [d, t] = [Math.cos((pitch * Math.PI) / 180), Math.sin((pitch * Math.PI) / 180)];
  return [
    [c, 0, -s],
    [t * s, d, t * c],
    [d * s, -t, d * c],
  ];
}

export function rotationImage(path: string, yaw: number, more: Partial<ReportRotationImage> = {}): ReportRotationImage {
  return {
    path,
    width: 1200,
    height: 800,
    gain: [1, 1, 1],
    K: [
      [1000, 0, 599.5],
      [0, 1000, 399.5],
      [0, 0, 1],
    ],
    R: rotation(yaw),
    distortion: [0, 0],
    ...more,
  };
}

/** A report with one panorama of rotation cameras for each list of images. */
export function rotationReport(...panoramas: ReportRotationImage[][]): PanoramaReport {
  return {
    version: 1,
    pixelOrigin,
    panoramas: panoramas.map((images, i) => ({
      output: `pano-${i}.jpg`,
      width: 3000,
      height: 900,
      model: 'rotation',
      canvas: { projection: 'cylinder', scale: 1000, offset: [-600, -450] },
      images,
      pairs: images.slice(1).map((image, k) => ({ a: images[k].path, b: image.path, inliers: 80, medianErrorPx: 0.4 })),
    })),
    rejected: [],
    seconds: { read: 1, detect: 2 },
    peakMemoryMiB: 300,
  };
}
