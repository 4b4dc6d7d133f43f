import type { NodeAPI } from 'node-red';
import { imageOf } from '../sample-message';
import { registerSampleNode } from '../sample-node';
import { modelRequest, NoModelError, placeOf } from '../typed-property';
import { PredictSettings } from './settings';

export = (RED: NodeAPI): void => {
  registerSampleNode(RED, {
    type: 'segmenter-predict',
    settings: PredictSettings,
    isResult: true,
    step: async (work, sample) => {
      const { from, overlap, mirror, rescale } = work.settings;
      const { compute, known } = work;
      const image = imageOf(sample, from);
      const wanted = await work.value('model');
      if (wanted === undefined) throw new NoModelError(work.property('model'));
      const request = modelRequest(wanted, placeOf(work.property('model')));
      const result = await work.run('predict', { image, model: request, overlap, mirror, rescale, compute, known });
      const { probability, model, metrics, key } = result;
      for (const warning of metrics.warnings) work.warnOnce(warning);
      const { engine, device, threads, seconds } = metrics;
      return {
        made: {
          job: 'predict',
          from,
          makes: ['probability'],
          input: { model, overlap, mirror, rescale, compute },
          computed: { engine, device, threads, seconds },
          ...{ key, known: metrics.known },
        },
        sample: { probability },
        message: { model, metrics },
        isKnown: metrics.known !== undefined,
        warned: metrics.warnings.length > 0,
      };
    },
  });
};
