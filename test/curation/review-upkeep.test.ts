import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ReviewFolder } from '../../src/curation/review-folder';
import { clearLeftovers } from '../../src/curation/review-upkeep';
import { noteOwnFile } from '../../src/storage/own-files';
import { placeOfNumbers, writerTag } from '../../src/storage/writer-tag';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';
import { sampleOf } from './samples';

const HOUR = 3600 * 1000;

describe('what is left over in a review folder', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  /** As the node keeps an image. */
  const keep = async (name: string) => {
    await noteOwnFile(folder.at('images'), name);
    return folder.write(`images/${name}`, 'x');
  };
  const image = (file: string) => ({ ...sampleOf('a').raw, uri: pathToFileURL(file).href });
  const later = () => ({ now: Date.now() + 25 * HOUR });
  const images = async () => (await readdir(folder.at('images'))).filter((name) => !name.startsWith('.segmenter'));

  it('goes: what dead writers left, and copies that nothing names any more, no table and no archive either', async () => {
    const review = await ReviewFolder.open(folder.path);
    const [kept, archived, tabled] = [
      await keep('kept_1-0123456789abcdef.ome.tiff'),
      await keep('archived_1-0123456789abcdef.ome.tiff'),
      await keep('tabled_1-0123456789abcdef.ome.tiff'),
    ];
    await keep('replaced_1-0123456789abcdef.ome.tiff');
    await review.add({ ...sampleOf('old'), raw: image(archived) });
    await mkdir(folder.at('archive/2026'), { recursive: true });
    await rename(folder.at('old.json'), folder.at('archive/2026/old.json'));
    await review.refresh();
    await review.add({ ...sampleOf('a'), seg2: image(kept) });
    await folder.write('tables/samples.csv', `,raw,seg1\n0,../images/${path.basename(tabled)},x\n`);
    const dead = `.partial-${writerTag({ place: await placeOfNumbers(), pid: 0x7fffffff, started: null })}`;
    const [, tag] = dead.split('-');
    await folder.touch(`a.json.saving/${tag}`, 'b.json.saving/notes.txt', 'c.saving');
    await mkdir(folder.at('empty.saving'));
    await folder.touch(
      `a.json${dead}`,
      `images/big.ome.tiff${dead}`,
      `run/state.json${dead}`,
      `tables${dead}/train.csv`,
    );

    assert.deepEqual((await clearLeftovers(review)).map((name) => name.replace(dead, '')).sort(), [
      'a.json',
      'a.json.saving',
      'images/big.ome.tiff',
      'run/state.json',
      'tables',
    ]);
    const turns = (await readdir(folder.path)).filter((name) => name.endsWith('.saving'));
    assert.deepEqual(turns, ['b.json.saving', 'c.saving', 'empty.saving']);
    assert.equal((await images()).length, 4, 'a flow may still read a copy of today');
    assert.deepEqual(await clearLeftovers(review, later()), ['images/replaced_1-0123456789abcdef.ome.tiff']);
    assert.equal((await images()).length, 3);
    assert.deepEqual(await clearLeftovers(review, later()), []);
    await assert.rejects(clearLeftovers(review, { signal: AbortSignal.abort() }), { code: 'cancelled' });
  });

  it('stays: all that was not made for the review, and what lies behind a link', async () => {
    const review = await ReviewFolder.open(folder.path);
    const mine = ['raw.tif', '.hidden', 'sub/deep/raw.tif', 'mask_1-0123456789abcdef.ome.tiff'];
    await folder.touch(...mine.map((name) => `images/${name}`));
    assert.deepEqual(await clearLeftovers(review, later()), []);
    await keep('copy_1-0123456789abcdef.ome.tiff');
    await rm(folder.at('images/copy_1-0123456789abcdef.ome.tiff'));
    await symlink(folder.at('images/raw.tif'), folder.at('images/copy_1-0123456789abcdef.ome.tiff'));
    assert.deepEqual(await clearLeftovers(review, later()), []);
    await keep('other_1-0123456789abcdef.ome.tiff');
    await rename(folder.at('images'), folder.at('elsewhere'));
    await symlink(folder.at('elsewhere'), folder.at('images'));
    assert.deepEqual(await clearLeftovers(review, later()), []);
    assert.ok((await lstat(folder.at('elsewhere/other_1-0123456789abcdef.ome.tiff'))).isFile());
  });

  it('stays where it cannot be told what is named', async () => {
    const review = await ReviewFolder.open(folder.path);
    await keep('archived_1-0123456789abcdef.ome.tiff');
    await mkdir(folder.at('archive/a.json/b.json'), { recursive: true });
    await symlink(folder.at('archive/2026'), folder.at('archive/2026'));
    await assert.rejects(clearLeftovers(review, later()), { code: 'ELOOP' });
    assert.equal((await images()).length, 1);
    await rm(folder.at('archive/2026'));
    assert.equal((await clearLeftovers(review, later())).length, 1);
  });
});
