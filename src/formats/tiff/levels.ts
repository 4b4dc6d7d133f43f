import { readDirectory } from './directory';
import { type Page, readPage } from './page';
import { sameType } from './sample-type';
import { blankPage, samePlane, samplePages, type TiffScene } from './scene';

/**
 * The pages of each resolution, level 0 first: SubIFDs (OME-TIFF pyramids), else smaller pages of the chain.
 * A level counts only when every plane has it in the same size and type.
 */
export function sceneLevels(scene: TiffScene): Page[][] {
  const perPage = new Map<Page, Page[]>();
  for (const page of scene.pages) {
    if (page.blank) continue;
    perPage.set(page, smallerVersions(page, scene));
  }
  const [smaller = []] = perPage.values();
  const levels = [scene.pages];
  for (const [level, first] of smaller.entries()) {
    const [previous] = levels[level];
    const real =
      sameType(first.type, previous.type) &&
      first.samples === previous.samples &&
      first.width <= previous.width &&
      first.height <= previous.height &&
      first.width * first.height < previous.width * previous.height;
    if (!real || ![...perPage.values()].every((pages) => pages[level] && samePlane(pages[level], first))) break;
    const blank = blankPage(first);
    levels.push(scene.pages.map((page) => perPage.get(page)?.[level] ?? blank));
  }
  return levels;
}

function smallerVersions(page: Page, scene: TiffScene): Page[] {
  const { sampleOf } = page;
  if (!sampleOf) {
    page.smaller ??= subDirectories(page);
    return page.smaller ?? scene.smaller?.get(page) ?? [];
  }
  const whole = smallerVersions(sampleOf.page, scene);
  const fitting = whole.filter(({ planar, samples }) => planar && samples === sampleOf.page.samples);
  return fitting.map((each) => samplePages(each)[sampleOf.sample]);
}

function subDirectories(page: Page): Page[] | null {
  if (page.subDirectories.length === 0) return null;
  return page.subDirectories.map((offset, i) =>
    readPage(readDirectory(page.tiff, offset, `sub-directory ${i} of ${page.name}`)),
  );
}
