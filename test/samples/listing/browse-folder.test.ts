import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { browseFolder } from '../../../src/samples/listing/browse-folder';
import type { Browsed } from '../../../src/samples/listing/folder-view';

describe('browsing folders', () => {
  let folder: string;
  let root: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'browse-')));
    root = path.join(folder, 'root');
    for (const name of ['b10', 'b2', '.hidden', 'image.zarr']) await mkdir(path.join(root, name), { recursive: true });
    await mkdir(path.join(folder, 'secret'));
    for (const name of ['a10.tif', 'a2.tif', 'masks.geojson', 'table.csv', 'notes.txt']) {
      await writeFile(path.join(root, name), 'four');
    }
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const look = (place: string | null, of: Browsed = 'images', filter = '') =>
    browseFolder(place, [root], { of, filter });
  const names = ({ entries }: Awaited<ReturnType<typeof look>>) => entries.map(({ name }) => name);

  it('lists folders first, by their numbers, and what can be taken with size and date', async () => {
    const view = await look(root);
    assert.deepEqual(names(view), ['b2', 'b10', 'a2.tif', 'a10.tif', 'image.zarr', 'masks.geojson']);
    assert.deepEqual(
      view.entries.map(({ kind, size }) => [kind, size]),
      [
        ['folder', null],
        ['folder', null],
        ['file', 4],
        ['file', 4],
        ['zarr', null],
        ['file', 4],
      ],
    );
    assert.ok(view.entries.every(({ modified }) => Math.abs((modified ?? 0) - Date.now()) < 60_000));
    assert.deepEqual([view.path, view.parent, view.total, view.isAll], [root, null, 6, true]);
    assert.deepEqual(names(await look(root, 'folders')), ['b2', 'b10', 'image.zarr']);
    assert.deepEqual(names(await look(root, 'tables')), ['b2', 'b10', 'image.zarr', 'table.csv']);
    assert.deepEqual(names(await look(root, 'images', 'A1')), ['a10.tif']);
  });

  it('begins at the folder of a file, and at the nearest one of what is not there', async () => {
    const of = async (place: string) => {
      const { path: open, parent, selected, missing } = await look(place);
      return [open, parent, selected, missing];
    };
    assert.deepEqual(await of(path.join(root, 'a2.tif')), [root, null, 'a2.tif', null]);
    assert.deepEqual(await of(path.join(root, 'image.zarr')), [root, null, 'image.zarr', null]);
    assert.deepEqual(await of(path.join(root, 'b2', 'new', '*.tif')), [path.join(root, 'b2'), root, null, null]);
    const made = path.join(root, 'b2', 'new', 'deeper');
    assert.deepEqual(await of(made), [path.join(root, 'b2'), root, null, made]);
  });

  it('lists the allowed folders, once where one lies in another', async () => {
    const gone = path.join(folder, 'gone');
    const view = await browseFolder(null, [path.join(root, 'b2'), root, gone], { of: 'folders', filter: '' });
    assert.deepEqual([view.path, names(view)], [null, [root]]);
  });

  it('goes nowhere else, over links neither', async function () {
    if (process.platform === 'win32') this.skip();
    await symlink(path.join(folder, 'secret'), path.join(root, 'door'));
    await symlink(path.join(root, 'b2'), path.join(root, 'inner'));
    await symlink(path.join(folder, 'nothing'), path.join(root, 'dangling'));
    const view = await look(root, 'folders');
    assert.deepEqual([names(view), view.refused], [['b2', 'b10', 'inner', 'image.zarr'], 2]);
    for (const place of [folder, path.join(root, '..', 'secret'), path.join(root, 'door'), '/etc']) {
      await assert.rejects(look(place), { code: 'not-allowed' }, place);
    }
  });

  it('shows a part of a large folder and how much there is', async () => {
    const large = path.join(root, 'large');
    await mkdir(large);
    await Promise.all(Array.from({ length: 620 }, (_, i) => writeFile(path.join(large, `${i}.png`), '')));
    const view = await look(large);
    assert.deepEqual([view.entries.length, view.total], [500, 620]);
    assert.deepEqual(names(view).slice(8, 12), ['8.png', '9.png', '10.png', '11.png']);
  });
});
