import assert from 'node:assert/strict';
import type { Decision } from '../../src/curation/decision';
import type { FinishAnswer, ImageView, Queue } from '../../src/curation/page-api';
import type { Sample } from '../../src/samples/sample';
import { quick, readExample } from './support/examples';
import { useNodeRed } from './support/fixture';
import { readImage } from './support/read-image';

describe('the flow that iterates', () => {
  const fixture = useNodeRed();

  it('sends what the model is unsure of to people, and trains it further with what they decided', async function () {
    this.timeout(300_000);
    const { host } = fixture;
    const sent = (id: string, port = 0) => {
      return (event: { type: string; id: string; port?: number }) => {
        return event.type === 'sent' && event.id === id && event.port === port;
      };
    };
    await host.deploy(quick(readExample('iterate.json')));
    await host.inject('iterate-start');
    const [first] = await host.until('the first model', sent('iterate-train'));
    await host.inject('iterate-new');
    const checks = ({ topic }: Record<string, unknown>) => topic === 'checks';
    await host.until('the checks', (event) => sent('iterate-curate', 1)(event) && checks(event.msg));

    const ask = async <T>(address: string, method = 'GET', body?: unknown): Promise<T> => {
      const answer = await fetch(`${host.url}segmenter/curate/iterate-curate/${address}`, {
        method,
        headers: { 'content-type': 'application/json', ...(await host.changeHeader()) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      assert.equal(answer.status, 200, `${method} ${address}`);
      return (await answer.json()) as T;
    };
    const { items } = await ask<Queue>('queue');
    assert.ok(items.length >= 2, `${items.length} unsure images`);
    for (const [i, { id }] of items.entries()) {
      const address = `image/${encodeURIComponent(id)}`;
      const { revision, decision, pictures } = await ask<ImageView>(address);
      assert.deepEqual([decision.base, pictures.seg1, pictures.seg2?.dtype], ['seg2', undefined, 'uint8']);
      const strokes = [{ points: [[5, 5] as [number, number]], radius: 2, value: 1 as const, z: null }];
      const decided: Decision =
        i === 0 ? { ...decision, state: 'rejected', reason: 'no nuclei' } : { ...decision, state: 'used', strokes };
      assert.deepEqual(await ask(address, 'PUT', { revision, decision: decided }), { revision: revision + 1 });
    }
    const answer = await ask<FinishAnswer>('finish', 'POST');
    assert.deepEqual(answer, { used: items.length - 1, rejected: 1, undecided: 0 });

    const curated = await host.until('curated samples', sent('iterate-curate'), { count: items.length - 1 });
    const { target } = curated[0].msg.payload as Sample;
    const pixels = await readImage(target ? new URL(target.uri).pathname : 'no target');
    assert.equal(pixels[5 * (target?.shape[4] ?? 0) + 5], 255, 'the brush is in the target');
    const [tuned] = await host.until('the tuned model', sent('iterate-tune'));
    const model = (event: typeof tuned) => event.msg.model as { name: string; version: string };
    assert.equal(model(tuned).name, model(first).name);
    assert.notEqual(model(tuned).version, model(first).version);
    const [scores] = await host.until('the scores', sent('iterate-evaluate', 1));
    const { mean } = scores.msg.payload as { mean: { dice: number } };
    assert.ok(mean.dice >= 0 && mean.dice <= 1, `mean Dice ${mean.dice}`);
  });
});
