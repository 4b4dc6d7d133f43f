import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { quick, readExample } from './support/examples';
import { useNodeRed } from './support/fixture';

/** The compiled file lies in dist/test/flows. */
const COMMAND = path.resolve(__dirname, '../../../scripts/segmenter.mjs');

interface SavedSample {
  id: string;
  saved: { mask: string };
}

describe('the quick start flow', () => {
  const fixture = useNodeRed();

  it('trains, predicts, thresholds, evaluates and saves', async function () {
    this.timeout(300_000);
    const { host } = fixture;
    await host.deploy(quick(readExample('quick-start-2d.json'), { 'segmenter-train': { epochs: 3, validation: 0.2 } }));
    await host.inject('quick2d-start');
    const saved = await host.until('the masks', ({ type, id }) => type === 'sent' && id === 'quick2d-save', {
      count: 3,
    });
    for (const { msg } of saved) {
      const sample = msg.payload as SavedSample;
      assert.match(sample.saved.mask, /results.nuclei2d.nuclei_\d\d_mask\.ome\.tiff$/);
      assert.ok(existsSync(sample.saved.mask), `${sample.saved.mask} was not written`);
    }
    const [{ msg: first }] = saved;
    const record = `${(first.payload as SavedSample).saved.mask}.provenance.json`;
    const again = await promisify(execFile)(process.execPath, [COMMAND, 'rerun', record]);
    assert.match(again.stdout, /is the same, byte for byte/);
    const epochs = host.events.filter(({ type, id, port }) => type === 'sent' && id === 'quick2d-train' && port === 1);
    assert.ok(epochs.length >= 3, `${epochs.length} progress messages for 3 epochs`);
    const [{ msg }] = await host.until('the scores', ({ id, port }) => id === 'quick2d-evaluate' && port === 1);
    const { mean } = msg.payload as { mean: { dice: number } };
    assert.ok(mean.dice > 0 && mean.dice <= 1, `mean Dice ${mean.dice}`);
  });
});
