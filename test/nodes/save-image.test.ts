import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import saveImage = require('../../nodes/save-image/save-image');

import { forgetSavedPlaces } from '../../nodes/save-image/saved-places';
import { SegmenterError } from '../../src/base/errors';
import { FakeHost } from './fake-host';
import { errorOf, failedSample, image, payloadOf, sample, startFlow, stopFlow, until } from './run-node';

describe('save-image', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-save-'));
  const png = path.join(folder, 'rendering.png');
  const payload = sample('a', { mask: image('mask') });
  after(() => rmSync(folder, { recursive: true }));
  before(() => writeFileSync(png, 'png bytes'));
  afterEach(async () => {
    await stopFlow();
    forgetSavedPlaces();
  });

  async function run(config: object, msg: object = {}, host = answering()) {
    const flow = await startFlow({ file: saveImage, type: 'segmenter-save-image', config, access: host.access() });
    flow.receive({ payload, ...msg });
    await until(() => flow.completed.length + flow.caught.length > 0);
    return { flow, input: host.inputs('save-image')[0] };
  }

  function answering(skipped = false): FakeHost {
    return new FakeHost().on('save-image', ({ settings }) => ({
      path: '/out/a_mask.ome.tiff',
      skipped,
      ...(settings.png ? { png } : {}),
    }));
  }

  it('adds the path of the saved image; the file name is left to the job', async () => {
    const { flow, input } = await run({ folder: '/out' });
    assert.deepEqual(payloadOf(flow.sent[0][0]).saved, { mask: '/out/a_mask.ome.tiff' });
    assert.equal(flow.statuses.at(-1)?.text, 'Saved');
    assert.deepEqual(input.settings, {
      folder: '/out',
      filename: null,
      format: 'ome-tiff',
      existing: 'own',
      compression: 'deflate',
      layout: 'auto',
      png: false,
    });
    assert.deepEqual([input.role, input.id], ['mask', 'a']);
  });

  it('keeps the paths of what was saved before', async () => {
    const saved = { probability: '/out/p.tiff' };
    const { flow } = await run({ folder: '/out' }, { payload: { ...payload, saved } });
    assert.deepEqual(payloadOf(flow.sent[0][0]).saved, { ...saved, mask: '/out/a_mask.ome.tiff' });
  });

  it('takes folder and file name from the message', async () => {
    const config = { folder: 'where', folderType: 'msg', filename: 'payload.id', filenameType: 'msg' };
    const { input } = await run(config, { where: '/data' });
    assert.deepEqual([input.settings.folder, input.settings.filename], ['/data', 'a']);
  });

  it('says where it looked for a folder when there is none', async () => {
    const { flow } = await run({ folder: 'where', folderType: 'msg' });
    assert.match(errorOf(flow.caught[0]).message, /folder \(msg\.where\): expected a folder, got undefined/);
    assert.ok(payloadOf(flow.sent[0][0]).failed);
  });

  it('puts a PNG into msg.png on request', async () => {
    const { flow } = await run({ folder: '/out', png: true });
    const [out] = flow.sent[0];
    assert.ok(Buffer.isBuffer(out.png));
    assert.equal(out.png.toString(), 'png bytes');
    assert.equal(payloadOf(out).id, 'a');
  });

  it('puts the PNG into the payload, to answer a request', async () => {
    const { flow } = await run({ folder: '/out', png: 'true', pngTo: 'payload' });
    assert.ok(Buffer.isBuffer(flow.sent[0][0].payload));
  });

  it('says that a file was kept', async () => {
    const { flow } = await run({ folder: '/out', existing: 'skip' }, {}, answering(true));
    assert.equal(flow.statuses.at(-1)?.text, 'Kept what was there');
  });

  it('passes on what a job refuses, such as a path outside the roots', async () => {
    const host = new FakeHost().on('save-image', () => {
      throw new SegmenterError('not-allowed', '/etc lies outside the allowed folders');
    });
    const { flow } = await run({ folder: '/etc' }, {}, host);
    assert.equal(errorOf(flow.caught[0]).code, 'not-allowed');
    assert.ok(payloadOf(flow.sent[0][0]).failed);
  });

  it('never saves the result of one image by the id of another', async () => {
    const from = (uri: string, id = 'pos0') => {
      const raw = { ...image(id), uri, file: { size: 1, modified: 0 } };
      return sample(id, { raw, mask: image('mask') });
    };
    const [plateA, plateB] = ['file:///in/plateA/pos0.tif', 'file:///in/plateB/pos0.tif'];
    const host = answering();
    const config = { folder: '/out', existing: 'replace' };
    const flow = await startFlow({ file: saveImage, type: 'segmenter-save-image', config, access: host.access() });
    let sent = 0;
    const send = async (payload: object) => {
      flow.receive({ payload });
      sent++;
      await until(() => flow.sent[0].length === sent);
      return payloadOf<{ failed?: { error: { code: string; message: string } } }>(flow.sent[0][sent - 1]).failed?.error;
    };
    assert.equal(await send(from(plateA)), undefined);
    const error = await send(from(plateB));
    assert.equal(error?.code, 'exists');
    assert.match(
      error?.message ?? '',
      /result of pos0 in \/out was made of .*plateA.*expected one of .*plateB.*Ids below/,
    );
    // The same image again, another id, an upload and a chosen name are as ever.
    assert.equal(await send(from(plateA)), undefined);
    assert.equal(await send(from(plateB, 'plateB/pos0')), undefined);
    assert.equal(await send(sample('pos0', { raw: image('up'), mask: image('mask') })), undefined);
    assert.equal(host.inputs('save-image').length, 4);
    await flow.redeploy({ ...config, filename: 'latest' });
    assert.equal(await send(from(plateB)), undefined);
    await flow.redeploy(config);
    assert.equal((await send(from(plateB)))?.code, 'exists');
  });

  it('takes an id again whose image could not be saved', async () => {
    const from = (uri: string) =>
      sample('id', { raw: { ...image('id'), uri, file: { size: 1, modified: 0 } }, mask: image('m') });
    const failing = new FakeHost().on('save-image', () => {
      throw new SegmenterError('disk-full', 'full');
    });
    const first = await run({ folder: '/out' }, { payload: from('file:///a.tif') }, failing);
    assert.equal(errorOf(first.flow.caught[0]).code, 'disk-full');
    await stopFlow();
    const second = await run({ folder: '/out' }, { payload: from('file:///b.tif') });
    assert.equal(second.flow.caught.length, 0);
  });

  it('records the verdict of a gate, and saves what a flow calls a verdict of its own all the same', async () => {
    const verdict = { state: 'review', reasons: ['few objects'], unchecked: [] };
    const { input } = await run({ folder: '/out' }, { payload: { ...payload, verdict } });
    assert.deepEqual(input.origin?.verdict, verdict);
    for (const own of ['fine', { state: 'fine' }, null]) {
      await stopFlow();
      forgetSavedPlaces();
      const { flow, input: saved } = await run({ folder: '/out' }, { payload: { ...payload, verdict: own } });
      assert.equal(flow.caught.length, 0);
      assert.equal(saved.origin?.verdict, undefined);
      assert.deepEqual((flow.sent[0][0].payload as { verdict: unknown }).verdict, own);
    }
  });

  it('passes a failed sample on', async () => {
    const { flow } = await run({ folder: '/out' }, { payload: failedSample('x') });
    assert.deepEqual(flow.sent[0][0].payload, failedSample('x'));
  });
});
