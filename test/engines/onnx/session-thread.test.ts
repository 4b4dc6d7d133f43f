import assert from 'node:assert/strict';
import { SessionThread, type SessionThreadData, sharedTensor } from '../../../src/engines/onnx/session-thread';
import { encodeModel } from '../../../src/graph/onnx/model';

/** y = sqrt(x) of three values */
function squareRoots(): SessionThreadData {
  const model = encodeModel({
    name: 'roots',
    nodes: [{ type: 'Sqrt', inputs: ['x'], output: 'y', attributes: {} }],
    constants: [],
    inputs: [{ name: 'x', shape: [3] }],
    outputs: [{ name: 'y', shape: [3] }],
  });
  const settings = { threads: 1 };
  return { model, settings, inputs: { x: sharedTensor([3]) }, outputs: { y: sharedTensor([3]) } };
}

describe('a session in a thread', () => {
  it('computes what the shared inputs hold, run after run', async () => {
    const data = squareRoots();
    const thread = await SessionThread.open(data, 'the roots');
    const results = [];
    for (const values of [
      [0, 1, 4],
      [9, 16, 25],
    ]) {
      data.inputs.x.data.set(values);
      await thread.run();
      results.push([...data.outputs.y.data]);
    }
    await thread.close();
    assert.deepEqual(results, [
      [0, 1, 2],
      [3, 4, 5],
    ]);
    await assert.rejects(thread.run(), { code: 'engine', message: 'the roots on cpu: its thread has ended' });
    await thread.close();
  });

  it('finishes the run that is under way before it closes', async () => {
    const data = squareRoots();
    const thread = await SessionThread.open(data, 'the roots');
    data.inputs.x.data.set([0, 1, 4]);
    const run = thread.run();
    await Promise.all([run, thread.close()]);
    assert.deepEqual([...data.outputs.y.data], [0, 1, 2]);
  });

  it('hands on what goes wrong in a run, and can run again', async () => {
    const data = squareRoots();
    const missing = { ...data, outputs: { ...data.outputs, z: sharedTensor([1]) } };
    const thread = await SessionThread.open(missing, 'the roots');
    await assert.rejects(thread.run(), { code: 'engine', message: /^the roots on cpu: / });
    await assert.rejects(thread.run(), { code: 'engine' });
    await thread.close();
  });

  it('refuses what is no model', async () => {
    const data = { ...squareRoots(), model: Uint8Array.of(1, 2, 3) };
    await assert.rejects(SessionThread.open(data, 'the roots'), { code: 'engine', message: /^the roots on cpu: / });
  });
});
