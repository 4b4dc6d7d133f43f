import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import loadImage = require('../../nodes/load-image/load-image');
import predict = require('../../nodes/predict/predict');

import { SegmenterError } from '../../src/base/errors';
import type { SampleEntry } from '../../src/jobs/job-types';
import { FakeHost, PREDICTED, untilCancelled } from './fake-host';
import {
  errorOf,
  type FlowOptions,
  image,
  type NodeUnderTest,
  payloadOf,
  sample,
  settle,
  startFlow,
  stopFlow,
  until,
} from './run-node';

/** The beginning and the end of one. */
const JPEG = Buffer.from('ffd8ffda0008010100003f00000000000000000000000000ffd9', 'hex');

const entriesOf = (ids: string[]): SampleEntry[] => ids.map((id) => ({ id, raw: `/data/${id}.tiff`, scene: null }));

/** Finds these files and opens each but those that are broken. */
function finding(ids: string[], { broken = [] as string[], scenes = 1, problems = [] as string[] } = {}): FakeHost {
  return new FakeHost()
    .on('list-samples', () => ({ entries: entriesOf(ids), problems }))
    .on('open-sample', ({ entry: { id } }) => {
      if (broken.includes(id)) throw new SegmenterError('corrupt-file', `${id}.tiff: is truncated`);
      return Array.from({ length: scenes }, (_, scene) => sample(scenes > 1 ? `${id}_s${scene}` : id));
    });
}

