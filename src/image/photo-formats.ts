/** Camera RAW files: recognised so that they get a clear error; another program must develop them first. */
export const rawExtensions: readonly string[] = [
  ...['3fr', 'ari', 'arw', 'cr2', 'cr3', 'crw', 'dcr', 'dng', 'erf', 'fff', 'gpr', 'iiq', 'k25', 'kdc', 'mef', 'mos'],
  ...['mrw', 'nef', 'nrw', 'orf', 'pef', 'raf', 'raw', 'rw2', 'rwl', 'sr2', 'srf', 'srw', 'x3f'],
];

/** Files that Tessera reads. */
export const readableExtensions: readonly string[] = ['jpg', 'jpeg', 'jpe', 'png', 'webp', 'tif', 'tiff', 'avif'];

/** HEIF files: those with AV1 pixels are read, those with HEVC pixels (most phones' HEIC) get a clear error. */
const heifExtensions: readonly string[] = ['heic', 'heif', 'hif'];

/** Extension in lower case without the dot, '' if there is none. */
export function extensionOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}

const photoExtensions = new Set([...readableExtensions, ...heifExtensions, ...rawExtensions]);

/** Whether a file of a folder is taken for a photo: by its extension, case ignored; hidden files never are. */
export function isPhotoName(name: string): boolean {
  return !name.startsWith('.') && photoExtensions.has(extensionOf(name));
}
