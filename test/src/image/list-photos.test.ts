import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { DataError, UsageError } from '../../../src/errors.ts';
import { listPhotos } from '../../../src/image/list-photos.ts';
import { temporaryFolder } from './test-pictures.ts';

const folder = temporaryFolder();

async function makeFiles(...names: string[]): Promise<string> {
  const path = folder.at(`f${Math.random().toString(36).slice(2)}`);
  await mkdir(path);
  for (const name of names) await writeFile(`${path}/${name}`, 'x');
  return path;
}

test('takes the photos of a folder by extension, whatever its case, in natural order', async () => {
  const set = await makeFiles('IMG_10.JPG', 'IMG_9.jpg', 'img_2.jpeg', 'a.Png', 'b.webp', 'c.TIF', 'd.avif', 'e.HEIC');
  await writeFile(`${set}/raw.CR2`, 'x');
  for (const skipped of ['notes.txt', 'pano.pto', '._IMG_9.jpg', '.hidden.jpg', 'jpg']) {
    await writeFile(`${set}/${skipped}`, 'x');
  }
  await mkdir(`${set}/folder.jpg`);
  const names = ['a.Png', 'b.webp', 'c.TIF', 'd.avif', 'e.HEIC', 'img_2.jpeg', 'IMG_9.jpg', 'IMG_10.JPG', 'raw.CR2'];
  expect(await listPhotos([set])).toEqual(names.map((name) => `${set}/${name}`));
  expect(await listPhotos([`${set}/`])).toEqual(names.map((name) => `${set}/${name}`));
});

test('keeps the order of the inputs and lists a photo once, under the first name it came by', async () => {
  const set = await makeFiles('1.jpg', '2.jpg', 'odd.dat');
  await symlink(`${set}/1.jpg`, `${set}/link.jpg`);
  expect(await listPhotos([`${set}/2.jpg`, set, `${set}/./1.jpg`])).toEqual([`${set}/2.jpg`, `${set}/1.jpg`]);
  expect(await listPhotos([`${set}/odd.dat`])).toEqual([`${set}/odd.dat`]);
});

test('lists a link that leads nowhere, so that reading it says what is wrong', async () => {
  const set = await makeFiles('1.jpg');
  await symlink(`${set}/gone.jpg`, `${set}/2.jpg`);
  expect(await listPhotos([set])).toEqual([`${set}/1.jpg`, `${set}/2.jpg`]);
});

test('says which path does not exist, and what a folder without photos lacks', async () => {
  const empty = await makeFiles('readme.md');
  await expect(listPhotos([folder.at('missing.jpg')])).rejects.toThrow(UsageError);
  await expect(listPhotos([folder.at('missing.jpg')])).rejects.toThrow(/missing\.jpg: no such file or folder/);
  await expect(listPhotos([empty])).rejects.toThrow(DataError);
  await expect(listPhotos([empty])).rejects.toThrow(/no photos.*\.jpg.*\.tiff/);
  await expect(listPhotos([])).rejects.toThrow(UsageError);
});
