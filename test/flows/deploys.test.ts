import assert from 'node:assert/strict';
import { useNodeRed } from './support/fixture';
import type { FlowNode } from './support/node-red-process';

const place = { z: 'tab', x: 0, y: 0 };
const IMAGE = `{ id: 'a', uri: 'file:///tmp/none.tiff', format: 'tiff', scene: 0, level: 0, axes: 'TCZYX',
  shape: [1, 1, 1, 9, 9], dtype: 'uint8', channels: [{ index: 0, name: 'a' }], pixelSize: null }`;

/** POST /part?id=...&index=... brings one of two samples of a sequence to a node that collects them. */
function collecting(train: object | null, tab: object = {}): FlowNode[] {
  const func = `const { id, index } = msg.req.query;
    const payload = { id: 's' + index, raw: ${IMAGE}, seg1: ${IMAGE} };
    return [{ payload, parts: { id, index: Number(index), count: 2 } }, msg];`;
  const node = { id: 'train', type: 'segmenter-train', ...place, model: 'none', modelType: 'str', wires: [[], []] };
  return [
    { id: 'tab', type: 'tab', label: 'deploys', ...tab },
    { id: 'asked', type: 'http in', ...place, url: '/part', method: 'post', wires: [['make']] },
    { id: 'make', type: 'function', ...place, func, outputs: 2, wires: [['train'], ['answer']] },
    { id: 'answer', type: 'http response', ...place, wires: [] },
    ...(train ? [{ ...node, ...train }] : []),
  ] as FlowNode[];
}

describe('deploys', () => {
  const fixture = useNodeRed();

  async function bring(id: string, index: number): Promise<void> {
    const { host } = fixture;
    const before = host.events.length;
    const { status } = await fetch(`${host.url}part?id=${id}&index=${index}`, { method: 'POST' });
    assert.equal(status, 200);
    await host.until(
      'what train makes of it',
      (event) =>
        event.id === 'train' &&
        (event.type === 'complete' || event.type === 'error') &&
        host.events.indexOf(event) >= before,
      { allowErrors: true, seconds: 60 },
    );
  }

  const dropped = () =>
    fixture.host.events
      .filter(({ type, error }) => type === 'warning' && error?.includes('dropped'))
      .map(({ error }) => error);
  const gone = (why: string) => [`segmenter-train collector: 1 item of incomplete sequences dropped, as ${why}`];

  it('keep an incomplete sequence of a node that was renamed', async function () {
    this.timeout(90_000);
    const { host } = fixture;
    await host.deploy(collecting({ name: 'before' }));
    await bring('q', 0);
    await host.deploy(collecting({ name: 'after' }));
    await bring('q', 1);
    // The sequence was complete: training begins, and finds no image.
    assert.match(host.errors().join(), /none\.tiff/);
    assert.deepEqual(dropped(), []);
  });

  it('say in the log what is dropped, with a node, or a flow, that is disabled or gone', async function () {
    this.timeout(90_000);
    const { host } = fixture;
    const named = { name: 'collector' };
    const flows = [collecting({ ...named, d: true }), collecting(named, { disabled: true }), collecting(null)];
    for (const [index, flow] of flows.entries()) {
      await host.deploy(collecting(named));
      await bring(`gone${index}`, 0);
      await host.deploy(flow);
      await host.until('the warning', () => dropped().length > 0, { seconds: 5 });
      assert.deepEqual(dropped(), gone('the node was removed or disabled'));
    }
  });

  it('leave it to the log when Node-RED ends', async function () {
    this.timeout(90_000);
    const { host } = fixture;
    await host.deploy(collecting({ name: 'collector' }));
    await bring('end', 0);
    await host.stop();
    assert.deepEqual(dropped(), gone('Node-RED ended'));
  });
});
