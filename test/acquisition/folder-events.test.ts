import assert from 'node:assert/strict';
import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FolderNews, tellOfFolder } from '../../src/acquisition/folder-events';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';

describe('what the system tells of a watched folder', function () {
  this.timeout(10_000);
  let folder: TemporaryFolder;
  let news: FolderNews[];
  let over: Promise<void>;
  let ending: AbortController;
  const begin = async (watched = folder.at('in')) => {
    news = [];
    ending = new AbortController();
    over = tellOfFolder({ watched, roots: [folder.path] }, (each) => news.push(each), ending.signal);
    over.catch(() => undefined);
    await heard(({ names }) => names === null);
    news.length = 0;
  };
  const heard = async (is: (each: FolderNews) => boolean) => {
    for (let i = 0; i < 300 && !news.some(is); i++) await sleep(10);
    assert.ok(news.some(is), JSON.stringify(news));
  };
  beforeEach(async function () {
    // Elsewhere events come in another order, or later.
    if (process.platform !== 'linux') this.skip();
    folder = await temporaryFolder();
    await mkdir(folder.at('in', 'a'), { recursive: true });
  });
  afterEach(async () => {
    ending?.abort();
    await over?.catch(() => undefined);
    await folder?.remove();
  });

  it('is the name of each file that comes or changes, in any subfolder, but for those that are passed over', async () => {
    await begin();
    await writeFile(folder.at('in', 'a', '1.tif'), 'x');
    await heard(({ names }) => names?.includes('a/1.tif') ?? false);
    news.length = 0;
    await appendFile(folder.at('in', 'a', '1.tif'), 'x');
    await heard(({ names }) => names?.includes('a/1.tif') ?? false);
    news.length = 0;
    await writeFile(folder.at('in', '.hidden'), 'x');
    await writeFile(folder.at('in', '2.tif.partial'), 'x');
    await sleep(100);
    assert.deepEqual(news, []);
  });

  it('is all of a folder that comes, and then what comes into that', async () => {
    await begin();
    await mkdir(folder.at('in', 'b', 'c'), { recursive: true });
    await heard(({ names }) => names === null);
    await sleep(150);
    news.length = 0;
    await writeFile(folder.at('in', 'b', 'c', '1.tif'), 'x');
    await heard(({ names }) => names?.includes('b/c/1.tif') ?? false);
  });

  it('tells apart what was renamed when it was whole from what is written under its name', async () => {
    await begin();
    await writeFile(folder.at('in', '1.tif.partial'), 'whole');
    await rename(folder.at('in', '1.tif.partial'), folder.at('in', '1.tif'));
    await writeFile(folder.at('elsewhere'), 'whole');
    await rename(folder.at('elsewhere'), folder.at('in', '2.tif'));
    await writeFile(folder.at('in', '3.tif'), 'perhaps whole');
    await writeFile(folder.at('in', '4.tif.partial'), 'half');
    await rename(folder.at('in', '4.tif.partial'), folder.at('in', '4.tif'));
    await appendFile(folder.at('in', '4.tif'), 'rest');
    await heard(({ renamed }) => renamed.includes('2.tif'));
    await sleep(100);
    assert.deepEqual(news.flatMap(({ renamed }) => renamed).sort(), ['1.tif', '2.tif']);
    assert.ok(news.every(({ isSure }) => isSure));
  });

  it('ends where the folder is no more the one that it was', async function () {
    this.timeout(15_000);
    await begin();
    await rename(folder.at('in'), folder.at('away'));
    await mkdir(folder.at('in'));
    await assert.rejects(over, { code: 'changed' });
  });

  it('is not told where the folder is away', async () => {
    await rm(folder.at('in'), { recursive: true });
    const { signal } = new AbortController();
    const request = { watched: path.join(folder.path, 'in'), roots: [folder.path] };
    await assert.rejects(
      tellOfFolder(request, () => undefined, signal),
      { code: 'not-found' },
    );
  });
});
