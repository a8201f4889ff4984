import type { Image, PhotoInfo } from '../image/image.ts';
import type { PanoramaCameras } from './cameras.ts';
import type { Canvas, Rectangle } from './canvas.ts';
import type { Tone } from './tone.ts';

/** One photo of the panorama, as the renderer needs it. */
export interface PlannedPhoto {
  /** Index into the match graph's photos. */
  readonly photo: number;
  readonly tone: Tone;
  /** Where on the canvas it may be seen; x in one of the places that are the same where the panorama wraps round. */
  readonly region: Rectangle;
  /** Grid step of its warp, output pixels. */
  readonly gridStep: number;
  /** Pixels to read it at, where the panorama is coarser than the photo; undefined: all of them. */
  readonly maxPixels: number | undefined;
}

/** Which photo shows which part, at low resolution. */
export interface LabelMap {
  readonly canvas: Canvas;
  /** Position in the plan's photos, `noLabel` for none; row-major over `canvas`. */
  readonly labels: Uint16Array;
}

/** How the picture was cut out of all that the photos show. */
export interface CropSummary {
  readonly mode: 'none' | 'auto';
  /** Size of the whole panorama before it was cropped. */
  readonly fullWidth: number;
  readonly fullHeight: number;
  /** Share of the covered pixels that are in the picture. */
  readonly kept: number;
  /** Share of the picture's pixels that some photo covers; 1: no empty corners. */
  readonly covered: number;
  /** What a user should know about the crop, or null. */
  readonly note: string | null;
}

/** All that is decided before pixels are rendered: plain data, to be handed to workers. */
export interface CompositionPlan {
  /** The cameras, in the frame of the picture: report these. */
  readonly cameras: PanoramaCameras;
  /** All photos of the match graph; cameras point into it. */
  readonly infos: readonly PhotoInfo[];
  /** One for each camera, in their order. */
  readonly photos: readonly PlannedPhoto[];
  /** The picture as it will be written, after cropping. */
  readonly canvas: Canvas;
  readonly labelMap: LabelMap;
  /** How often blending halves the picture. */
  readonly levels: number;
  /** Bits a channel of the output: 16 as soon as one photo has 16. */
  readonly depth: 8 | 16;
  readonly crop: CropSummary;
}

/** Reads a photo: three channels, EXIF orientation applied, not larger than `maxPixels` pixels where given. */
export type LoadPhoto = (photo: number, maxPixels?: number) => Promise<Image>;

/** A rendered piece of the picture. */
export interface RenderedTile extends Rectangle {
  /** r, g, b, alpha; row-major. Alpha is full where any photo shows the pixel, else 0 with black. */
  readonly data: Uint8Array | Uint16Array;
}
