import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';

import loadImage = require('../../nodes/load-image/load-image');

import { SegmenterError } from '../../src/base/errors';
import type { FileContents } from '../../src/jobs/job-types';
import { readPage } from './editor-page';
import { FakeHost } from './fake-host';
import { FakePage } from './fake-page';
import { startFlow, stopFlow } from './run-node';

const ROUTE = '/segmenter/load-image/contents';

const PLATE: FileContents = {
  path: '/data/plate/a.czi',
  file: 'plate/a.czi',
  files: 12,
  format: 'czi',
  scenes: 40,
  described: [
    {
      scene: 0,
      sceneName: 'B3',
      levels: [
        [5, 2, 10, 600, 800],
        [5, 2, 10, 300, 400],
      ],
      dtype: 'uint16',
      channels: [
        { index: 0, name: 'DAPI' },
        { index: 1, name: '<b>GFP' },
      ],
      pixelSize: { z: 0.5, y: 0.1, x: 0.1 },
      notes: ['1 of 100 planes are missing'],
    },
    { scene: 1, levels: [[1, 1, 1, 5, 6]], dtype: 'uint8', channels: [], pixelSize: null },
  ],
};

describe('what a file contains, in the editor', () => {
  afterEach(stopFlow);

  it('Node-RED answers with what the job finds', async () => {
    const host = new FakeHost().on('inspect-file', () => PLATE);
    await startFlow({ file: loadImage, type: 'segmenter-load-image', access: host.access() });
    const { status, body } = await helper.request().get(`${ROUTE}?raw=${encodeURIComponent('/data/plate/*.czi')}`);
    assert.deepEqual([status, body], [200, JSON.parse(JSON.stringify(PLATE))]);
    await helper.request().get(`${ROUTE}?raw=/data/a.tif&pages=c`);
    await helper.request().get(`${ROUTE}?raw=/data/a.tif&pages=auto`);
    assert.deepEqual(host.inputs('inspect-file'), [
      { raw: '/data/plate/*.czi' },
      { raw: '/data/a.tif', pages: 'c' },
      { raw: '/data/a.tif' },
    ]);
  });

  it('what goes wrong is told with its code', async () => {
    const host = new FakeHost().on('inspect-file', ({ raw }) => {
      throw new SegmenterError(raw === '/etc' ? 'not-allowed' : 'corrupt-file', `${raw} cannot be read`);
    });
    await startFlow({ file: loadImage, type: 'segmenter-load-image', access: host.access() });
    const ask = (query: string) => helper.request().get(ROUTE + query);
    const answers = [await ask('?raw=/etc'), await ask('?raw=/a.czi'), await ask(''), await ask('?raw=a&raw=b')];
    assert.deepEqual(
      answers.map(({ status, body }) => [status, (body as { code: string }).code]),
      [
        [403, 'not-allowed'],
        [422, 'corrupt-file'],
        [400, 'invalid-input'],
        [400, 'invalid-input'],
      ],
    );
    assert.equal((answers[0].body as { message: string }).message, '/etc cannot be read');
  });

  it('the page lists it, and a click takes a scene or channel', () => {
    const page = new FakePage({ raw: '/data/plate', answer: PLATE });
    readPage('load-image', page.jQuery);
    page.element('#node-input-pages').val('t');
    page.click('#segmenter-look-into');
    const [[address, query]] = page.asked as Array<[string, Record<string, unknown>]>;
    assert.deepEqual([address, query.raw, query.pages], ['segmenter/load-image/contents', '/data/plate', 't']);
    const place = page.element('#segmenter-contents');
    assert.deepEqual(
      place.children.map(({ words }) => words),
      [
        'plate/a.czi (czi), the first of 12 files',
        'Scene 0 B3: 800 x 600 uint16, 10 slices, 5 time points, 2 levels, 0.1 x 0.1 x 0.5 µm',
        'Scene 1: 6 x 5 uint8',
        'and 38 scenes more',
        'Raw channel:',
        '0 DAPI',
        '1 <b>GFP',
        '1 of 100 planes are missing',
      ],
    );
    place.children[2].click();
    place.children[6].click();
    assert.deepEqual([page.element('#node-input-scene').value, page.element('#node-input-rawChannel').value], [1, 1]);
  });

  it('the page shows it small, and says how the other files pair', () => {
    const roles = [
      { role: 'seg1', files: 10, pairs: 10, rawWithout: ['a', 'b', 'c', 'd', 'e', 'f'], withoutRaw: [] },
      { role: 'seg2', files: 1, pairs: 0, rawWithout: [], withoutRaw: ['x'] },
    ];
    const page = new FakePage({ raw: '/data/plate', answer: { ...PLATE, pairing: { raw: 16, roles } } });
    readPage('load-image', page.jQuery);
    page.click('#segmenter-look-into');
    const words = page.element('#segmenter-contents').children.map((child) => child.words);
    const seg1 = 'Segmentation 1 (your masks)';
    assert.deepEqual(words.slice(-4), [
      `16 raw, 10 of ${seg1}: 10 pair`,
      `6 raw without ${seg1}: a, b, c, d, e, ...`,
      '16 raw, 1 of Segmentation 2: 0 pair',
      '1 of Segmentation 2 without raw: x',
    ]);
    assert.deepEqual(page.pictures, ['segmenter/results/thumbnail/file%3A0%3A%2Fdata%2Fplate%2Fa.czi']);
  });

  it('the page tells why there is nothing to list', () => {
    const words = (page: FakePage) => {
      readPage('load-image', page.jQuery);
      page.click('#segmenter-look-into');
      return page.element('#segmenter-contents').children.map((child) => child.words);
    };
    const choose = 'First choose a folder or an image in Raw images, with the button that shows a folder';
    assert.deepEqual(words(new FakePage({ raw: ' ' })), [choose]);
    assert.deepEqual(words(new FakePage({ raw: 'payload', type: 'msg' })), [choose]);
    assert.deepEqual(words(new FakePage({ raw: '/a', failure: { message: '/a is not there' } })), ['/a is not there']);
    assert.deepEqual(words(new FakePage({ raw: '/a', failure: undefined })), ['Node-RED did not answer']);
  });
});
