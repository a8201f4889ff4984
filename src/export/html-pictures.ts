import sharp from 'sharp';
import type { PanoramaReport } from './panorama-report.ts';

export interface ReportPictures {
  readonly panoramaJpegs: Uint8Array[];
  readonly thumbnails: Map<string, Uint8Array>;
}

/**
 * Reads the panoramas and photos of a report again, small enough for a page; photos that cannot be read are left out.
 * @throws Error where a panorama that the report names cannot be read; the signal's reason once aborted
 */
export async function readReportPictures(report: PanoramaReport, signal?: AbortSignal): Promise<ReportPictures> {
  const panoramaJpegs: Uint8Array[] = [];
  for (const { output } of report.panoramas) {
    signal?.throwIfAborted();
    panoramaJpegs.push(await readSmall(output, 2400, Infinity));
  }
  const photos = [...report.panoramas.flatMap<{ path: string }>((p) => p.images), ...report.rejected];
  const thumbnails = new Map<string, Uint8Array>();
  for (const { path } of photos) {
    signal?.throwIfAborted();
    // A rejected photo may be no picture at all: that is why it was rejected.
    const bytes = await readSmall(path, 480, 4e8).catch(() => null);
    if (bytes !== null) thumbnails.set(path, bytes);
  }
  return { panoramaJpegs, thumbnails };
}

/** A JPEG of at most `side` px a side, upright, in sRGB; transparent parts become grey. Files of more pixels than `limit` are refused. */
async function readSmall(file: string, side: number, limit: number): Promise<Buffer> {
  return sharp(file, { limitInputPixels: Number.isFinite(limit) ? limit : false, failOn: 'none' })
    .autoOrient()
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#808080' })
    .toColourspace('srgb')
    .jpeg({ quality: 80 })
    .toBuffer();
}
