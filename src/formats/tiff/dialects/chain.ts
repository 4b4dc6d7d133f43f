import type { Page } from '../page';

/** The pages of a file's chain that are images of their own: no smaller versions, no transparency masks. */
export function fullPages(all: Page[]): Page[] {
  const full = all.filter((page) => !page.reduced && !page.transparency);
  return full.length > 0 ? full : all;
}

/** The pages that are marked as smaller versions, by the page that they follow. */
export function smallerPages(all: Page[]): Map<Page, Page[]> {
  const result = new Map<Page, Page[]>();
  let owner: Page | undefined;
  for (const page of all) {
    if (page.transparency) continue;
    if (!page.reduced) owner = page;
    else if (owner) {
      const others = result.get(owner);
      if (others) others.push(page);
      else result.set(owner, [page]);
    }
  }
  return result;
}
