import type { StitchResult } from './finish-stitch.ts';

/** What `tessera stitch` prints when it is done: a line a panorama, a line a photo left out. */
export function summarise({ report }: StitchResult): string {
  const lines = report.panoramas.map(({ output, width, height, images, canvas, model }) => {
    const how = model === 'planar' ? 'flat' : canvas.projection;
    return `${output}: ${images.length} photos, ${width}×${height}, ${how}`;
  });
  for (const { path, reason, suggestion } of report.panoramas.length > 0 ? report.rejected : []) {
    lines.push(`left out ${path}: ${reason}. ${suggestion}`);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
