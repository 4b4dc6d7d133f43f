import type { NodeAPI } from 'node-red';
import { requireNumber } from '../../src/base/decimal';
import { isRecord } from '../../src/base/is-record';
import { plainJson } from '../../src/base/plain-json';
import { modelRequest } from '../model-reference';
import { imageOf } from '../sample-message';
import { registerSampleNode } from '../sample-node';
import { placeOf } from '../typed-property';
import { ThresholdSettings } from './settings';

export = (RED: NodeAPI): void => {
  registerSampleNode(RED, {
    type: 'segmenter-threshold',
    settings: ThresholdSettings,
    step: async (work, sample) => {
      const { from, method, minSize, fillHoles, label, connectivity } = work.settings;
      const image = imageOf(sample, from);
      const value =
        method === 'value' ? requireNumber(await work.value('value'), placeOf(work.property('value'))) : 0.5;
      const reference = method === 'model' ? work.msg.model : undefined;
      const model = reference === undefined ? null : modelRequest(plainJson(reference, 'msg.model'), 'msg.model');
      const settings = { method, value, minSize, fillHoles, label, connectivity };
      const input = { image, settings, model, raw: sample.raw, id: sample.id };
      const { mask, labels, metrics } = await work.run('threshold', input);
      const warnings = Array.isArray(metrics.warnings) ? (metrics.warnings as unknown[]) : [];
      for (const warning of warnings) work.warnOnce(String(warning));
      const total = isRecord(metrics.objects) ? metrics.objects.total : undefined;
      const counted = typeof total === 'number' ? { key: 'objects', params: { count: total } } : undefined;
      return {
        sample: labels ? { mask, labels } : { mask },
        message: { metrics },
        status: warnings.length > 0 ? { key: 'warned' } : counted,
      };
    },
  });
};
