import assert from 'node:assert/strict';
import { mkdir, readdir, rename, utimes } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { clearLeftovers } from '../../src/review/clear-leftovers';
import { ReviewFolder } from '../../src/review/review-folder';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';
import { sampleOf } from './samples';

const HOUR = 3600 * 1000;

describe('what is left over in a review folder', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  const made = async (name: string, hoursAgo: number) => {
    const file = await folder.write(name, 'x');
    const time = new Date(Date.now() - hoursAgo * HOUR);
    await utimes(file, time, time);
    return file;
  };
  const image = (file: string) => ({ ...sampleOf('a').raw, uri: pathToFileURL(file).href });

  it('goes: old partial files, and copies that no record names, also none in the archive', async () => {
    const review = await ReviewFolder.open(folder.path);
    const kept = await made('images/kept_1-0123456789abcdef.ome.tiff', 100);
    const archived = await made('images/archived_1-0123456789abcdef.ome.tiff', 100);
    await made('images/replaced_1-0123456789abcdef.ome.tiff', 25);
    await made('images/new_1-0123456789abcdef.ome.tiff', 23);
    await review.add({ ...sampleOf('old'), raw: image(archived) });
    await mkdir(folder.at('archive/2026'), { recursive: true });
    await rename(folder.at('old.json'), folder.at('archive/2026/old.json'));
    await review.refresh();
    await review.add({ ...sampleOf('a'), seg2: image(kept) });
    await made('a.json.partial-0123456789ab', 2);
    await made('images/big.ome.tiff.partial-0123456789ab', 2);
    await made('run/state.json.partial-0123456789ab', 0.5);
    await made('tables.partial-0123456789ab/train.csv', 2);
    const old = new Date(Date.now() - 2 * HOUR);
    await utimes(folder.at('tables.partial-0123456789ab'), old, old);
    await made('notes.partial.txt', 500);

    const removed = await clearLeftovers(review);
    assert.deepEqual(removed.map((name) => name.split(path.sep).join('/')).sort(), [
      'a.json.partial-0123456789ab',
      'images/big.ome.tiff.partial-0123456789ab',
      'images/replaced_1-0123456789abcdef.ome.tiff',
      'tables.partial-0123456789ab',
    ]);
    assert.deepEqual((await readdir(folder.path)).sort(), ['a.json', 'archive', 'images', 'notes.partial.txt', 'run']);
    assert.equal((await readdir(folder.at('images'))).length, 3);
    assert.deepEqual(await clearLeftovers(review), []);
    await assert.rejects(clearLeftovers(review, { signal: AbortSignal.abort() }), { code: 'cancelled' });
  });
});
