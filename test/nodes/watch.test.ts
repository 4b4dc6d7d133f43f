import assert from 'node:assert/strict';
import { mkdir, rename, rm, utimes } from 'node:fs/promises';
import type { NodeMessageInFlow } from 'node-red';
import helper from 'node-red-node-test-helper';

import watch = require('../../nodes/watch/watch');

import { Journal, journalFolder } from '../../src/acquisition/journal';
import { SegmenterError } from '../../src/base/errors';
import { folderEventsJob, noteWatchedJob, watchFolderJob } from '../../src/jobs/implementations/watch-folder';
import { toUri } from '../../src/storage/paths';
import { buildTiff, planePage } from '../formats/tiff/tiff-builder';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';
import { FakeHost } from './fake-host';
import { image, logLines, type NodeUnderTest, settle, startFlow, stopFlow, until } from './run-node';

const TIFF = buildTiff([planePage(new Uint8Array(4).fill(7), 2, 2)]);

describe('watch', () => {
  let folder: TemporaryFolder;
  let host: FakeHost;
  let flow: NodeUnderTest;
  let context: Parameters<typeof watchFolderJob>[1] & Parameters<typeof noteWatchedJob>[1];
  beforeEach(async () => {
    folder = await temporaryFolder();
    await mkdir(folder.at('in'));
    helper.settings({ userDir: folder.path });
    const signal = new AbortController().signal;
    const settings = {
      roots: [folder.path],
      modelsFolder: folder.at('own', 'models'),
      scratchFolder: folder.at('own'),
      scratchQuotaMB: 1,
    };
    context = { settings, signal, stop: signal, progress: () => undefined };
    host = new FakeHost()
      .on('watch-folder', (input) => watchFolderJob(input, context))
      .on('folder-events', (input, { signal: ending = signal, onProgress: progress = () => undefined }) =>
        folderEventsJob(input, { ...context, signal: ending, progress }),
      )
      .on('note-watched', (input) => noteWatchedJob(input, context));
  });
  afterEach(async () => {
    await stopFlow();
    helper.settings({});
    await folder.remove();
  });

  const put = (name: string) => folder.write(`in/${name}`, TIFF);
  const start = async (config: object = {}) => {
    const whole = { folder: folder.at('in'), interval: '0.2', quiet: '0', existing: 'tell', ...config };
    flow = await startFlow({
      file: watch,
      type: 'segmenter-watch',
      config: whole,
      access: host.access({ modelsFolder: folder.at('own', 'models') }),
    });
  };
  const told = () => flow.sent[0].map(({ payload }) => payload as { name: string; cause: string });
  const names = () => told().map(({ name, cause }) => `${name} ${cause}`);
  const reason = (index: number) => (flow.caught[index].error as { message: string }).message;
  const journal = () => Journal.open(journalFolder(folder.at('segmenter', 'watch'), 'node', folder.at('in')));
  const stateOf = async (name: string) => (await journal()).get(name)?.state;

  it('sends a message for each image that comes, with its path, and what it began with', async () => {
    await start();
    await put('a/1.tif');
    await until(() => flow.sent[0].length === 1, 'a message');
    const [msg] = flow.sent[0] as Array<NodeMessageInFlow & Record<string, unknown>>;
    const { size, modified, ...payload } = msg.payload as Record<string, unknown>;
    assert.deepEqual(payload, { path: folder.at('in', 'a', '1.tif'), name: 'a/1.tif', cause: 'new' });
    assert.equal(msg.filename, folder.at('in', 'a', '1.tif'));
    assert.deepEqual(msg.watch, { node: 'node', name: 'a/1.tif', version: { size, modified } });
    await settle(500);
    assert.deepEqual(names(), ['a/1.tif new']);
    assert.equal(await stateOf('a/1.tif'), 'answered');
  });

  it('hears of what comes long before its next look, and takes at once what was renamed when it was whole', async function () {
    // Elsewhere the order of events does not tell it.
    if (process.platform !== 'linux') this.skip();
    await start({ interval: '60', quiet: '60' });
    await until(() => host.inputs('watch-folder').length >= 2, 'a look after it began to listen');
    await folder.write('in/1.tif.partial', TIFF);
    await rename(folder.at('in', '1.tif.partial'), folder.at('in', '1.tif'));
    await until(() => flow.sent[0].length === 1, 'a message');
    await folder.write('in/2.tif', TIFF);
    await settle(300);
    assert.deepEqual(names(), ['1.tif new']);
  });

  it('passes over what was there when it first looks, unless it is told otherwise', async () => {
    await put('old.tif');
    await start({ existing: 'pass-over' });
    await until(() => flow.statuses.some(({ text }) => text?.includes('1 known')), 'a look');
    await put('new.tif');
    await until(() => flow.sent[0].length === 1, 'a message');
    assert.deepEqual(names(), ['new.tif new']);
  });

  it('goes on after a restart where it stopped', async () => {
    await put('a.tif');
    await start({ existing: 'pass-over' });
    await until(() => flow.statuses.some(({ text }) => text?.includes('1 known')), 'a look');
    await stopFlow();
    await put('while-away.tif');
    await start({ existing: 'pass-over' });
    await until(() => flow.sent[0].length === 1, 'a message');
    assert.deepEqual(names(), ['while-away.tif new']);
  });

  it('has no more on their way than it may, and goes on as they return', async () => {
    for (const name of ['1', '2', '3']) await put(`${name}.tif`);
    await start({ answer: 'returned', most: '2' });
    await until(() => flow.sent[0].length === 2, 'two messages');
    await settle(500);
    assert.equal(flow.sent[0].length, 2);
    flow.receive(flow.sent[0][0]);
    await until(() => flow.sent[0].length === 3, 'the third');
    assert.equal(await stateOf('1.tif'), 'answered');
    assert.equal(await stateOf('2.tif'), 'told');
  });

  it('tells again after a restart what never returned, and gives up what never does', async () => {
    await put('a.tif');
    for (const cause of ['new', 'again', 'again', 'again', 'again']) {
      await start({ answer: 'returned' });
      await until(() => flow.sent[0].length === 1, cause);
      assert.deepEqual(names(), [`a.tif ${cause}`]);
      await stopFlow();
    }
    await start({ answer: 'returned' });
    await until(() => flow.caught.length === 1, 'an error');
    assert.equal(flow.sent[0].length, 0);
    assert.equal(await stateOf('a.tif'), 'failed');
  });

  it('does not tell again over a deploy what is on its way: it returns to the node that comes', async () => {
    await put('a.tif');
    await start({ answer: 'returned' });
    await until(() => flow.sent[0].length === 1, 'a message');
    await flow.redeploy();
    await settle(600);
    assert.equal(flow.sent[0].length, 1);
    flow.receive(flow.sent[0][0]);
    await until(() => flow.completed.length === 1, 'the return');
    assert.equal(await stateOf('a.tif'), 'answered');
  });

  it('notes as failed, with the reason, what returns with an error or a failed sample', async () => {
    await put('a.tif');
    await put('b.tif');
    await start({ answer: 'returned' });
    await until(() => flow.sent[0].length === 2, 'messages');
    const [a, b] = flow.sent[0];
    flow.receive({ ...a, error: { message: 'no model', source: {} } } as never);
    flow.receive({
      ...b,
      payload: { id: 'b', failed: { node: 'predict', error: { name: 'x', code: 'engine', message: 'broken' } } },
    } as never);
    await until(() => flow.completed.length === 2, 'the returns');
    const known = await journal();
    assert.deepEqual(
      ['a.tif', 'b.tif'].map((name) => [known.get(name)?.state, known.get(name)?.reason]),
      [
        ['failed', 'no model'],
        ['failed', 'broken'],
      ],
    );
  });

  it('counts an image of several scenes as returned with its last', async () => {
    await put('a.tif');
    await start({ answer: 'returned' });
    await until(() => flow.sent[0].length === 1, 'a message');
    const [msg] = flow.sent[0];
    const scene = (index: number) => ({ ...msg, parts: { id: 'q', index, count: 2 } }) as never;
    flow.receive(scene(1));
    flow.receive(scene(1));
    await until(() => flow.completed.length === 2, 'the returns');
    assert.equal(await stateOf('a.tif'), 'told');
    flow.receive(scene(0));
    await until(() => flow.completed.length === 3, 'the last');
    assert.equal(await stateOf('a.tif'), 'answered');
  });

  it('takes once what returns twice, and refuses what it did not send', async () => {
    await put('a.tif');
    await start({ answer: 'returned' });
    await until(() => flow.sent[0].length === 1, 'a message');
    const [msg] = flow.sent[0];
    flow.receive(msg);
    await until(() => flow.completed.length === 1, 'the return');
    flow.receive(msg);
    flow.receive({ watch: { node: 'other', name: 'a.tif', version: { size: 1, modified: 1 } } } as never);
    flow.receive({ watch: 7 } as never);
    await until(() => flow.caught.length === 2, 'errors');
    assert.match(reason(0), /expected this node/);
    assert.match(reason(1), /msg\.watch/);
    assert.equal(flow.completed.length, 2);
  });

  it('tells a change of what is on its way when it is back', async () => {
    await put('a.tif');
    await start({ answer: 'returned' });
    await until(() => flow.sent[0].length === 1, 'a message');
    await utimes(folder.at('in', 'a.tif'), 5, 5);
    await settle(700);
    assert.equal(flow.sent[0].length, 1);
    flow.receive(flow.sent[0][0]);
    await until(() => flow.sent[0].length === 2, 'the change');
    assert.deepEqual(names(), ['a.tif new', 'a.tif changed']);
  });

  it('tells once of a folder that is away, looks again, and goes on when it is back', async () => {
    const lines = logLines();
    await rename(folder.at('in'), folder.at('away'));
    await start();
    await until(() => flow.caught.length === 1, 'an error');
    await settle(900);
    assert.equal(flow.caught.length, 1);
    await rename(folder.at('away'), folder.at('in'));
    await put('a.tif');
    flow.receive({ payload: 'look' });
    await until(() => flow.sent[0].length === 1, 'a message');
    assert.deepEqual(lines(), []);
  });

  it('looks no more when it is gone', async () => {
    await start();
    await until(() => host.inputs('watch-folder').length > 0, 'a look');
    await flow.remove();
    const looks = host.inputs('watch-folder').length;
    await settle(600);
    assert.equal(host.inputs('watch-folder').length, looks);
  });

  it('tells of a journal that cannot be written once, and nothing twice, and notes it when it can', async () => {
    await put('a.tif');
    await folder.write('segmenter', 'a file where the folder of journals should be');
    await start({ existing: 'tell' });
    await until(() => flow.caught.length === 1, 'an error');
    assert.match(reason(0), /journal\.jsonl|segmenter/);
    await settle(1500);
    assert.deepEqual([flow.sent[0].length, flow.caught.length], [0, 1]);
    await rm(folder.at('segmenter'));
    await until(() => flow.sent[0].length === 1, 'a message');
  });

  for (const answer of ['sent', 'returned']) {
    it(`tells nothing twice, and of the reason once, where nothing can be noted: ${answer}`, async () => {
      await put('a.tif');
      await put('b.tif');
      let isFull = true;
      host.on('note-watched', async (input) => {
        if (isFull) throw new SegmenterError('disk-full', 'no space');
        return noteWatchedJob(input, context);
      });
      await start({ answer });
      await until(() => flow.caught.length === 1, 'an error');
      await settle(1500);
      const sent = answer === 'sent' ? 1 : 0;
      assert.deepEqual([flow.sent[0].length, flow.caught.length], [sent, 1]);
      isFull = false;
      flow.receive({ payload: 'look' });
      await until(() => flow.sent[0].length === 2, 'both');
      await settle(500);
      assert.deepEqual(names(), ['a.tif new', 'b.tif new']);
      if (answer === 'sent') assert.equal(await stateOf('a.tif'), 'answered');
    });
  }

  it('begins anew in another folder, and goes on when it is pointed back', async () => {
    await put('a.tif');
    await folder.write('other/a.tif', Buffer.concat([TIFF, TIFF]));
    await folder.write('other/b.tif', TIFF);
    const passOver = { existing: 'pass-over', interval: '0.2', quiet: '0' };
    await start(passOver);
    await until(() => flow.statuses.some(({ text }) => text?.includes('1 known')), 'a look');
    await flow.redeploy({ ...passOver, folder: folder.at('other') });
    await until(() => flow.statuses.some(({ text }) => text?.includes('2 known')), 'a look');
    await settle(500);
    assert.deepEqual(names(), []);
    await put('while-away.tif');
    await flow.redeploy({ ...passOver, folder: folder.at('in') });
    await until(() => flow.sent[0].length === 1, 'a message');
    assert.deepEqual(names(), ['while-away.tif new']);
  });

  it('keeps its journals below the user folder whatever its id', async () => {
    const place = journalFolder(folder.at('segmenter', 'watch'), '../../x:y', folder.at('in'));
    assert.match(place.slice(folder.at('segmenter', 'watch').length), /^.[^/\\:]+.[0-9a-f]{16}$/);
  });

  it('waits no more for what is on its way when it is cancelled', async () => {
    for (const name of ['1', '2', '3']) await put(`${name}.tif`);
    await start({ answer: 'returned', most: '2' });
    await until(() => flow.sent[0].length === 2, 'two messages');
    flow.receive({ cancel: true } as never);
    await until(() => flow.sent[0].length === 3, 'the third');
    assert.equal(await stateOf('1.tif'), 'failed');
    assert.equal((await journal()).get('2.tif')?.reason, 'cancelled');
    flow.receive(flow.sent[0][0]);
    await until(() => flow.completed.length === 2, 'the return');
    assert.equal(await stateOf('1.tif'), 'failed');
  });

  it('takes what comes back while a look takes long, however much it is, and keeps of a reason what is of use', async () => {
    for (let i = 0; i < 30; i++) await put(`${i}.tif`);
    await start({ answer: 'returned', most: '30' });
    await until(() => flow.sent[0].length === 30, 'all');
    for (const msg of flow.sent[0])
      flow.receive({ ...msg, error: { message: 'x'.repeat(100_000), source: {} } } as never);
    await until(() => flow.completed.length === 30, 'the returns');
    assert.equal((await journal()).get('7.tif')?.reason?.length, 500);
    // What comes back at a time is noted at a time.
    const notes = host.inputs('note-watched');
    assert.ok(notes.length < 45, `${notes.length} jobs`);
  });

  it('does not tell results that were made from images of its folder, but those of others', async () => {
    const record = (raw: string) => ({
      ...{ format: 'segmenter-provenance', formatVersion: 1, saved: 'now', software: {}, sample: 'a', image: 'mask' },
      result: { file: 'a_mask.tif', hash: null },
      raw: { image: { ...image('raw'), uri: toUri(raw) }, hash: null },
      ...{ steps: [], save: {}, node: { id: 'n', type: 't', name: '', flow: '' } },
    });
    await put('a.tif');
    for (const [name, raw] of [
      ['a_mask.tif', folder.at('in', 'a.tif')],
      ['b_mask.tif', folder.at('other', 'b.tif')],
    ]) {
      await folder.write(`in/${name}.provenance.json`, JSON.stringify(record(raw)));
      await put(name);
    }
    await put('c_mask.tif');
    await folder.write('in/c_mask.tif.provenance.json', '{"format": "segmenter-prov');
    await start();
    await until(() => flow.sent[0].length === 3, 'messages');
    await settle(600);
    assert.deepEqual(names(), ['a.tif new', 'b_mask.tif new', 'c_mask.tif new']);
    assert.equal((await journal()).get('a_mask.tif')?.of, 'a.tif');
  });
});
