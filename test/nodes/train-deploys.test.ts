import assert from 'node:assert/strict';
import type { NodeAPI, NodeStatus } from 'node-red';

import compute = require('../../nodes/compute/compute');
import train = require('../../nodes/train/train');

import { detachTraining } from '../../src/jobs/host/training-jobs';
import { logLines, settle, startFlow, stopFlow, until } from './run-node';
import { config, good, held, model, part, progress, result, startTrain } from './train-under-test';

describe('a training whose node is deployed', () => {
  afterEach(stopFlow);

  it('lives through a deploy that leaves it as it is, and answers after it', async () => {
    const { host, runs } = held();
    const flow = await startTrain(host);
    flow.receive({ payload: good('a'), parts: part(0, 1), plate: 9 });
    await until(() => runs.length === 1);
    await flow.redeploy();
    assert.equal(runs[0].options.signal?.aborted, false);
    runs[0].options.onProgress?.(progress(1, 0.5));
    runs[0].finish(result);
    await until(() => flow.sent[0].length === 1);
    assert.deepEqual([flow.sent[0][0].model, flow.sent[0][0].plate], [model, 9]);
    assert.equal(flow.sent[1].length, 1);
    assert.equal(runs.length, 1);
  });

  it('ends a training whose node was changed or deleted', async () => {
    const { host, runs } = held();
    const flow = await startTrain(host);
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => runs.length === 1);
    await flow.redeploy({ ...config, epochs: '4' });
    await until(() => runs[0].options.signal?.aborted === true);
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => runs.length === 2);
    await flow.remove();
    await until(() => runs[1].options.signal?.aborted === true);
    await settle();
    assert.equal(flow.sent[0].length, 0);
  });

  it('keeps its training when only the length of a queue or the compute node of the same settings changes', async () => {
    const computeNode = (id: string, queue: string) => ({ id, type: 'segmenter-compute', threads: '3', queue });
    const { host, runs } = held();
    const flow = await startFlow({
      file: train,
      type: 'segmenter-train',
      config: { ...config, compute: 'one' },
      access: host.access(),
      outputs: 2,
      others: { files: [compute], nodes: [computeNode('one', '5'), computeNode('two', '6')] },
    });
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => runs.length === 1);
    await flow.redeploy({ ...config, compute: 'two' });
    await settle();
    assert.equal(runs[0].options.signal?.aborted, false);
    assert.deepEqual(host.released, [], 'the processes of both are the same');
    runs[0].finish(result);
    await until(() => flow.sent[0].length === 1);
    assert.equal(runs.length, 1);
  });

  it('says in the log and the status that a deploy of other settings ended the training, and where', async () => {
    const { host, runs } = held();
    const shown: unknown[] = [];
    const show = ({ status }: { status: NodeStatus }) => shown.push(status.text);
    let unlisten = () => {};
    const listen = ({ events }: NodeAPI) => {
      events.on('node-status', show);
      unlisten = () => events.removeListener('node-status', show);
    };
    const flow = await startFlow({
      file: train,
      type: 'segmenter-train',
      config,
      access: host.access(),
      outputs: 2,
      others: { files: [listen], nodes: [] },
    });
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => runs.length === 1);
    runs[0].options.onProgress?.(progress(2));
    const logged = logLines();
    await flow.redeploy({ ...config, epochs: '4' });
    await until(() => runs[0].options.signal?.aborted === true);
    const ended = logged().filter((line) => /was ended/.test(line));
    assert.equal(ended.length, 1);
    assert.match(
      ended[0],
      /training of nuclei was ended at step 16 of 3: the settings .* stays in .models.nuclei..runs;/,
    );
    unlisten();
    assert.ok(shown.includes('Ended at step 16'), shown.join());
  });

  it('has its training saved when Node-RED stops its flows for good, and not on a deploy', async () => {
    const { host, runs } = held();
    const flow = await startTrain(host);
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => runs.length === 1);
    let saves = 0;
    runs[0].options.offerSave?.(async () => {
      saves++;
    });
    await flow.redeploy();
    assert.equal(saves, 0);
    await flow.stop();
    assert.deepEqual([saves, runs[0].options.signal?.aborted], [1, false]);
    detachTraining('node', true);
  });
});