describe('load-image', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-load-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  afterEach(stopFlow);

  const start = (host: FakeHost, config: object = {}, rest: Partial<FlowOptions> = {}): Promise<NodeUnderTest> =>
    startFlow({ file: loadImage, type: 'segmenter-load-image', config, access: host.access(), ...rest });
  const ids = (flow: NodeUnderTest) => flow.sent[0].map((msg) => payloadOf(msg).id);

  describe('from a folder that the node names', () => {
    const config = { raw: '/data/raw', seg1: '/data/seg', seg1Suffix: '_seg', rawChannel: 'DAPI, 2', time: '0, 2-3' };

    it('sends a sample a message, as a sequence, with all that came in', async () => {
      const host = finding(['a', 'b', 'c']);
      const flow = await start(host, config);
      flow.receive({ payload: { well: 'B3' }, operator: 'Ada' });
      await until(() => flow.completed.length === 1);
      assert.deepEqual(ids(flow), ['a', 'b', 'c']);
      const parts = flow.sent[0].map((msg) => msg.parts);
      assert.deepEqual(
        parts.map((part) => [part?.index, part?.count, part?.id === parts[0]?.id]),
        [
          [0, 3, true],
          [1, 3, true],
          [2, 3, true],
        ],
      );
      for (const msg of flow.sent[0]) {
        assert.deepEqual(payloadOf(msg).source, { well: 'B3' });
        assert.equal(msg.operator, 'Ada');
      }
      assert.notEqual(payloadOf(flow.sent[0][0]).source, payloadOf(flow.sent[0][1]).source);
      assert.equal(flow.statuses.at(-1)?.text, 'Loaded 3 files');
    });

    it('gives orders once: complete with the last sample, reset with the first', async () => {
      const flow = await start(finding(['a', 'b'], { scenes: 2 }), config);
      flow.receive({ payload: 1, complete: true, reset: true });
      await until(() => flow.completed.length === 1);
      assert.deepEqual(
        flow.sent[0].map(({ complete, reset }) => [complete, reset]),
        [
          [undefined, true],
          [undefined, undefined],
          [undefined, undefined],
          [true, undefined],
        ],
      );
    });

    it('leaves out a source that is no JSON, and says so', async () => {
      const flow = await start(finding(['a']), config);
      const warned: unknown[] = [];
      flow.node.warn = (text: unknown) => warned.push(text);
      flow.receive({ payload: { thumbnail: Buffer.alloc(3) } });
      await until(() => flow.completed.length === 1);
      assert.equal(payloadOf(flow.sent[0][0]).source, undefined);
      assert.deepEqual(warned, [
        'no source in the samples: msg.payload.thumbnail: expected plain JSON, got a Buffer of 3 bytes',
      ]);
    });

    it('warns of what a file lacks, at once of the first and together of the others', async () => {
      const raw = { ...image('a'), notes: ['1 plane is missing'] };
      const host = finding(['b', 'c', 'd']).on('open-sample', ({ entry: { id } }) => [{ ...sample(id), raw }]);
      const flow = await start(host, config);
      const warnings: unknown[] = [];
      flow.node.warn = (text: unknown) => warnings.push(text);
      flow.receive({ payload: '' });
      await until(() => flow.completed.length === 1);
      assert.deepEqual(warnings, ['b, raw: 1 plane is missing', 'the same of c, d, raw: 1 plane is missing']);
    });

    it('a scene that cannot be opened fails by itself', async () => {
      const unopened = {
        id: 'a_s1',
        error: { name: 'InvalidInputError', code: 'invalid-input' as const, message: 'no' },
      };
      const host = finding(['a']).on('open-sample', () => [sample('a_s0'), unopened, sample('a_s2')]);
      const flow = await start(host, config);
      flow.receive({ payload: '' });
      await until(() => flow.caught.length === 1);
      assert.deepEqual(ids(flow), ['a_s0', 'a_s1', 'a_s2']);
      const failed = flow.sent[0].map((msg) => 'failed' in payloadOf<object>(msg));
      assert.deepEqual(failed, [false, true, false]);
      assert.equal(errorOf(flow.caught[0]).message, '1 of 3 samples: a_s1 (no)');
    });

    it('asks for what is foreground and unknown, and refuses what is no rule', async () => {
      const host = finding(['a']);
      const said = { foreground: '2', seg2Foreground: 'non-zero', unknown: '0', seg2Unknown: 'none' };
      const flow = await start(host, { ...config, ...said });
      flow.receive({ payload: 'go' });
      await until(() => flow.completed.length === 1);
      const { foreground, unknown } = host.inputs('list-samples')[0] as { foreground?: unknown; unknown?: unknown };
      assert.deepEqual(foreground, { seg1: { kind: 'values', values: [2] }, seg2: { kind: 'non-zero' } });
      assert.deepEqual(unknown, { seg1: { kind: 'values', values: [0] }, seg2: null });
      await stopFlow();
      const wrong = await start(finding(['a']), { ...config, foreground: 'cells' });
      wrong.receive({ payload: 'go' });
      await until(() => wrong.caught.length === 1);
      assert.match(errorOf(wrong.caught[0]).message, /foreground: expected "non-zero".*got "cells"/);
    });

    it('asks for what its settings say', async () => {
      const host = finding(['a']);
      const flow = await start(host, { ...config, scene: '1', pages: 'c' });
      flow.receive({ payload: 'go' });
      await until(() => flow.completed.length === 1);
      assert.equal(host.inputs('open-sample')[0].request.pages, 'c');
      assert.deepEqual(host.inputs('list-samples')[0], {
        raw: '/data/raw',
        seg1: '/data/seg',
        rawChannel: ['DAPI', 2],
        seg1Channel: 0,
        seg2Channel: 0,
        scene: 1,
        pages: 'c',
        time: [0, 2, 3],
        suffixes: { seg1: '_seg' },
      });
      assert.deepEqual(host.inputs('open-sample')[0].entry, entriesOf(['a'])[0]);
    });

    it('nests its sequence in the one that the message is part of', async () => {
      const flow = await start(finding(['a', 'b']), config);
      const outer = { id: 'folders', index: 1, count: 2 };
      flow.receive({ payload: 0, parts: outer });
      await until(() => flow.sent[0].length === 2);
      assert.deepEqual((flow.sent[0][1].parts as { parts?: object } | undefined)?.parts, outer);
    });

    it('makes the scenes of a file a sequence within that of the files', async () => {
      const flow = await start(finding(['a', 'b'], { scenes: 2 }), config);
      flow.receive({ payload: 0 });
      await until(() => flow.sent[0].length === 4);
      assert.deepEqual(ids(flow), ['a_s0', 'a_s1', 'b_s0', 'b_s1']);
      const { index, count, inner, parts } = flow.sent[0][3].parts as unknown as Record<string, unknown>;
      assert.deepEqual([index, count, inner], [1, 2, true]);
      assert.deepEqual([(parts as { index: number }).index, (parts as { count: number }).count], [1, 2]);
    });

    it('sends a file that cannot be read on as failed sample and tells Catch nodes once, at the end', async () => {
      const flow = await start(finding(['a', 'b', 'c'], { broken: ['a', 'b'] }), config);
      flow.receive({ payload: 0 });
      await until(() => flow.caught.length === 1);
      assert.deepEqual(ids(flow), ['a', 'b', 'c']);
      assert.equal(
        payloadOf<{ failed: { error: { code: string } } }>(flow.sent[0][1]).failed.error.code,
        'corrupt-file',
      );
      assert.match(errorOf(flow.caught[0]).message, /2 of 3 samples: a \(a\.tiff: is truncated\); b \(b\.tiff/);
      assert.equal(flow.completed.length, 0);
    });

    it('tells what does not pair', async () => {
      const host = new FakeHost().on('list-samples', () => {
        throw new SegmenterError('invalid-input', 'seg1: no file for raw x, y');
      });
      const flow = await start(host, config);
      flow.receive({ payload: 0 });
      await until(() => flow.caught.length === 1);
      assert.match(errorOf(flow.caught[0]).message, /no file for raw x, y/);
      assert.equal(flow.sent[0].length, 0);
    });

    it('says that it found nothing, and warns of what was passed over', async () => {
      const flow = await start(finding([]), config);
      flow.receive({ payload: 0 });
      await until(() => flow.caught.length === 1);
      assert.equal(errorOf(flow.caught[0]).code, 'not-found');
      await stopFlow();
      const second = await start(finding(['a'], { problems: ['notes.txt: passed over'] }), config);
      second.receive({ payload: 0 });
      await until(() => second.completed.length === 1);
      assert.equal(second.statuses.at(-1)?.text, 'Loaded 1 file, see the warning');
    });

    it('gives on the folder that ids count from, and refuses one that names nothing', async () => {
      const host = finding(['a']);
      const flow = await start(host, { ...config, idsFrom: 'top', idsFromType: 'msg' });
      flow.receive({ payload: '', ...{ top: '/data' } });
      await until(() => flow.completed.length === 1);
      assert.equal(host.inputs('list-samples')[0].idsFrom, '/data');
      flow.receive({ payload: '' });
      await until(() => flow.caught.length === 1);
      assert.match(errorOf(flow.caught[0]).message, /idsFrom \(msg\.top\): expected a folder, got undefined/);
    });

    it('refuses both raw images and a manifest', async () => {
      const flow = await start(finding(['a']), { ...config, manifest: '/data/m.csv' });
      flow.receive({ payload: 0 });
      await until(() => flow.caught.length === 1);
      assert.match(
        errorOf(flow.caught[0]).message,
        /manifest: expected nothing where Raw is given, got "\/data\/m\.csv"/,
      );
    });

    it('sends the next sample when the last was accepted', async () => {
      const host = finding(['a', 'b', 'c', 'd', 'e']);
      let busy = 0;
      let most = 0;
      host.on('predict', async () => {
        most = Math.max(most, host.inputs('open-sample').length - busy);
        await settle(5);
        busy++;
        return PREDICTED;
      });
      const place = { z: 'tab', x: 0, y: 0 };
      const next = { id: 'next', type: 'segmenter-predict', ...place, model: 'm', modelType: 'str', wires: [[]] };
      const flow = await start(host, config, { others: { files: [predict], nodes: [next] }, to: 'next' });
      flow.receive({ payload: 0 });
      await until(() => busy === 5);
      assert.ok(most <= 3, `${most} samples were open at a time`);
    });

    it('ends on msg.cancel; what was not loaded goes on as cancelled, so that no sequence waits', async () => {
      const host = finding(['a', 'b', 'c']);
      let opened = 0;
      host.on('open-sample', ({ entry }, { signal }) => (++opened > 1 ? untilCancelled(signal) : [sample(entry.id)]));
      const flow = await start(host, config);
      flow.receive({ payload: 0 });
      await until(() => opened === 2);
      flow.receive({ cancel: true });
      await until(() => flow.sent[0].length === 3);
      const codes = flow.sent[0].map(
        (msg) => payloadOf<{ failed?: { error: { code: string } } }>(msg).failed?.error.code,
      );
      assert.deepEqual(codes, [undefined, 'cancelled', 'cancelled']);
      await until(() => flow.caught.length === 1);
      assert.equal(errorOf(flow.caught[0]).code, 'cancelled');
    });

    it('stops on a deploy', async () => {
      const host = finding(['a', 'b']).on('open-sample', (_, { signal }) => untilCancelled(signal));
      const flow = await start(host, config);
      flow.receive({ payload: 0 });
      await until(() => host.inputs('open-sample').length === 1);
      await flow.remove();
      await settle();
      assert.deepEqual([flow.sent[0].length, flow.caught.length], [0, 0]);
    });
  });

  describe('from what a message brings', () => {
    const fast = { settle: '0' };

    it('takes a path from the payload, from an object and from msg.filename', async () => {
      const host = finding(['a']);
      const flow = await start(host, fast);
      flow.receive({ payload: '/data/a.tiff' });
      flow.receive({ payload: { path: '/data/b.tiff', well: 'B3' } });
      flow.receive({ payload: 17, filename: '/data/c.tiff' });
      await until(() => flow.completed.length === 3);
      assert.deepEqual(
        host.inputs('list-samples').map(({ raw }) => raw),
        ['/data/a.tiff', '/data/b.tiff', '/data/c.tiff'],
      );
      assert.equal(payloadOf(flow.sent[0][0]).source, '/data/a.tiff');
      assert.deepEqual(payloadOf(flow.sent[0][1]).source, { path: '/data/b.tiff', well: 'B3' });
    });

    it('stores the bytes of an upload and keeps them out of the message', async () => {
      const host = finding(['upload']);
      const flow = await start(host);
      flow.receive({ payload: Buffer.from('II*'), filename: 'cells.ome.tiff' });
      await until(() => flow.completed.length === 1);
      assert.equal(host.uploads[0].filename, 'cells.ome.tiff');
      assert.equal(Buffer.from(host.uploads[0].bytes).toString(), 'II*');
      assert.deepEqual(host.inputs('list-samples')[0].raw, {
        bytesFile: '/scratch/cells.ome.tiff',
        filename: 'cells.ome.tiff',
      });
      assert.equal('source' in payloadOf(flow.sent[0][0]), false);
    });

    it('leaves the parts of a single file as they came', async () => {
      const flow = await start(finding(['a']), fast);
      const parts = { id: 'paths', index: 0, count: 2 };
      flow.receive({ payload: '/data/a.tiff' });
      flow.receive({ payload: '/data/a.tiff', parts });
      await until(() => flow.sent[0].length === 2);
      assert.equal(flow.sent[0][0].parts, undefined);
      assert.deepEqual(flow.sent[0][1].parts, parts);
    });

    it('waits until a file is written', async () => {
      const file = path.join(folder, 'growing.tiff');
      writeFileSync(file, '');
      const host = finding(['growing']);
      const flow = await start(host, { settle: '60' });
      flow.receive({ payload: file });
      await settle(100);
      appendFileSync(file, 'half');
      await settle(40);
      appendFileSync(file, 'whole');
      assert.equal(host.inputs('list-samples').length, 0);
      assert.ok(flow.statuses.some(({ text }) => text === 'Waiting for file'));
      await until(() => flow.completed.length === 1);
    });

    it('takes a whole file that nobody has written to for a while at once, and a new one after a moment', async () => {
      const file = path.join(folder, 'whole.jpg');
      writeFileSync(file, JPEG);
      const host = finding(['whole']);
      const flow = await start(host);
      flow.receive({ payload: file });
      await until(() => flow.completed.length === 1);
      assert.equal(host.inputs('inspect-path').length, 2);
      utimesSync(file, new Date(), new Date(Date.now() - 60_000));
      flow.receive({ payload: file });
      await until(() => flow.completed.length === 2);
      assert.equal(host.inputs('inspect-path').length, 3);
    });

    it('looks at paths through a job, and passes on that a disk does not answer', async () => {
      const host = finding(['a']).on('inspect-path', () => {
        throw new SegmenterError('timeout', '/dead/a.tiff: looking at it took longer than 10 s');
      });
      const flow = await start(host);
      flow.receive({ payload: '/dead/a.tiff' });
      await until(() => flow.caught.length === 1);
      assert.equal(errorOf(flow.caught[0]).code, 'timeout');
      assert.ok(payloadOf(flow.sent[0][0]).failed);
    });

    it('answers a path outside the roots with a failed sample and an error', async () => {
      const flow = await start(finding(['a']), { settle: '10' }, { access: finding([]).access({ roots: [folder] }) });
      flow.receive({ payload: { path: '/etc/hostname', well: 'B3' }, filename: 'x' });
      await until(() => flow.caught.length === 1);
      assert.equal(errorOf(flow.caught[0]).code, 'not-allowed');
      const { id, failed, source } = payloadOf<{ id: string; failed: { error: { code: string } }; source: object }>(
        flow.sent[0][0],
      );
      assert.equal(id, '/etc/hostname');
      assert.equal(failed.error.code, 'not-allowed');
      assert.deepEqual(source, { path: '/etc/hostname', well: 'B3' });
    });

    it('says what it expects of a message that names no image', async () => {
      const flow = await start(finding([]));
      flow.receive({ payload: { well: 'B3' } });
      flow.receive({ payload: Buffer.alloc(0) });
      await until(() => flow.caught.length === 2);
      assert.match(errorOf(flow.caught[0]).message, /msg\.payload: expected Raw or Manifest in the node, or a path/);
      assert.match(errorOf(flow.caught[1]).message, /expected the bytes of an image file, got "an empty Buffer"/);
    });

    it('passes on what cannot be read as failed, with one error', async () => {
      const flow = await start(finding(['a'], { broken: ['a'] }), fast);
      flow.receive({ payload: '/data/a.tiff' });
      await until(() => flow.caught.length === 1);
      assert.match(errorOf(flow.caught[0]).message, /a\.tiff: is truncated$/);
      assert.ok(payloadOf(flow.sent[0][0]).failed);
    });
  });
});
