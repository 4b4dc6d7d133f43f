import path from 'node:path';
import { isLaterPart } from '../formats/czi/segments';
import { imageExtension, TIFF_EXTENSIONS } from '../formats/extensions';
import { filesOfImages } from '../formats/tiff/file-sets';
import { compareInSet } from '../samples/names';
import { listFolder, passTimeouts } from '../storage/outside-files';

/** How ZEN names the second and later files of one image. */
const CZI_PART = /^(.+)\(\d{1,6}\)(\.czi)$/i;
const CZI = '.czi';

/** The files that are one acquisition, by names in their folder. */
export interface FileSet {
  /** the one that stands for all: it is told and opened */
  first: string;
  /** all of them, `first` among them; there or not */
  names: string[];
}

/** Gives the names of the CZI files of a folder; asked once a look, however many of them are new. */
export type CzisOf = (folder: string) => Promise<readonly string[]>;

/**
 * Gives the set that a file belongs to: the files that hold the same images by the OME-XML of a TIFF, or those of a CZI of
 * several that are there, which no file names; itself where it stands alone, or cannot be read yet.
 * @throws SegmenterError `timeout`
 */
export async function setOf(file: string, czisOf: CzisOf = listCzis): Promise<FileSet> {
  const name = path.basename(file);
  const extension = imageExtension(name);
  if (extension === CZI) return setOfCzi(path.dirname(file), name, czisOf);
  if (!TIFF_EXTENSIONS.some((ending) => ending === extension)) return { first: name, names: [name] };
  const images = await filesOfImages(file).catch(passTimeouts([]));
  const names = [...together(name, images)];
  names.sort(compareInSet);
  return { first: names[0], names };
}

/** Lists the CZI files of a folder. @throws SegmenterError `timeout` */
export async function listCzis(folder: string): Promise<string[]> {
  const entries = await listFolder(folder).catch(passTimeouts([]));
  return entries.map(({ name }) => name).filter((name) => imageExtension(name) === CZI);
}

/** A later part belongs to the file that is named without its number, there or not. */
async function setOfCzi(folder: string, name: string, czisOf: CzisOf): Promise<FileSet> {
  const isPart = (each: string) => isLaterPart(path.join(folder, each)).catch(passTimeouts(false));
  const numbered = CZI_PART.exec(name);
  const first = numbered && (await isPart(name)) ? `${numbered[1]}${numbered[2]}` : name;
  const parts: string[] = [];
  for (const each of await czisOf(folder)) {
    const [, stem, ending] = CZI_PART.exec(each) ?? [];
    if (stem !== undefined && `${stem}${ending}` === first && (await isPart(each))) parts.push(each);
  }
  return { first, names: [...new Set([first, name, ...parts])] };
}

/** The files of the images that lie in a file, and of those that share a file with these. */
function together(name: string, images: ReadonlyArray<readonly string[]>): Set<string> {
  const names = new Set([name]);
  let size = 0;
  while (names.size > size) {
    size = names.size;
    for (const image of images) {
      if (!image.some((each) => names.has(each))) continue;
      // Metadata come from anywhere: a name may lead to no other folder.
      for (const each of image) if (each === path.basename(each) && each !== '..') names.add(each);
    }
  }
  return names;
}
