import { expect, test } from 'vitest';
import { OutputError, UsageError } from '../../../src/errors.ts';
import { assertFits, outputFormat } from '../../../src/image/output-limits.ts';

test('the extension decides, case ignored', () => {
  expect(['a.JPG', 'b.jpeg', 'c.Png', 'd.webp', 'e.tif', '/x.y/f.TIFF'].map(outputFormat)).toEqual([
    ...['jpeg', 'jpeg', 'png', 'webp', 'tiff', 'tiff'],
  ]);
  for (const path of ['pano.bmp', 'pano', 'folder.jpg/pano', 'pano.', '.jpg', 'pano.constructor']) {
    expect(() => outputFormat(path)).toThrow(UsageError);
  }
  expect(() => outputFormat('pano.bmp')).toThrow(/\.jpg.*\.png.*\.webp.*\.tif.*\.bmp/);
});

test('what is too large for its format is refused with a width that fits and formats that hold it', () => {
  expect(() => assertFits('p.jpg', 65_535, 65_535)).not.toThrow();
  expect(() => assertFits('p.webp', 16_383, 2)).not.toThrow();
  expect(() => assertFits('p.tif', 200_000, 30_000)).not.toThrow();
  expect(() => assertFits('p.jpg', 65_536, 10)).toThrow(OutputError);
  expect(() => assertFits('p.jpg', 70_000, 9000)).toThrow(/65535.*70000 × 9000.*--max-width 65535.*PNG or TIFF/);
  // The height is what does not fit.
  expect(() => assertFits('p.webp', 1000, 32_766)).toThrow(/--max-width 500, or write JPEG or PNG or TIFF/);
});
