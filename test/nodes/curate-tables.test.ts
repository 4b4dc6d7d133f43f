import assert from 'node:assert/strict';
import type { ImageView } from '../../src/curation/page-api';
import { REJECTED, two, USED, useCuration } from './curation-under-test';
import { errorOf, until } from './run-node';

describe("segmenter-curate and Segmenter ML's tables", () => {
  const curation = useCuration();
  const { bring, finish, get, put, queue, review, start } = curation;

  it("takes the decisions of Segmenter ML's tables over, but none that was made here", async () => {
    const polygons = {
      polygons: [
        {
          polygon: [
            [0, 0],
            [9, 0],
            [9, 9],
          ] as Array<[number, number]>,
        },
      ],
    };
    curation.host
      .on('list-tables', ({ tables }) => {
        assert.equal(tables, '/data/tables');
        return { entries: ['a', 'b', 'c'].map((id) => ({ id, raw: `/data/${id}.tif`, scene: null })), problems: [] };
      })
      .on('open-sample', ({ entry: { id } }) => {
        // A mask that fits no sample: this one alone is left out.
        if (id === 'b') return [{ ...two(id), base: 'seg1', mergeMask: { polygons: 7 } }];
        return [{ ...two(id), ...(id === 'a' ? { base: 'seg2' as const, mergeMask: polygons } : {}) }];
      });
    const config = { manifest: '/data/tables', manifestType: 'str', adopt: true, paths: 'absolute', seed: 3 };
    const flow = await start(config);
    const bringTables = async (times: number) => {
      flow.receive({ payload: Date.now() });
      await until(() => flow.sent[1].filter(({ topic }) => topic === 'checks').length === times, 'the checks');
    };
    await bringTables(1);
    const states = async () => (await queue()).items.map(({ id, state }) => [id, state]);
    assert.deepEqual(await states(), [
      ['a', 'used'],
      ['c', 'undecided'],
    ]);
    assert.match(errorOf(flow.caught[0]).message, /^b: /);
    const { decision } = (await get<ImageView>('image/a')).body;
    assert.deepEqual([decision.base, decision.merge[0].rings[0][1]], ['seg2', [0, 9]]);
    await put('a', 1, REJECTED);
    await put('c', 0, USED);
    await bringTables(2);
    assert.deepEqual(await states(), [
      ['a', 'rejected'],
      ['c', 'used'],
    ]);
    await finish();
    await until(() => curation.host.inputs('export-review').length === 1, 'the tables');
    assert.deepEqual(curation.host.inputs('export-review')[0], {
      folder: review(),
      seed: 3,
      paths: 'absolute',
      targets: {},
    });
  });

  it('each: the tables of Finish have the targets of samples that went on before', async () => {
    const flow = await start({ emit: 'each', quiet: 0 });
    await bring(flow, ['a', 'b', 'c']);
    const shape = {
      rings: [
        [
          [0, 0],
          [9, 0],
          [9, 9],
        ],
      ],
      z: [0, 0],
    };
    await put('a', 0, { ...USED, strokes: [{ points: [[1, 1]], radius: 2, value: 1, z: null }] });
    await put('b', 0, { ...USED, merge: [shape] });
    await put('c', 0, USED);
    await until(() => flow.sent[0].length === 3, 'all samples');
    await finish();
    await until(() => curation.host.inputs('export-review').length === 1, 'the tables');
    assert.deepEqual(Object.keys(curation.host.inputs('export-review')[0].targets), ['a', 'b']);
    assert.equal(flow.sent[0].length, 3, 'nothing goes on twice');
  });
});
