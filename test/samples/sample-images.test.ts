import assert from 'node:assert/strict';
import { SegmenterError } from '../../src/base/errors';
import { validate } from '../../src/base/validate';
import type { ImageDescription } from '../../src/image/description';
import { type Sample, SampleSchema } from '../../src/samples/sample';
import { baseRole, failSample, pickImage, pickTruth } from '../../src/samples/sample-images';

const image = (id: string): ImageDescription => ({
  id,
  uri: `file:///${id}.tif`,
  format: 'tiff',
  scene: 0,
  level: 0,
  axes: 'TCZYX',
  shape: [1, 1, 1, 4, 5],
  dtype: 'uint16',
  channels: [{ index: 0, name: 'c' }],
  pixelSize: null,
});
const SAMPLE: Sample = { id: 'a', raw: image('raw'), seg1: image('seg1') };

describe('pickImage', () => {
  it('gives the image, or names those that are there', () => {
    assert.equal(pickImage(SAMPLE, 'seg1').id, 'seg1');
    assert.throws(() => pickImage(SAMPLE, 'mask'), {
      code: 'invalid-input',
      message: 'sample "a" has no image "mask"; it has raw, seg1',
    });
  });
});

describe('pickTruth and baseRole', () => {
  it('prefer the merged target, and the choice that is nearest', () => {
    assert.equal(pickTruth(SAMPLE).id, 'seg1');
    assert.equal(pickTruth({ ...SAMPLE, target: image('target') }).id, 'target');
    assert.throws(() => pickTruth({ id: 'a', raw: image('raw') }), /has no image "target"; it has raw/);
    assert.equal(baseRole(SAMPLE), 'seg1');
    assert.equal(baseRole({ ...SAMPLE, base: 'seg2' }), 'seg2');
    assert.equal(baseRole({ ...SAMPLE, base: 'seg2' }, 'seg1'), 'seg1');
  });
});

describe('failSample', () => {
  it('keeps the sample and adds a JSON-safe failure that fits the schema', () => {
    const failed = failSample(SAMPLE, 'predict', new SegmenterError('engine', 'no memory', { needed: 5 }));
    assert.deepEqual(failed.failed, {
      node: 'predict',
      error: { name: 'SegmenterError', code: 'engine', message: 'no memory', details: { needed: 5 } },
    });
    assert.equal(failed.raw, SAMPLE.raw);
    assert.equal(SAMPLE.failed, undefined);
    assert.deepEqual(validate(SampleSchema, JSON.parse(JSON.stringify(failed)), 'sample'), failed);
    assert.equal(failSample(SAMPLE, 'n', new Error('odd')).failed?.error.code, 'internal');
  });
});
