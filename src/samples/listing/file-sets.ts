import path from 'node:path';
import { forEachConcurrently } from '../../base/long-work';
import { isLaterPart } from '../../formats/czi/segments';
import { imageExtension, TIFF_EXTENSIONS } from '../../formats/extensions';
import { filesOfCompanion, filesOfImages } from '../../formats/tiff/file-sets';
import { lookAt, passTimeouts } from '../../storage/outside-files';
import { compareInSet } from '../names';
import type { WalkedFile } from './walk-folder';

/** Files that are looked into at a time: the metadata of one may have many megabytes. */
const AT_ONCE = 4;
/** How ZEN names the second and later files of one image. */
const CZI_PART = /^(.+)\(\d{1,6}\)\.czi$/i;

/**
 * Files without those that are read with another one: of an OME-TIFF set the first file of each image stays, of a CZI of
 * several files the first. What cannot be read stays: opening it tells why.
 */
export async function withoutPartsOfSets(files: readonly WalkedFile[]): Promise<WalkedFile[]> {
  const readable = files.filter(({ error, isZarr }) => !error && !isZarr);
  const parts = new Set([...(await laterTiffs(readable)), ...(await laterCzis(readable))]);
  return files.filter((file) => !parts.has(file));
}

/** The TIFFs of a companion file's set that are there, the first of each image. */
export async function filesOfSet(companion: string): Promise<WalkedFile[]> {
  const folder = path.dirname(companion);
  const files: WalkedFile[] = [];
  for (const name of await filesOfCompanion(companion)) {
    // Metadata come from anywhere: a name may lead to no other folder.
    if (name !== path.basename(name) || name === '..') continue;
    const place = path.join(folder, name);
    if ((await lookAt(place))?.isFile()) files.push({ path: place, relative: name });
  }
  return withoutPartsOfSets(files);
}

async function laterTiffs(files: readonly WalkedFile[]): Promise<WalkedFile[]> {
  const tiffs = files.filter(({ relative }) => isTiffName(relative));
  if (tiffs.length < 2) return [];
  const listed = new Set(tiffs.map(({ path: file }) => file));
  const first = new Set<string>();
  const later = new Set<string>();
  await forEachConcurrently(tiffs, AT_ONCE, async ({ path: file }) => {
    // Each file of a set may hold the metadata of all: many megabytes that are known already.
    if (first.has(file) || later.has(file)) return;
    for (const names of await filesOfImages(file).catch(passTimeouts([]))) {
      const here = names.map((name) => path.join(path.dirname(file), name)).filter((each) => listed.has(each));
      here.sort(compareInSet);
      for (const [index, each] of here.entries()) (index === 0 ? first : later).add(each);
    }
  });
  return tiffs.filter(({ path: file }) => later.has(file) && !first.has(file));
}

async function laterCzis(files: readonly WalkedFile[]): Promise<WalkedFile[]> {
  const places = new Set(files.map(({ path: file }) => file.toLowerCase()));
  const later: WalkedFile[] = [];
  for (const file of files) {
    const whole = CZI_PART.exec(file.path)?.[1];
    if (whole === undefined || !places.has(`${whole}.czi`.toLowerCase())) continue;
    if (await isLaterPart(file.path).catch(passTimeouts(false))) later.push(file);
  }
  return later;
}

function isTiffName(name: string): boolean {
  const extension = imageExtension(name);
  return TIFF_EXTENSIONS.some((ending) => ending === extension);
}
