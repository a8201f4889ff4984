import { describe, expect, it } from 'vitest';
import { camerasOfPhotos, type CameraSharing, type PhotoForCamera } from '../../../src/scene/sfm-cameras.ts';

const exif = { focalPx: 900, source: 'exif' } as unknown as PhotoForCamera['focal'];
const photo = (name: string, over: Partial<PhotoForCamera> = {}): PhotoForCamera => ({
  name,
  width: 800,
  height: 600,
  focal: null,
  cameraKey: '',
  ...over,
});
const photos = [
  photo('a/1.jpg', { focal: exif, cameraKey: 'Lumix 12 mm' }),
  photo('a/2.jpg', { focal: exif, cameraKey: 'Lumix 12 mm' }),
  photo('b/1.jpg', { focal: exif, cameraKey: 'Lumix 35 mm' }),
  photo('b/2.jpg'),
  photo('3.jpg'),
  photo('4.jpg', { width: 600, height: 800 }),
];
const unknown = (): undefined => undefined;

describe('which photos share a camera', () => {
  it.each<[CameraSharing, number[]]>([
    ['auto', [0, 0, 1, 2, 3, 4]],
    ['single', [0, 0, 0, 0, 0, 1]],
    ['per-folder', [0, 0, 1, 1, 2, 3]],
    ['per-image', [0, 1, 2, 3, 4, 5]],
  ])('%s', (sharing, expected) => {
    const { cameras, cameraOf } = camerasOfPhotos(photos, 'SIMPLE_RADIAL', sharing, unknown);
    expect(cameraOf).toEqual(expected);
    expect(cameras).toHaveLength(Math.max(...expected) + 1);
  });

  it('auto: photos of one focal length, where EXIF names no camera', () => {
    const other = { ...exif, focalPx: 1200 } as PhotoForCamera['focal'];
    const unnamed = [
      photo('1.jpg', { focal: exif }),
      photo('2.jpg', { focal: other }),
      photo('3.jpg', { focal: exif }),
    ];
    expect(camerasOfPhotos(unnamed, 'SIMPLE_RADIAL', 'auto', unknown).cameraOf).toEqual([0, 1, 0]);
  });

  it('a folder is not another one whose name starts like it', () => {
    const nested = [photo('a/1.jpg'), photo('a/b/1.jpg'), photo('ab/1.jpg')];
    expect(camerasOfPhotos(nested, 'PINHOLE', 'per-folder', unknown).cameraOf).toEqual([0, 1, 2]);
  });
});

describe('what is known of a camera', () => {
  it('the focal length of EXIF, or a guess that says so', () => {
    const { cameras } = camerasOfPhotos([photos[0], photos[5]], 'RADIAL', 'auto', unknown);
    expect(cameras).toEqual([
      { model: 'RADIAL', width: 800, height: 600, params: [900, 399.5, 299.5, 0, 0], isFocalKnown: true },
      { model: 'RADIAL', width: 600, height: 800, params: [960, 299.5, 399.5, 0, 0], isFocalKnown: false },
    ]);
  });

  it('one photo with EXIF is enough for all that share its camera', () => {
    const { cameras } = camerasOfPhotos([photo('1.jpg'), photos[0]], 'SIMPLE_PINHOLE', 'single', unknown);
    expect(cameras).toEqual([expect.objectContaining({ params: [900, 399.5, 299.5], isFocalKnown: true })]);
  });

  it('what the user gives is taken as it is, and shared by the photos it is given for', () => {
    const given = { model: 'OPENCV', params: [700, 710, 400, 300, 0.1, -0.05, 0.001, 0.002] } as const;
    const known = (name: string): typeof given | undefined => (name.startsWith('a/') ? given : undefined);
    const { cameras, cameraOf } = camerasOfPhotos(photos, 'SIMPLE_RADIAL', 'single', known);
    expect(cameraOf).toEqual([0, 0, 1, 1, 1, 2]);
    expect(cameras[0]).toEqual({ ...given, width: 800, height: 600, isFocalKnown: true });
  });
});
