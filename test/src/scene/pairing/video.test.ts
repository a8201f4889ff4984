import { expect, test } from 'vitest';
import { looksLikeVideo } from '../../../../src/scene/pairing/video.ts';

const unknown = (count: number): number[] => Array.from({ length: count }, () => NaN);
const numbered = (count: number, name: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => name(i));

test.each([
  ['frames', (i: number) => `frame_${String(i).padStart(5, '0')}.png`],
  ['every tenth frame', (i: number) => `out/My Video-${10 * i + 3}.jpg`],
  ['a phone video', (i: number) => `VID_20260101_120000_${i}.jpg`],
  ['numbers', (i: number) => `${String(i).padStart(6, '0')}.jpg`],
  ['several videos', (i: number) => `${i < 20 ? 'first' : 'second'}/frame${i}.jpg`],
])('%s look like a video', (_, name) => {
  expect(looksLikeVideo(numbered(40, name), unknown(40))).toBe(true);
});

test.each([
  ['photos of a camera', (i: number) => `IMG_${1000 + i}.JPG`],
  ['numbers with gaps', (i: number) => `${i * i}.jpg`],
  ['other names', (i: number) => `david_${i}.jpg`],
  ['names without numbers', (i: number) => `frame ${'x'.repeat(i + 1)}.jpg`],
])('%s do not', (_, name) => {
  expect(looksLikeVideo(numbered(40, name), unknown(40))).toBe(false);
});

test('times a second apart at most are those of a video; of a photographer, of a drone, or one time for all are not', () => {
  const names = numbered(40, (i) => `IMG_${i}.jpg`);
  const times = (step: (i: number) => number): number[] => Array.from(names, (_, i) => 1.6e9 + step(i));
  expect(
    looksLikeVideo(
      names,
      times((i) => i / 5),
    ),
  ).toBe(true);
  expect(
    looksLikeVideo(
      names,
      times((i) => 2 * i),
    ),
  ).toBe(false);
  expect(
    looksLikeVideo(
      names,
      times((i) => 7 * i + (i % 5)),
    ),
  ).toBe(false);
  expect(
    looksLikeVideo(
      names,
      times(() => 0),
    ),
  ).toBe(false);
  expect(
    looksLikeVideo(
      names.slice(0, 2),
      times((i) => i / 5),
    ),
  ).toBe(false);
});
