import assert from 'node:assert/strict';
import { regionsOfShapes } from '../../src/curation/decision';
import { adoptRecord, listTables, tablesAt } from '../../src/curation/import-tables';
import { ReviewFolder } from '../../src/curation/review-folder';
import { rasteriser } from '../../src/masks/rasterise';
import { NUMPY_FILES } from '../formats/numpy/numpy-files';
import { openAll, requestOf, type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';
import { writeImage } from './images';

describe("tables of Segmenter ML's users", () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
    for (const role of ['raw', 'seg1', 'seg2']) {
      for (const id of ['a', 'b', 'c']) {
        await writeImage(folder.at(role, `${id}.tif`), id, [1, 1, 2, 12, 12], new Uint8Array(2 * 12 * 12).fill(1));
      }
    }
    await folder.write('data/masks/object.npy', Buffer.from(NUMPY_FILES.object, 'base64'));
    await folder.write('data/masks/plain.npy', Buffer.from(NUMPY_FILES.float64, 'base64'));
  });
  afterEach(() => folder.remove());

  const HEADER = ',raw,seg1,seg2,merge_mask,exclude_mask,base_image\n';
  const row = (id: string, masks: string, base: string) =>
    `0,${['raw', 'seg1', 'seg2'].map((role) => folder.at(role, `${id}.tif`)).join(',')},${masks},${base}\n`;

  it('become decisions, with polygons of plain and object arrays; val and test are the same rows', async () => {
    const plain = folder.at('data/masks/plain.npy');
    const object = folder.at('data/masks/object.npy');
    const train = await folder.write(
      'data/train.csv',
      HEADER + row('a', `${plain},${object}`, 'seg2') + row('b', ',', 'seg1'),
    );
    const val = await folder.write('data/val.csv', HEADER + row('c', `,${plain}`, 'seg1'));
    const test = await folder.write('data/test.csv', HEADER + row('c', ',', 'seg1'));
    const tables = await tablesAt(folder.at('data'), [folder.path]);
    assert.deepEqual(tables, [train, val, test]);
    const { entries, problems } = await listTables(tables, [folder.path]);
    assert.deepEqual(
      entries.map(({ id, split }) => [id, split]),
      [
        ['a', undefined],
        ['b', undefined],
        ['c', undefined],
      ],
    );
    assert.deepEqual(problems, [`${test}: ${folder.at('raw', 'c.tif')} was listed before with another excludeMask`]);

    const samples = (await Promise.all(entries.map((entry) => openAll(entry, requestOf({}), [folder.path])))).flat();
    const review = await ReviewFolder.open(folder.at('review'));
    const adopt = async () => {
      for (const sample of samples) await adoptRecord(review, (await review.add(sample)).record);
    };
    await adopt();
    assert.deepEqual(
      review.list().map(({ id, state, by }) => [id, state, by]),
      [
        ['a', 'used', null],
        ['b', 'used', null],
        ['c', 'used', null],
      ],
    );
    const { decision } = await review.get('a');
    assert.deepEqual([decision.base, decision.merge.length, decision.exclude.length], ['seg2', 1, 2]);
    // As in `numpy-files.ts`: [y, x] there, [x, y] here.
    assert.deepEqual(decision.merge[0], {
      rings: [
        [
          [2, 1.5],
          [4.25, 3],
          [-6, 5],
        ],
      ],
      z: null,
    });
    const plane = { z: 0, y: 0, x: 0, height: 12, width: 12, step: 1 };
    const filled = rasteriser(regionsOfShapes(decision.exclude) ?? { polygons: [] })(plane);
    assert.equal(
      filled?.reduce((sum, pixel) => sum + pixel, 0),
      100,
    );

    await review.save('b', { revision: 1, decision: { ...decision, state: 'rejected' } }, 'Bob');
    await review.save('c', { revision: 1, decision: { ...decision, state: 'undecided' } }, 'Bob');
    await adopt();
    assert.deepEqual(
      review.list().map(({ state }) => state),
      ['used', 'rejected', 'undecided'],
    );
  });

  it('keep the scenes of one file that lie in several tables, whether a column or the names of files tell them apart', async () => {
    const raw = folder.at('raw', 'a.tif');
    for (const scene of [1, 2]) {
      const file = folder.at('drawn', `a_s${scene}_mask.tif`);
      await writeImage(file, 'm', [1, 1, 2, 12, 12], new Uint8Array(2 * 12 * 12).fill(1));
      await folder.write(`named/${scene === 1 ? 'train' : 'val'}.csv`, `raw,seg1\n${raw},${file}\n`);
      const seg1 = folder.at('seg1', 'a.tif');
      await folder.write(`told/${scene === 1 ? 'train' : 'val'}.csv`, `raw,seg1,scene\n${raw},${seg1},${scene}\n`);
    }
    for (const tables of ['named', 'told']) {
      const { entries, problems } = await listTables(await tablesAt(folder.at(tables), [folder.path]), [folder.path]);
      assert.deepEqual([entries.map(({ scene }) => scene), problems], [[1, 2], []], tables);
    }
  });

  it('leave what they do not decide to people; one table has the ids of a manifest', async () => {
    const named = await folder.write('tables/list.csv', `raw\n${folder.at('raw', 'a.tif')}\n`);
    const deep = await folder.write('list.csv', `raw\n${folder.at('raw', 'a.tif')}\n`);
    assert.deepEqual((await listTables(await tablesAt(named, [folder.path]), [folder.path])).entries[0].id, 'a');
    const { entries } = await listTables([deep], [folder.path]);
    assert.equal(entries[0].id, 'raw/a');
    const review = await ReviewFolder.open(folder.at('review'));
    const [sample] = await openAll(entries[0], requestOf({}), [folder.path]);
    const { record } = await review.add(sample);
    assert.equal((await adoptRecord(review, record)).decision.state, 'undecided');
    await assert.rejects(tablesAt(folder.at('tables'), [folder.path]), { code: 'not-found' });
    await assert.rejects(tablesAt(folder.path, [folder.at('tables')]), { code: 'not-allowed' });
  });
});
