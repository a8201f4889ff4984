import sharp from 'sharp';

/** A photo as a data URI: an upright JPEG in sRGB of at most `side` px a side. Of a file that was read before. */
export async function photoDataUri(path: string, side: number): Promise<string> {
  const jpeg = await sharp(path, { limitInputPixels: false, failOn: 'none' })
    .autoOrient()
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .jpeg({ quality: 90 })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}
