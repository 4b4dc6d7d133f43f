import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { mock } from 'node:test';
import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import helper from 'node-red-node-test-helper';

import compareModels = require('../../nodes/compare-models/compare-models');
import curate = require('../../nodes/curate/curate');
import gate = require('../../nodes/gate/gate');
import loadImage = require('../../nodes/load-image/load-image');
import predict = require('../../nodes/predict/predict');
import saveImage = require('../../nodes/save-image/save-image');
import threshold = require('../../nodes/threshold/threshold');
import train = require('../../nodes/train/train');

import type { CurateNode } from '../../nodes/curate/curation';
import { injectJobAccess } from '../../nodes/job-host-access';
import type { Decision } from '../../src/curation/decision';
import type { Change } from '../../src/events/change';
import type { ModelReference } from '../../src/models/card';
import { evaluateMetrics, predictMetrics, thresholdMetrics, trainMetrics } from '../support/job-metrics';
import { REPORT } from './curation-under-test';
import { FakeHost } from './fake-host';
import { image, payloadOf, sample, stopFlow, until } from './run-node';

type NodeFile = (RED: NodeAPI) => void;
const core = (file: string) => require(`@node-red/nodes/core/${file}`) as NodeFile;
const FLOW = path.resolve(__dirname, '../../../examples/flows/nightly.json');
const KEPT = ['kept-1', 'kept-2', 'kept-3'];
const USED: Decision = { state: 'used', reason: null, base: 'seg2', merge: [], exclude: [], strokes: [] };

/** Longer than any node of ours waits for anything: what does is the clock. */
const LONG_MS = 2 * 3600_000;

/** Models as their folder would have them: what each version scores on the kept images, and which the name means. */
class Models {
  versions = 1;
  means = 1;
  held = false;
  readonly dice: number[] = [0.8];

  reference(version: number): ModelReference {
    return { name: 'nightly', version: `v${version}`, uri: `file:///models/nightly/v${version}`, sha256: `${version}` };
  }

  find(asked: unknown): ModelReference {
    if (asked === 'nightly@latest') return this.reference(this.versions);
    if (asked === 'nightly@v1') return this.reference(1);
    return typeof asked === 'string' ? this.reference(this.means) : (asked as ModelReference);
  }

  publish(dice: number): ModelReference {
    this.dice.push(dice);
    this.versions++;
    if (!this.held) this.means = this.versions;
    return this.reference(this.versions);
  }
}

