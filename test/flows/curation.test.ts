import assert from 'node:assert/strict';
import { simulateCurationSample } from '../../src/simulation/sample-sets';
import { quick, readExample } from './support/examples';
import { useNodeRed } from './support/fixture';
import { readImage } from './support/read-image';

describe('the flow with two segmentations', () => {
  const fixture = useNodeRed();

  it('merges to the truth, excludes the debris and trains on the result', async function () {
    this.timeout(300_000);
    const { host } = fixture;
    await host.deploy(quick(readExample('two-segmentations.json')));
    await host.inject('curate-start');
    await host.until('the scores', ({ type, id, port }) => type === 'sent' && id === 'curate-evaluate' && port === 1);
    const truth = simulateCurationSample(1);
    const saved = await host.until('targets', ({ type, id }) => type === 'complete' && id === 'curate-target', {
      count: 6,
    });
    const files = saved.map(({ msg }) => (msg.payload as { saved: { target: string } }).saved.target);
    const target = await readImage(files.find((file) => file.includes('nuclei_01')) ?? 'the target of nuclei_01');
    for (let i = 0; i < target.length; i++) {
      if (truth.excludeMask[i] > 0) continue;
      assert.equal(target[i] !== 0, truth.labels[i] !== 0, `pixel ${i} of the merged target`);
    }
    const [excluded] = await host.until('weights', ({ type, id }) => type === 'sent' && id === 'curate-exclude');
    const { weight } = excluded.msg.payload as { weight: { uri: string } };
    assert.match(weight.uri, /^file:/);
  });
});
