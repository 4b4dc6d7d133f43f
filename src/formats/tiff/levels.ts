import type { RandomAccessFile } from '../random-access-file';
import { readDirectory } from './directory';
import type { TiffHeader } from './header';
import { type Page, readPage } from './page';
import { samePlane, type TiffScene } from './scene';

/**
 * The pages of each resolution, level 0 first: SubIFDs (OME-TIFF pyramids), else smaller pages of the chain.
 * A level counts only when every plane has it in the same size and type.
 */
export function sceneLevels(file: RandomAccessFile, header: TiffHeader, scene: TiffScene): Page[][] {
  const perPage = scene.pages.map((page) => smallerVersions(file, header, page) ?? scene.smaller?.get(page) ?? []);
  const levels = [scene.pages];
  for (let level = 0; level < perPage[0].length; level++) {
    const first = perPage[0][level];
    const previous = levels[level][0];
    const real =
      first.stored === previous.stored &&
      first.samples === previous.samples &&
      first.width <= previous.width &&
      first.height <= previous.height &&
      first.width * first.height < previous.width * previous.height;
    if (!real || !perPage.every((pages) => pages[level] && samePlane(pages[level], first))) break;
    levels.push(perPage.map((pages) => pages[level]));
  }
  return levels;
}

function smallerVersions(file: RandomAccessFile, header: TiffHeader, page: Page): Page[] | null {
  if (page.subDirectories.length === 0) return null;
  return page.subDirectories.map((offset, i) => {
    const directory = readDirectory(file, header, offset, `sub-directory ${i} of ${page.name}`);
    return readPage(directory, header.littleEndian, file.path, file.size);
  });
}