describe('the flow that learns at night, with a clock in the hand of the test', () => {
  let folder = '';
  let models: Models;
  let host: FakeHost;
  let next: number[];
  /** what the clock would do, and when, in milliseconds since 1970 */
  let alarm: { at: number; ring: () => void } | null;
  const realTimeout = globalThis.setTimeout;
  const sent = new Map<string, NodeMessageInFlow[]>();
  const outOf = (id: string) => sent.get(id) ?? [];

  beforeEach(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-nightly-'));
    process.env.SEGMENTER_SAMPLES = folder;
    models = new Models();
    next = [];
    alarm = null;
    sent.clear();
    mock.timers.enable({ apis: ['Date'], now: new Date(2026, 10, 30, 18, 0).getTime() });
    globalThis.setTimeout = ((work: () => void, ms = 0, ...rest: unknown[]) => {
      if (ms < LONG_MS) return realTimeout(work, ms, ...rest);
      alarm = { at: Date.now() + ms, ring: work };
      return realTimeout(() => undefined, 0);
    }) as typeof setTimeout;
    helper.settings({ userDir: folder });
    host = hostOf();
    await startNightly();
  });

  afterEach(async () => {
    await stopFlow();
    helper.settings({});
    globalThis.setTimeout = realTimeout;
    mock.timers.reset();
    delete process.env.SEGMENTER_SAMPLES;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  function hostOf(): FakeHost {
    return new FakeHost()
      .on('list-samples', ({ raw }) => ({
        entries: (String(raw).includes('nuclei2d/test') ? KEPT : ['new-1', 'new-2']).map((id) => {
          return { id, raw: `${id}.tif`, scene: null };
        }),
        problems: [],
      }))
      .on('open-sample', ({ entry: { id } }) => [
        sample(id, KEPT.includes(id) ? { seg1: image(`${id}-truth`) } : { seg2: image(`${id}-proposal`) }),
      ])
      .on('predict', ({ image: { id }, model }) => ({
        ...{ probability: image(`${id}-p`), model: models.find(model) },
        metrics: predictMetrics({ predicted: { dice: 0.6, precision: 0.6, recall: 0.6 } }),
      }))
      .on('threshold', ({ id, model }) => ({
        mask: image(`mask-${id}-${(model as ModelReference).version}`),
        metrics: thresholdMetrics({ objects: { total: 3, rows: [], file: null } }),
      }))
      .on('evaluate', ({ predicted, truth }) => {
        const isBetween = truth.id.startsWith('mask-');
        const version = Number(/-v(\d+)$/.exec(predicted.id)?.[1]);
        const jitter = KEPT.findIndex((id) => predicted.id.includes(id)) / 1000;
        return evaluateMetrics(isBetween ? 0.95 : models.dice[version - 1] + jitter);
      })
      .on('train', () => ({ model: models.publish(next.shift() ?? 0), metrics: trainMetrics() }))
      .on('change-models', ({ change }) => {
        if (change.do === 'hold') models.held = true;
        if (change.do === 'choose') models.means = Number(change.version?.slice(1));
        return { warnings: [] };
      })
      .on('keep-images', (input) => input.sample)
      .on('check-samples', () => REPORT)
      .on('apply-decision', (input) => ({ ...input.sample, target: image(`${input.sample.id}-target`) }))
      .on('export-review', ({ folder: at }) => ({ folder: at, split: 'folds', samples: [], remarks: [] }));
  }

  async function startNightly(): Promise<void> {
    injectJobAccess(host.access({ roots: [folder] }));
    const flow = (JSON.parse(readFileSync(FLOW, 'utf8')) as Array<{ id: string; type: string }>)
      .filter(({ type }) => !['comment', 'catch'].includes(type))
      .map((node) => (node.type === 'debug' ? { ...node, type: 'helper' } : node));
    const files = [compareModels, curate, gate, loadImage, predict, saveImage, threshold, train];
    await helper.load([core('common/20-inject'), core('function/15-change'), ...files], flow as never);
    for (const { id, type } of flow) {
      if (type === 'helper') helper.getNode(id).on('input', (msg) => sent.set(id, [...outOf(id), msg]));
    }
  }

  const receive = (id: string) => helper.getNode(id).receive({ payload: '' });
  const curation = () => (helper.getNode('nightly-curate') as CurateNode).curation ?? assert.fail('no curation');
  const trainings = () => host.inputs('train').map(({ settings: { startFrom } }) => startFrom);

  /** What the log of changes says. */
  function changes(): Change[] {
    const log = path.join(folder, 'segmenter', 'log');
    if (!existsSync(log)) return [];
    const files = readdirSync(log).filter((name) => name.startsWith('changes-'));
    const lines = files.flatMap((name) => readFileSync(path.join(log, name), 'utf8').split('\n').slice(0, -1));
    return lines.map((line) => JSON.parse(line) as Change);
  }

  /** People decide on an image, or change it again. */
  async function correct(id: string, radius: number): Promise<void> {
    const { items } = await curation().queue(null, true);
    const { revision } = items.find((item) => item.id === id) ?? assert.fail(`${id} does not wait`);
    const strokes = [{ points: [[5, 5] as [number, number]], radius, value: 1 as const, z: null }];
    await curation().save(id, { revision, decision: { ...USED, strokes } }, null);
  }

  /** The clock goes on to its next alarm. @returns when it was, by local time */
  function night(): string {
    const { at, ring } = alarm ?? assert.fail('nothing is planned');
    mock.timers.setTime(at);
    ring();
    return new Date(at).toTimeString().slice(0, 5);
  }

  it('trains at two from what was corrected, takes over only where it is better, and rests where nothing is new', async () => {
    receive('nightly-new');
    await until(() => outOf('nightly-people').filter(({ topic }) => topic === 'checks').length > 0, 'the queue');
    await correct('new-1', 2);
    next = [0.9];
    assert.equal(night(), '02:00');
    await until(() => outOf('nightly-verdict').length === 1, 'the first comparison');
    const first = payloadOf(outOf('nightly-verdict')[0]);
    assert.deepEqual([first.tookOver, first.models], [true, { first: 'nightly@v1', second: 'nightly@v2' }]);
    assert.match(String(first.why), /^better than nightly@v1: Dice 0.901 for 0.801, \+0.1000 \(.* at 95 %, 3 files\)$/);
    assert.equal(models.means, 2);
    assert.deepEqual(trainings(), ['nightly']);
    await until(() => changes().some(({ what }) => what === 'model-choose'), 'the line of who changed what');
    const taken = changes().filter(({ what }) => what === 'model-choose');
    assert.deepEqual(
      taken.map(({ who, node, to }) => [who, node?.type, (to as { version: string }).version]),
      [['flow', 'segmenter-compare-models', 'v2']],
    );

    // Nobody corrected anything: the next night nothing happens.
    assert.equal(night(), '02:00');
    await until(() => alarm !== null && alarm.at > Date.now(), 'the next alarm');
    await new Promise((resolve) => realTimeout(resolve, 50));
    assert.equal(trainings().length, 1);

    await correct('new-2', 3);
    next = [0.7];
    assert.equal(night(), '02:00');
    await until(() => outOf('nightly-verdict').length === 2, 'the third night');
    const third = payloadOf(outOf('nightly-verdict')[1]);
    assert.deepEqual([third.tookOver, third.second], [false, 'worse']);
    assert.match(String(third.why), /^not better: Dice 0.701 for 0.901/);
    assert.deepEqual([models.versions, models.means], [3, 2]);

    // By day images are predicted with what took over, and their provenance says so.
    receive('nightly-new');
    const ofDay = () => host.inputs('threshold').at(-1)?.model as ModelReference;
    await until(() => ofDay().version === 'v2' && host.inputs('predict').at(-1)?.model === 'nightly', 'the next day');
  });

  it('holds what the name means before the challenger is published: no image in between sees it', async () => {
    const order: string[] = [];
    host.on('change-models', ({ change }) => {
      order.push(change.do);
      return { warnings: [] };
    });
    host.on('train', () => {
      order.push('train');
      return { model: models.publish(0.1), metrics: trainMetrics() };
    });
    receive('nightly-new');
    await until(() => outOf('nightly-people').filter(({ topic }) => topic === 'checks').length > 0, 'the queue');
    await correct('new-1', 2);
    night();
    await until(() => order.includes('train'), 'the training');
    assert.deepEqual(order.slice(0, 2), ['hold', 'train']);
  });

  it('shows what two versions make of last week, and changes nothing', async () => {
    models.publish(0.9);
    receive('nightly-replay');
    await until(() => outOf('nightly-differs').length === 1, 'the replay');
    const { rows, tookOver, why, overlap } = payloadOf(outOf('nightly-differs')[0]);
    assert.deepEqual((rows as Array<{ id: string }>).map(({ id }) => id).sort(), ['new-1', 'new-2']);
    assert.deepEqual([tookOver, why, overlap], [false, 'there is no truth to compare with', 0.95]);
    assert.deepEqual(host.inputs('change-models'), []);
  });
});
