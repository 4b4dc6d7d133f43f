import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import helper from 'node-red-node-test-helper';
import { SegmenterError } from '../../src/base/errors';
import { FakeHost } from './fake-host';
import {
  errorOf,
  failedSample,
  image,
  logLines,
  sample,
  settle,
  startFlow,
  stopFlow,
  tokenHeader,
  until,
} from './run-node';

const file = require('../../nodes/preview/preview');
const TYPE = 'segmenter-preview';
const EDITOR = 'editor-1';

/** What an editor hears over its socket. */
interface Event {
  topic: string;
  data: unknown;
  retain?: boolean;
}

describe('preview', () => {
  let folder: string;
  let host: FakeHost;
  let events: Event[];
  const listen = (event: Event) => {
    if (event.topic === 'segmenter/preview') events.push(event);
  };
  const comms = () => (helper as unknown as { _events: EventEmitter })._events;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'segmenter-preview-'));
    events = [];
    let drawn = 0;
    host = new FakeHost().on('overlay', async ({ raw }) => {
      const place = path.join(folder, `${drawn++}.png`);
      await writeFile(place, `picture of ${raw.id}`);
      return { path: place, bytes: 1, size: [1, 1], z: 0 };
    });
    comms().on('comms', listen);
  });
  afterEach(async () => {
    comms().off('comms', listen);
    await look([]);
    await stopFlow();
    await rm(folder, { recursive: true });
  });

  const start = (config: object = {}) => startFlow({ file, type: TYPE, config, access: host.access() });

  async function look(nodes: string[], editor = EDITOR): Promise<Record<string, number>> {
    const { body } = await helper
      .request()
      .post('/segmenter/preview/watch')
      .set(...(await tokenHeader()))
      .send({ editor, nodes });
    return (body as { pictures: Record<string, number> }).pictures;
  }

  async function button(shown: unknown, node = 'node'): Promise<number> {
    const request = helper.request().post(`/segmenter/preview/${node}/shown`);
    const { status } = await request.set(...(await tokenHeader())).send({ shown });
    return status;
  }

  const picture = () => helper.request().get('/segmenter/preview/node/picture');

  it('passes every message on as it came, at once and in order', async () => {
    const flow = await start();
    const messages = [
      { payload: sample('a', { mask: image('m') }), well: 'B3' },
      { payload: 'text' },
      { payload: failedSample('b') },
      { payload: { id: 'no sample' } },
      { complete: true },
    ];
    const before = structuredClone(messages);
    for (const msg of messages) flow.receive(msg);
    await until(() => flow.sent[0].length === 5 && flow.completed.length === 5);
    const passed = flow.sent[0].map(({ _msgid: _, ...rest }) => rest);
    assert.deepEqual(passed, before);
    assert.deepEqual(flow.caught, []);
  });

  it('draws nothing while nobody looks, and the newest sample as soon as somebody does', async () => {
    const flow = await start();
    flow.receive({ payload: sample('a') });
    flow.receive({ payload: sample('b', { mask: image('m') }), metrics: { dice: 0.75 } });
    await until(() => flow.sent[0].length === 2);
    await settle();
    assert.deepEqual(host.calls, []);
    assert.equal((await picture()).status, 404);
    assert.deepEqual(await look(['node']), {});
    await until(() => events.length === 1);
    const [{ view, found, raw }] = host.inputs('overlay');
    assert.deepEqual(
      [raw.id, found, view],
      ['b-raw', { kind: 'mask', image: image('m') }, { t: 0, z: 'middle', longest: 360, style: 'overlay' }],
    );
    const { data, retain } = events[0];
    const { node, version } = data as { node: string; version: number };
    assert.deepEqual([node, retain, Object.keys(data as object)], ['node', false, ['node', 'version']]);
    const { status, body, headers } = await picture();
    assert.deepEqual([status, headers['content-type']], [200, 'image/png']);
    assert.equal(String(body), 'picture of b-raw');
    assert.deepEqual(JSON.parse(decodeURIComponent(headers['x-segmenter-picture'])), {
      ...{ node: 'node', sample: 'b', dice: 0.75, version },
    });
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.ok(!existsSync(path.join(folder, '0.png')), 'its file is left');
    assert.deepEqual(await look(['node']), { node: version }, 'an editor that comes later is told of it');
    assert.equal(host.calls.length, 1);
  });

  it('draws of many messages that come fast only some, and the last', async () => {
    const flow = await start();
    await look(['node']);
    for (let i = 0; i < 50; i++) flow.receive({ payload: sample(`s${i}`) });
    await until(() => flow.sent[0].length === 50);
    await until(() => host.calls.length === 2);
    await until(() => events.length === 2);
    assert.deepEqual(
      host.inputs('overlay').map(({ raw }) => raw.id),
      ['s0-raw', 's49-raw'],
    );
  });

  it('draws nothing any more for an editor that is hidden', async () => {
    const flow = await start();
    await look(['node']);
    await look([]);
    flow.receive({ payload: sample('a') });
    await settle();
    assert.deepEqual(host.calls, []);
    await look(['other']);
    await settle();
    assert.deepEqual(host.calls, []);
  });

  it('switched off, draws nothing and forgets its picture; switched on, shows the next sample', async () => {
    const flow = await start();
    await look(['node']);
    flow.receive({ payload: sample('a') });
    await until(() => events.length === 1);
    assert.equal(await button(false), 200);
    assert.equal((await picture()).status, 404);
    flow.receive({ payload: sample('b') });
    await settle();
    assert.equal(host.calls.length, 1);
    assert.equal(await button(true), 200);
    await settle();
    flow.receive({ payload: sample('c') });
    await until(() => events.length === 2, 'the third sample');
    assert.deepEqual(
      host.inputs('overlay').map(({ raw }) => raw.id),
      ['a-raw', 'c-raw'],
    );
    assert.equal(await button(true, 'other'), 404);
  });

  it('keeps its picture over a deploy, and loses it when it is removed', async () => {
    const flow = await start();
    await look(['node']);
    flow.receive({ payload: sample('a') });
    await until(() => events.length === 1);
    await flow.redeploy();
    assert.equal((await picture()).status, 200);
    await flow.remove();
    assert.equal((await picture()).status, 404);
  });

  it('a picture that fails is a warning with the reason, and the message has gone on', async () => {
    host.on('overlay', () => Promise.reject(new SegmenterError('not-found', 'the image is no longer there')));
    const flow = await start({ png: 'overlay' });
    const lines = logLines();
    await look(['node']);
    flow.receive({ payload: sample('a') });
    await until(() => flow.sent[0].length === 1);
    await until(() => lines().length === 2);
    assert.deepEqual(lines(), [
      'no picture: the image is no longer there',
      'no preview of a: the image is no longer there',
    ]);
    assert.equal('png' in flow.sent[0][0], false);
    assert.deepEqual(flow.caught, []);
  });

  it('adds a PNG to each message on request, also where nothing is shown', async () => {
    const flow = await start({ png: 'plain', longest: '500', shown: 'false' });
    flow.receive({ payload: sample('a') });
    flow.receive({ payload: 'text' });
    flow.receive({ payload: sample('b') });
    await until(() => flow.sent[0].length === 3);
    const pngs = flow.sent[0].map((msg) => (msg as { png?: Buffer }).png);
    assert.deepEqual(
      pngs.map((png) => (Buffer.isBuffer(png) ? String(png) : png)),
      ['picture of a-raw', undefined, 'picture of b-raw'],
    );
    assert.deepEqual(
      host.inputs('overlay').map(({ view }) => [view.longest, view.style]),
      [
        [500, 'plain'],
        [500, 'plain'],
      ],
    );
  });

  it('draws what its settings name, against the truth or without it', async () => {
    const flow = await start({ channels: '2, 0', plane: 'given', planeNumber: '3', timePoint: '1' });
    await look(['node']);
    const images = {
      labels: image('l'),
      mask: image('m'),
      probability: image('p'),
      seg1: image('g'),
      weight: image('w'),
    };
    flow.receive({ payload: sample('a', images) });
    await until(() => events.length === 1);
    const [{ channels, found, truth, weight, view }] = host.inputs('overlay');
    assert.deepEqual(
      [channels, found?.kind, truth?.id, weight?.id, view.z, view.t],
      [[2, 0], 'labels', 'g', 'w', 3, 1],
    );
    await flow.redeploy({ image: 'seg1', compare: false });
    flow.receive({ payload: sample('b', images) });
    await until(() => events.length === 2);
    const second = host.inputs('overlay')[1];
    assert.deepEqual(
      [second.found?.kind, second.found?.image.id, second.truth, second.channels],
      ['mask', 'g', null, undefined],
    );
  });

  it('passes messages on where its settings are wrong, and says what is wrong', async () => {
    const flow = await start({ channels: '1, x' });
    flow.receive({ payload: 'text' });
    await until(() => flow.sent[0].length === 1 && flow.caught.length === 1);
    assert.match(
      errorOf(flow.caught[0]).message,
      /channels: expected up to 4 different numbers from 0, such as "0, 2", got "1, x"/,
    );
  });

  it('takes no change from pages of other sites, and no senseless one', async () => {
    await start();
    const post = (address: string) => helper.request().post(`/segmenter/preview/${address}`);
    const foreign = [
      await post('watch').send({ editor: EDITOR, nodes: ['node'] }),
      await post('node/shown').send({ shown: false }),
    ];
    assert.deepEqual(
      foreign.map(({ status }) => status),
      [403, 403],
    );
    const { status } = await post('watch')
      .set(...(await tokenHeader()))
      .send({ nodes: ['node'] });
    assert.deepEqual([status, await button('no')], [400, 400]);
  });
});
