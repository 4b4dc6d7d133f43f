import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { networkHash, specOf } from '../../src/models/network-identity';
import { parseCard, readCard } from '../../src/models/read-card';
import { type NetworkSpec, parameterCount } from '../../src/network';
import { stridesOf } from '../../src/network/spec';
import { modelCard, scratchFolder } from './support';

describe('model card', () => {
  const folder = scratchFolder();

  it('comes back as it was written', () => {
    const card = modelCard();
    assert.deepEqual(parseCard(JSON.stringify(card), 'model.json'), card);
  });

  it('names what does not fit and where', () => {
    const card = { ...modelCard(), divisor: 0 };
    assert.throws(() => parseCard(JSON.stringify(card), '/m/model.json'), {
      name: 'CorruptFileError',
      message: /^\/m\/model\.json: card\.divisor: must be >= 1, got 0$/,
    });
  });

  it('takes one divisor, or one for each axis, and the form of each level', () => {
    const strides = [
      [1, 1, 1],
      [1, 2, 2],
    ] as Array<Array<1 | 2>>;
    const kernels = [
      [1, 3, 3],
      [3, 3, 3],
    ] as Array<Array<1 | 3>>;
    const architecture = { type: 'residual-unet', filters: [4, 8], strides, kernels };
    const card = modelCard({ dimensions: 3, divisor: [1, 2, 2], architecture });
    assert.deepEqual(parseCard(JSON.stringify(card), 'model.json'), card);
    assert.deepEqual(specOf(card), { dimensions: 3, inChannels: 1, filters: [4, 8], strides, kernels });
    assert.deepEqual(specOf(modelCard()), { dimensions: 2, inChannels: 1, filters: [4, 8] });
    const parameters = new Float32Array(parameterCount({ dimensions: 3, inChannels: 1, filters: [4, 8] }));
    const hash = (spec: NetworkSpec) => networkHash({ spec, parameters }, 'a');
    const plain: NetworkSpec = { dimensions: 3, inChannels: 1, filters: [4, 8] };
    assert.equal(hash({ ...plain, strides: stridesOf(plain) }), hash(plain));
    assert.notEqual(hash({ ...plain, strides }), hash(plain));
  });

  it('refuses what is not JSON, and a later format by name', () => {
    assert.throws(() => parseCard('{', '/m/model.json'), { code: 'corrupt-file', message: /not JSON/ });
    assert.throws(() => parseCard('null', '/m/model.json'), { code: 'corrupt-file' });
    const later = JSON.stringify({ ...modelCard(), formatVersion: 2 });
    assert.throws(() => parseCard(later, '/m/model.json'), { code: 'unsupported', message: /format version 2/ });
  });

  it('reads every normalisation there has been, and names what is none', () => {
    const read = (normalisation: unknown) =>
      parseCard(JSON.stringify({ ...modelCard(), normalisation }), 'model.json').normalisation;
    for (const known of [
      { method: 'background-contrast' },
      { method: 'percentile-zscore', low: 0.5, high: 99.5 },
      { method: 'none', low: 0, high: 100 },
      { method: 'none' },
    ]) {
      assert.deepEqual(read(known), known);
    }
    assert.throws(() => read({ method: 'percentile-zscore' }), /card\.normalisation: .*low/);
    assert.throws(() => read({ method: 'min-max' }), /card\.normalisation\.method: .*"min-max"/);
  });

  it('refuses contradictions', () => {
    const axes = { name: 'input', axes: 'NCZYX' as const };
    const contradictions = [
      modelCard({ input: axes }),
      modelCard({ patch: { z: 8, y: 32, x: 32 } }),
      modelCard({ patch: { z: null, y: 31.5, x: 32 } }),
      modelCard({ dimensions: 3, patch: { z: null, y: 32, x: 32 } }),
      modelCard({ divisor: [2, 2, 2] }),
      modelCard({ architecture: { type: 'residual-unet', filters: [4, 8], strides: [[1, 1]] } }),
      modelCard({ architecture: { type: 'residual-unet', filters: [4], kernels: [[3, 3, 3]] } }),
      modelCard({ normalisation: { method: 'percentile-zscore', low: 99, high: 1 } }),
    ];
    for (const card of contradictions) {
      assert.throws(() => parseCard(JSON.stringify(card), 'model.json'), { code: 'corrupt-file' });
    }
  });

  it('says so where a folder holds no model', async () => {
    const empty = path.join(folder(), 'empty');
    await mkdir(empty);
    await assert.rejects(readCard(empty, [folder()]), { code: 'not-found', message: /no model\.json/ });
    await assert.rejects(readCard(path.join(folder(), 'missing'), [folder()]), { code: 'not-found' });
  });
});
