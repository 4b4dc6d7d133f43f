import type { NodeAPI } from 'node-red';
import { requireNumber } from '../../src/base/numbers';
import { expectationsOf } from '../expectations';
import { imageOf } from '../sample-message';
import { registerSampleNode } from '../sample-node';
import { modelRequest, placeOf } from '../typed-property';
import { ThresholdNodeSettings } from './settings';

export = (RED: NodeAPI): void => {
  registerSampleNode(RED, {
    type: 'segmenter-threshold',
    settings: ThresholdNodeSettings,
    step: async (work, sample) => {
      const { from, method, minSize, fillHoles, label, connectivity, touching, track } = work.settings;
      const image = imageOf(sample, from);
      const value =
        method === 'value' ? requireNumber(await work.value('value'), placeOf(work.property('value'))) : 0.5;
      const reference = method === 'model' ? await work.value('model') : undefined;
      const model = reference === undefined ? null : modelRequest(reference, placeOf(work.property('model')));
      const settings = { method, value, minSize, fillHoles, label, connectivity, touching, track };
      const input = { image, settings, model, raw: sample.raw, id: sample.id, known: work.known };
      const { mask, labels, metrics, key } = await work.run('threshold', input);
      const { warnings = [] } = metrics;
      for (const warning of warnings) work.warnOnce(warning);
      return {
        made: {
          job: 'threshold',
          from,
          makes: labels ? ['mask', 'labels'] : ['mask'],
          input: { settings, model },
          ...{ key, known: metrics.known },
        },
        sample: labels ? { mask, labels } : { mask },
        message: { metrics: { ...expectationsOf(work.msg, method === 'model'), ...metrics } },
        isKnown: metrics.known !== undefined,
        warned: warnings.length > 0,
        status: { key: 'objects', params: { count: metrics.objects.total } },
      };
    },
  });
};
