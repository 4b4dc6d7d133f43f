import assert from 'node:assert/strict';
import type { Static } from '#typebox';
import { PredictSettings } from '../../nodes/predict/settings';
import { ThresholdNodeSettings } from '../../nodes/threshold/settings';
import { validate } from '../../src/base/schema';
import { type ImageDescription, ImageDescriptionSchema } from '../../src/image/description';
import type { JobRunner } from '../../src/jobs/job-types';
import { type Sample, SampleSchema } from '../../src/samples/sample';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

const IMAGE: ImageDescription = {
  id: 'a',
  uri: 'file:///a.tif',
  format: 'tiff',
  scene: 0,
  level: 0,
  axes: 'TCZYX',
  shape: [1, 1, 1, 8, 8],
  dtype: 'uint8',
  channels: [{ index: 0, name: 'DNA' }],
  pixelSize: null,
};

/** The compiler is the test; what it must refuse stands behind `@ts-expect-error`, which fails where it does not. */
describe('public types', () => {
  it('are those of the schemas', () => {
    const same: [
      Same<Static<typeof SampleSchema>, Sample>,
      Same<Static<typeof ImageDescriptionSchema>, ImageDescription>,
    ] = [true, true];
    assert.deepEqual(same, [true, true]);
    assert.deepEqual(validate(ImageDescriptionSchema, IMAGE, 'image'), IMAGE);
    assert.deepEqual(validate(SampleSchema, { id: 'a', raw: IMAGE }, 'sample'), { id: 'a', raw: IMAGE });
  });

  it('refuse what the schemas refuse', () => {
    // @ts-expect-error: a sample has a raw image
    const noRaw: Sample = { id: 'a' };
    // @ts-expect-error: images have five dimensions
    const flat: ImageDescription = { ...IMAGE, shape: [8, 8] };
    // @ts-expect-error: no such pixel type
    const type: ImageDescription = { ...IMAGE, dtype: 'uint7' };
    assert.throws(() => validate(SampleSchema, noRaw, 'sample'), /raw/);
    assert.throws(() => validate(ImageDescriptionSchema, flat, 'image'), /shape/);
    assert.throws(() => validate(ImageDescriptionSchema, type, 'image'), /dtype/);
  });

  it('of settings know their closed lists', () => {
    const settings: Static<typeof PredictSettings>['modelType'] = 'msg';
    // @ts-expect-error: no method of thresholding
    const method: Static<typeof ThresholdNodeSettings>['method'] = 'otso';
    assert.ok(PredictSettings.properties.modelType.enum.includes(settings));
    assert.ok(!ThresholdNodeSettings.properties.method.enum.includes(method));
  });

  it('of jobs pair each input with its result', () => {
    const never = async (host: JobRunner) => {
      // @ts-expect-error: no such job
      await host.run('colour', {});
      // @ts-expect-error: a path is looked at, not an image
      await host.run('inspect-path', { image: IMAGE });
    };
    assert.equal(typeof never, 'function');
  });
});
