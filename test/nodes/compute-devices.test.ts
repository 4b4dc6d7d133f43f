import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';

import compute = require('../../nodes/compute/compute');

import { answer } from '../../nodes/admin/answer';
import { serveDevices } from '../../nodes/compute/devices';
import { SegmenterError } from '../../src/base/errors';
import type { EngineSurvey } from '../../src/jobs/job-types';
import { readPage } from './editor-page';
import { FakeHost } from './fake-host';
import { FakePage } from './fake-page';
import { startFlow, stopFlow, tokenHeader } from './run-node';

const ROUTE = '/segmenter/compute/devices';

const CHOICE = { engine: 'onnx', device: 'cpu', precision: 'float32' } as const;
const SURVEY: EngineSurvey = {
  machine: {
    ...{ host: 'lab', cpu: 'A Processor', cores: 16, memoryMB: 65_536, gpus: ['A Card'], driver: '535.104' },
    libraries: {},
    environment: {},
    versions: { package: '0.1.0', node: '22.9.0', 'onnxruntime-node': '1.30.0', '@tensorflow/tfjs-node-gpu': null },
  },
  trials: [
    {
      ...{ engine: 'onnx', device: 'cpu', precision: 'float32' },
      outcome: { state: 'working', speeds: { predict2d: 1_234_567, predict3d: 2e6, train2d: 9.876, train3d: null } },
    },
    {
      ...{ engine: 'onnx', device: 'cuda', precision: 'float32' },
      outcome: { state: 'broken', reason: '<b>no kernel', remedy: 'install a newer driver' },
    },
    {
      ...{ engine: 'tensorflow', device: 'cpu', precision: 'float32' },
      outcome: { state: 'absent', reason: 'it is not installed', remedy: null },
    },
  ],
  auto: { predict: { ...CHOICE, warnings: [], reason: 'onnx on cpu: the only one that works here' }, train: null },
  disturbed: false,
};

describe('the devices of a machine, in the editor', () => {
  afterEach(stopFlow);
  const start = async (survey: FakeHost['survey']) => {
    const host = new FakeHost();
    host.survey = survey;
    await startFlow({ file: compute, type: 'segmenter-compute', access: host.access() });
    return async () =>
      helper
        .request()
        .post(ROUTE)
        .set(...(await tokenHeader()));
  };

  it('Node-RED answers with the survey', async () => {
    const ask = await start(async () => SURVEY);
    const { status, body } = await ask();
    assert.deepEqual([status, body], [200, JSON.parse(JSON.stringify(SURVEY))]);
  });

  it('Node-RED says so where one runs already', async () => {
    const ask = await start(() => Promise.reject(new SegmenterError('busy', 'being tried already')));
    const { status, body } = await ask();
    const refusal = { code: 'busy', message: 'being tried already' };
    assert.deepEqual([status, body], [503, { ...refusal, error: refusal }]);
  });

  it('only those who may write may ask', () => {
    const routes: unknown[][] = [];
    const RED = {
      httpAdmin: { post: (...route: unknown[]) => routes.push(route), get: () => undefined, use: () => undefined },
      auth: { needsPermission: (permission: string) => `needs ${permission}` },
    };
    serveDevices(RED as unknown as NodeAPI);
    assert.deepEqual(routes[0].slice(0, 2), [ROUTE, 'needs segmenter.write']);
  });

  it('nothing is answered, and the survey ends, when the asker leaves', async () => {
    const answers: unknown[] = [];
    const response = Object.assign(new EventEmitter(), {
      status: () => response,
      json: (body: unknown) => answers.push(body),
    });
    const answered = answer(response, (signal) => {
      response.emit('close');
      return Promise.reject(new SegmenterError(signal.aborted ? 'cancelled' : 'internal', 'gone'));
    });
    await answered;
    assert.deepEqual(answers, []);
  });

  const press = (page: FakePage) => {
    const { definition } = readPage('compute', page.jQuery);
    page.click('#segmenter-try-devices');
    return { definition, place: page.element('#segmenter-devices') };
  };

  it('the page shows a table with headings, states as words, and texts as they are', () => {
    const page = new FakePage({ answer: SURVEY });
    const { place } = press(page);
    assert.deepEqual(page.asked, [['segmenter/compute/devices', { 'x-segmenter': 'secret' }]]);
    const words = (tag: string) => place.made(tag).map((element) => element.words);
    assert.deepEqual(words('caption'), ['Engines and devices of this machine, with the medium network']);
    assert.deepEqual(words('th scope="col"'), [
      ...['Engine', 'State', 'Predict 2D / 3D, Mpixel/s', 'Train 2D / 3D, steps/s'],
    ]);
    assert.deepEqual(words('th scope="row"'), ['onnx on cpu', 'onnx on cuda', 'tensorflow on cpu']);
    assert.deepEqual(words('td'), [
      ...['works', '1.23 / 2', '9.88 / -'],
      'broken: <b>no kernel; install a newer driver',
      'absent: it is not installed',
    ]);
    assert.deepEqual(words('div'), [
      'Automatic predicts with onnx on cpu: the only one that works here',
      'Automatic trains with nothing: no engine works',
      'A Processor, 16 threads, 64 GB of memory',
      'A Card, driver 535.104',
      'package 0.1.0, node 22.9.0, onnxruntime-node 1.30.0, @tensorflow/tfjs-node-gpu absent',
    ]);
  });

  it('the page says that it waits, and gives up where it or the dialog is closed', () => {
    const page = new FakePage({ pending: true });
    const { definition, place } = press(page);
    assert.deepEqual(place.allWords(), ['Trying every engine and device, which takes up to a minute ...', 'Close']);
    place.made('button')[0].click();
    assert.deepEqual([page.aborted, place.shown, place.children], [1, false, []]);
    page.click('#segmenter-try-devices');
    definition.oneditcancel?.call({});
    assert.equal(page.aborted, 2);
  });

  it('the page tells why there is nothing to show', () => {
    const words = (failure: { message: string } | undefined) => press(new FakePage({ failure })).place.allWords();
    assert.deepEqual(words({ message: 'being tried already' }), ['being tried already', 'Close']);
    assert.deepEqual(words(undefined), ['Node-RED did not answer', 'Close']);
  });
});
