import assert from 'node:assert/strict';
import { quick, readExample } from './support/examples';
import { useNodeRed } from './support/fixture';

describe('the flow with pseudo-labels', () => {
  const fixture = useNodeRed();

  it('trains further with labelled images and with what is sure in others, as one sequence', async function () {
    this.timeout(300_000);
    const { host } = fixture;
    const sent = (id: string, port = 0) => {
      return (event: { type: string; id: string; port?: number }) =>
        event.type === 'sent' && event.id === id && event.port === port;
    };
    // What a model of two epochs is sure of is hardly anything.
    const changes = { 'pseudo-label': { low: 0.49, high: 0.51 } };
    await host.deploy(quick(readExample('pseudo-labels.json'), changes));
    await host.inject('pseudo-start');
    const [first] = await host.until('the first model', sent('pseudo-base'));
    await host.inject('pseudo-more');
    const [label] = await host.until('a pseudo-label', sent('pseudo-label'));
    const { origin, target } = label.msg.payload as { origin?: string; target?: { unknown?: object } };
    assert.equal(origin, 'predicted');
    assert.deepEqual(target?.unknown, { kind: 'values', values: [128] });
    const [tuned] = await host.until('the tuned model', sent('pseudo-tune'));
    const { samples, failed } = tuned.msg.payload as { samples: number; failed: unknown[] };
    assert.deepEqual([samples, failed], [10, []]);
    const warnings = (tuned.msg.metrics as { warnings: string[] }).warnings.join();
    assert.match(warnings, /2 of 10 training samples are labelled by a model/);
    const model = (event: typeof tuned) => event.msg.model as { name: string; version: string };
    assert.equal(model(tuned).name, model(first).name);
    const [scores] = await host.until('the scores', sent('pseudo-evaluate', 1));
    assert.ok((scores.msg.payload as { mean: { dice: number } }).mean.dice >= 0);
  });
});
