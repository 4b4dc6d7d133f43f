import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { quick, readExample } from './support/examples';
import { useNodeRed } from './support/fixture';

interface Summary {
  count: number;
  mean: { dice: number };
  failed: Array<{ id: string; error: string }>;
}

describe('one bad file among good ones', () => {
  const fixture = useNodeRed();

  it('is reported once, the others are trained on, predicted and scored', async function () {
    this.timeout(300_000);
    const { host, samples } = fixture;
    truncateSync(path.join(samples, 'nuclei2d/train/raw/nuclei_03.ome.tiff'), 200);
    const test = path.join(samples, 'nuclei2d/test/raw/nuclei_10.ome.tiff');
    writeFileSync(test, readFileSync(test).subarray(0, 3000));
    await host.deploy(quick(readExample('quick-start-2d.json')));
    await host.inject('quick2d-start');
    const allowErrors = true;
    const [trained] = await host.until(
      'the model',
      ({ type, id, port }) => type === 'sent' && id === 'quick2d-train' && port === 0,
      { allowErrors },
    );
    const { samples: used, failed } = trained.msg.payload as { samples: number; failed: Array<{ id: string }> };
    assert.equal(used, 7);
    assert.deepEqual(
      failed.map(({ id }) => id),
      ['nuclei_03'],
    );
    const [scored] = await host.until(
      'the scores',
      ({ type, id, port }) => type === 'sent' && id === 'quick2d-evaluate' && port === 1,
      { allowErrors },
    );
    const summary = scored.msg.payload as Summary;
    assert.equal(summary.count, 3);
    assert.deepEqual(
      summary.failed.map(({ id }) => id),
      ['nuclei_10'],
    );
    assert.ok(summary.mean.dice >= 0);
    const caught = host.events.filter(({ type, id }) => type === 'sent' && id === 'quick2d-catch');
    assert.ok(caught.length >= 2, 'the Catch node heard of both files');
  });
});
