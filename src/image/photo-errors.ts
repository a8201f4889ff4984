import { PhotoError } from '../errors.ts';

export function unreadable(path: string, reason: string, suggestion: string): PhotoError {
  return new PhotoError(path, 'unreadable', reason, suggestion);
}

/** The file system refused. */
export function unopenable(path: string, error: unknown): PhotoError {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return unreadable(path, 'does not exist', 'Check the spelling, and that the disk is there.');
    case 'EACCES':
    case 'EPERM':
      return unreadable(path, 'may not be read (permission denied)', 'Check its access rights.');
    case 'EISDIR':
      return unreadable(
        path,
        'is a folder, not a photo',
        'Give the photos in it, or the folder to a command that takes one.',
      );
    case 'ERR_FS_FILE_TOO_LARGE':
      return unreadable(path, 'is larger than 2 GiB', 'Save it compressed, or smaller.');
    default:
      return unreadable(path, `cannot be read (${message})`, 'Check the disk or network drive it lies on.');
  }
}

/** The header or the pixels could not be decoded: says what the file really is, where its first bytes tell. */
export function undecodable(path: string, bytes: Buffer, error: unknown): PhotoError {
  if (isHeic(bytes)) {
    return unreadable(
      path,
      'is an HEIC photo with HEVC-coded pixels, which Tessera cannot decode',
      'Convert it to JPEG with the photo program of the phone or computer, or with `heif-convert photo.heic photo.jpg`; ' +
        'iPhones take JPEG under Settings > Camera > Formats > Most Compatible.',
    );
  }
  const detail = firstLine(error);
  if (isText(bytes)) {
    return unreadable(path, 'holds text, not a picture', 'Find the original photo: this may be a failed download.');
  }
  if (/unsupported image format/i.test(detail) && !startsAsPhoto(bytes)) {
    return unreadable(
      path,
      'is in no picture format that Tessera reads',
      'Convert it to JPEG, PNG, WebP, TIFF or AVIF.',
    );
  }
  return damagedPhoto(path, detail);
}

/** A file that begins as a photo and does not go on as one. */
export function damagedPhoto(path: string, detail: string): PhotoError {
  const truncated = /premature end|truncat|unexpected end|bad seek|read error|not enough|unable to parse/i.test(detail);
  return unreadable(
    path,
    truncated ? `is truncated or damaged (${detail})` : `is damaged (${detail})`,
    'Copy it again from the camera or its backup; opening and saving it in a photo program may rescue what is left.',
  );
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .split('\n')[0]
    .replace(/^Input file has corrupt header: /, '')
    .trim();
}

/** An ISO media file whose brand says HEVC-coded pictures. */
function isHeic(bytes: Buffer): boolean {
  if (bytes.toString('latin1', 4, 8) !== 'ftyp') return false;
  const brands = bytes.toString('latin1', 8, Math.min(bytes.readUInt32BE(0), 64));
  return /hei[cxms]|hev[cxms]/.test(brands);
}

function isText(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 512);
  return start.every((b) => b >= 32 || b === 9 || b === 10 || b === 13) && !start.some((b) => b === 127);
}

/** First bytes of JPEG, PNG, TIFF (both byte orders), GIF, and WebP. */
function startsAsPhoto(bytes: Buffer): boolean {
  return /^(\xff\xd8\xff|\x89PNG|II[*+]\0|MM\0[*+]|GIF8|RIFF....WEBP)/s.test(bytes.toString('latin1', 0, 12));
}
