import type { NodeAPI } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { percent } from '../../src/base/numbers';
import type { Sample } from '../../src/samples/sample';
import { imageOf } from '../sample-message';
import { registerSampleNode } from '../sample-node';
import { modelRequest, placeOf } from '../typed-property';
import { PseudoLabelSettings } from './settings';

export = (RED: NodeAPI): void => {
  registerSampleNode(RED, {
    type: 'segmenter-pseudo-label',
    settings: PseudoLabelSettings,
    step: async (work, sample) => {
      const { from, low, high } = work.settings;
      refuseLabelled(sample);
      const image = imageOf(sample, from);
      const reference = await work.value('model');
      const model = reference === undefined ? null : modelRequest(reference, placeOf(work.property('model')));
      const { target, metrics } = await work.run('pseudo-label', { image, model, low, high, id: sample.id });
      for (const warning of metrics.warnings ?? []) work.warnOnce(warning);
      return {
        sample: { target, origin: 'predicted' },
        message: { metrics },
        status: { key: 'sure', params: { share: percent(metrics.known) } },
      };
    },
  });
};

/** What people say of an image is worth more than what a model does. */
function refuseLabelled({ seg1, target, origin }: Sample): void {
  if (origin === 'predicted' || (!seg1 && !target)) return;
  const label = target ? 'target' : 'seg1';
  throw new InvalidInputError(`msg.payload.${label}`, 'an image that nobody has labelled', label);
}
