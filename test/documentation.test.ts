import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');
const LONGEST_README = 160;

describe('the documentation', () => {
  it('begins with a README that is read in a few minutes', () => {
    const lines = readFileSync(path.join(ROOT, 'README.md'), 'utf8').trimEnd().split('\n').length;
    assert.ok(lines <= LONGEST_README, `README.md has ${lines} lines, at most ${LONGEST_README} are expected`);
  });

  it('leads nowhere into the void', () => {
    const broken = pages().flatMap((page) => linksOf(page).filter((link) => !leadsSomewhere(page, link)));
    assert.deepEqual(broken, []);
  });

  it('is found from the README', () => {
    const found = new Set(['README.md']);
    for (const page of found) {
      for (const link of linksOf(page)) {
        const target = path.posix.join(path.posix.dirname(page), link.split('#')[0]);
        if (target.endsWith('.md') && existsSync(path.join(ROOT, target))) found.add(target);
      }
    }
    assert.deepEqual(
      pages().filter((page) => !found.has(page)),
      [],
    );
  });
});

/** README and the pages of docs/, from the project's folder. */
function pages(): string[] {
  const below = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', ...below.filter((file) => file.endsWith('.md')).map((file) => path.posix.join('docs', file))];
}

/** Links and pictures of a page that lie in the project. */
function linksOf(page: string): string[] {
  const text = readFileSync(path.join(ROOT, page), 'utf8').replace(/^```.*?^```/gms, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)|<img (?:[^>:]* )?src="([^"]+)"/g)].map(
    ([, link, picture]) => link ?? picture,
  );
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [file, anchor] = link.split('#');
  const target = path.join(ROOT, file === '' ? page : path.join(path.dirname(page), file));
  if (!existsSync(target)) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}

/** The anchors that headings of a page get. */
function anchorsOf(file: string): string[] {
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
