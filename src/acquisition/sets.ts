import path from 'node:path';
import { isLaterPart } from '../formats/czi/segments';
import { imageExtension, TIFF_EXTENSIONS } from '../formats/extensions';
import { filesOfImages } from '../formats/tiff/sibling-files';
import { compareNames } from '../samples/names';
import { passTimeouts } from '../storage/outside-files';

/** How ZEN names the second and later files of one image. */
const CZI_PART = /^(.+)\(\d{1,6}\)(\.czi)$/i;

/** The files that are one acquisition, by names in their folder. */
export interface FileSet {
  /** the one that stands for all: it is told and opened */
  first: string;
  /** all of them, `first` among them; there or not */
  names: string[];
}

/**
 * Gives the set that a file belongs to: the files that hold the same images by the OME-XML of a TIFF, or the first file of
 * a CZI of several; itself where it stands alone, or cannot be read yet.
 * @throws SegmenterError `timeout`
 */
export async function setOf(file: string): Promise<FileSet> {
  const name = path.basename(file);
  const ofCzi = CZI_PART.exec(name);
  if (ofCzi && (await isLaterPart(file).catch(passTimeouts(false)))) {
    const first = `${ofCzi[1]}${ofCzi[2]}`;
    return { first, names: [first, name] };
  }
  const extension = imageExtension(name);
  if (!TIFF_EXTENSIONS.some((ending) => ending === extension)) return { first: name, names: [name] };
  const images = await filesOfImages(file).catch(passTimeouts([]));
  const names = [...together(name, images)];
  names.sort(compareNames);
  return { first: names[0], names };
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
