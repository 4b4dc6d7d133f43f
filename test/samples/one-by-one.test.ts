import assert from 'node:assert/strict';
import { chmod, symlink } from 'node:fs/promises';
import path from 'node:path';
import { findFiles } from '../../src/samples/listing/find-files';
import { listSamples } from '../../src/samples/listing/list-samples';
import type { SampleRequest } from '../../src/samples/request';
import { requestOf, type TemporaryFolder, temporaryFolder } from './temporary-files';

/** One bad entry stops no other: what is wrong with a file is the error of its sample. */
describe('listing one by one', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  /** Ids with the codes of what failed, and messages without the test's folder. */
  async function told(given: Partial<SampleRequest>, roots = [folder.path]) {
    const { entries, problems } = await listSamples(requestOf(given), roots);
    const messages = entries.flatMap(({ error }) => (error ? [error.message.replaceAll(folder.path, '')] : []));
    return { ids: entries.map(({ id, error }) => (error ? `${id}: ${error.code}` : id)), messages, problems };
  }

  it('two raw images of one id are told of, the others go on', async () => {
    await folder.touch('cells.tif', 'cells.ome.tif', 'other1.tif', 'other2.tif');
    const { ids, messages } = await told({ raw: folder.path });
    assert.deepEqual(ids, ['cells: invalid-input', 'other1', 'other2']);
    assert.match(
      messages[0],
      /raw: 2 files have the id "cells", expected one: \/cells\.ome\.tif, \/cells\.tif; rename/,
    );
    assert.deepEqual((await told({ raw: folder.at('*') })).ids, ids);
  });

  it('two files of another role under one id concern that sample only', async () => {
    await folder.touch('raw/a.tif', 'raw/b.tif', 'seg/a_seg.tif', 'seg/a_seg.png', 'seg/b_seg.tif', 'mask/b.npy');
    await folder.touch('mask/b.json');
    const seg1 = folder.at('seg');
    const { ids, messages } = await told({ raw: folder.at('raw'), seg1 });
    assert.deepEqual(ids, ['a: invalid-input', 'b']);
    assert.match(messages[0], /seg1: 2 files have the id "a", expected one: \/seg\/a_seg\.(png|tif), /);
    await folder.touch('raw/c.tif', 'raw/c.png');
    assert.deepEqual((await told({ raw: folder.at('raw'), seg1 })).ids, ['a: invalid-input', 'b', 'c: invalid-input']);
    const masked = await told({ raw: folder.at('raw'), seg1, excludeMask: folder.at('mask') });
    assert.match(masked.messages[1], /excludeMask: 2 files have the id "b"/);
  });

  describe('links', () => {
    before(function () {
      if (process.platform === 'win32') this.skip();
    });

    it('that lead outside, nowhere or in a circle fail by themselves', async () => {
      await folder.touch('in/a.tif', 'in/deep/b.tif', 'out/secret/c.tif', 'out/d.tif');
      await symlink(folder.at('out', 'd.tif'), folder.at('in', 'd.tif'));
      await symlink(folder.at('out', 'secret'), folder.at('in', 'secret'));
      await symlink(folder.at('none.tif'), folder.at('in', 'gone.tif'));
      await symlink(folder.at('in', 'loop.tif'), folder.at('in', 'loop.tif'));
      await symlink(folder.at('none'), folder.at('in', 'notes'));
      for (const raw of [folder.at('in'), folder.at('in', '**', '*')]) {
        const { ids, messages } = await told({ raw }, [folder.at('in')]);
        const failed = ['d', 'gone', 'loop', 'secret'].map((id) => `${id}: not-allowed`);
        assert.deepEqual(ids, ['a', failed[0], 'deep/b', ...failed.slice(1)]);
        assert.match(messages[0], /\/in\/d\.tif leads to \/out\/d\.tif, which lies outside the allowed folders/);
        assert.match(messages[1], /gone\.tif holds a link to nothing/);
        assert.doesNotMatch(messages.join(), /c\.tif/);
      }
      assert.deepEqual((await told({ raw: folder.at('in', '*.tif') }, [folder.at('in')])).ids, [
        'a',
        'd: not-allowed',
        'gone: not-allowed',
        'loop: not-allowed',
      ]);
    });

    it('of a segmentation concern its sample, and of a folder of them all that lack one', async () => {
      await folder.touch('in/raw/a.tif', 'in/raw/b.tif', 'in/raw/p/c.tif', 'in/seg/b.tif', 'out/a.tif', 'out/p/c.tif');
      await symlink(folder.at('out', 'a.tif'), folder.at('in', 'seg', 'a.tif'));
      await symlink(folder.at('out', 'p'), folder.at('in', 'seg', 'p'));
      const request = { raw: folder.at('in', 'raw'), seg1: folder.at('in', 'seg') };
      const { ids, messages } = await told(request, [folder.at('in')]);
      assert.deepEqual(ids, ['a: not-allowed', 'b', 'p/c: not-allowed']);
      assert.match(messages[0], /^seg1: \/in\/seg\/a\.tif leads to \/out\/a\.tif/);
      assert.match(messages[1], /^seg1: \/in\/seg\/p leads to \/out\/p,/);
    });

    it('of raw images to a folder outside leave its segmentations alone', async () => {
      await folder.touch('in/raw/a.tif', 'in/seg/a.tif', 'in/seg/p/c.tif', 'out/c.tif');
      await symlink(folder.at('out'), folder.at('in', 'raw', 'p'));
      const request = { raw: folder.at('in', 'raw'), seg1: folder.at('in', 'seg') };
      assert.deepEqual((await told(request, [folder.at('in')])).ids, ['a', 'p: not-allowed']);
    });

    it('are followed once', async () => {
      await folder.touch('set/b.tif', 'set/deep/c.tif');
      await symlink(folder.at('set'), folder.at('set', 'deep', 'again'));
      for (const raw of [folder.at('set'), folder.at('set', '**', '*.tif')]) {
        assert.deepEqual((await told({ raw })).ids, ['b', 'deep/c']);
      }
    });
  });

  it('a folder that cannot be read fails by itself', async function () {
    if (process.platform === 'win32') this.skip();
    await folder.touch('raw/a.tif', 'raw/closed/b.tif', 'seg/a.tif', 'seg/closed/b.tif');
    await chmod(folder.path, 0o755);
    await chmod(folder.at('raw', 'closed'), 0o000);
    try {
      await asOtherUser(async () => {
        for (const raw of [folder.at('raw'), folder.at('raw', '**')]) {
          const { ids, messages } = await told({ raw, seg1: folder.at('seg') });
          assert.deepEqual(ids, ['a', 'closed: not-allowed']);
          assert.match(messages[0], /cannot list \/raw\/closed: no permission/);
        }
      });
    } finally {
      await chmod(folder.at('raw', 'closed'), 0o755);
    }
  });

  it('what systems and other programs leave is passed over', async () => {
    await folder.touch('a.tif', '._a.tif', '.DS_Store', 'Thumbs.db', '~a.tif', '~$b.tif', '__MACOSX/c.tif');
    await folder.touch('@eaDir/a.tif/SYNOPHOTO_THUMB_M.jpg', '$RECYCLE.BIN/d.tif', 'lost+found/e.tif');
    assert.deepEqual(await told({ raw: folder.path }), { ids: ['a'], messages: [], problems: [] });
    assert.deepEqual((await told({ raw: folder.at('**', '*') })).ids, ['a']);
  });

  it('names composed in two ways pair, and the paths stay as the disk has them', async () => {
    const [nfc, nfd] = ['NFC', 'NFD'].map((form) => 'Grün'.normalize(form));
    await folder.touch(`raw/${nfc}/${nfd}_01.tif`, `seg/${nfd}/${nfc}_01_mäsk.tif`.normalize('NFD'));
    const raw = folder.at('raw', nfc, `${nfd}_01.tif`);
    const seg1 = folder.at('seg', ...`${nfd}/${nfd}_01_mäsk.tif`.normalize('NFD').split('/'));
    const expected = [{ id: `${nfc}/${nfc}_01`, scene: null, raw, seg1 }];
    const list = async (given: Partial<SampleRequest>) => (await listSamples(requestOf(given), [folder.path])).entries;
    assert.deepEqual(await list({ raw: folder.at('raw'), seg1: folder.at('seg') }), expected);
    const pattern = folder.at('seg', '*', `${nfc}*`);
    const suffixes = { seg1: '_mäsk'.normalize('NFD') };
    assert.deepEqual(await list({ raw: folder.at('raw', '*', '*.tif'), seg1: pattern, suffixes }), expected);
    const single = await list({ raw: folder.at('raw', nfd, `${nfc}_01.tif`), seg1: folder.at('seg', nfc) });
    assert.deepEqual(single, [{ id: `${nfc}_01`, scene: null, raw, seg1 }]);
    const text = ` ${folder.at('raw', nfd, `${nfc}_01.tif`)}\n`;
    assert.equal((await list({ raw: text }))[0].raw, raw);
    await assert.rejects(list({ raw: folder.at('raw', `${nfc}_02.tif`) }), { code: 'not-found' });
    await assert.rejects(list({ raw: path.resolve('/', nfc, 'x.tif') }), { code: 'not-allowed' });
    await folder.touch(`both/${nfc}.tif`, `both/${nfd}.tif`);
    if ((await findFiles(folder.at('both'), 'raw', [folder.path])).files.length === 2) {
      const { ids, messages } = await told({ raw: folder.at('both') });
      assert.deepEqual(ids, [`${nfc}: invalid-input`]);
      assert.match(messages[0], /Gr(u\\u\{308\}|\\u\{fc\})n\.tif/, 'names that look the same');
      const [entry] = await list({ raw: folder.at('both', `${nfd}.tif`) });
      assert.equal(entry.raw, folder.at('both', `${nfd}.tif`));
    }
  });
});

/** Runs something as a user who may not read all. */
async function asOtherUser(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
