import type { NodeAPI } from 'node-red';
import { imageOf, imagesOf } from '../sample-message';
import { registerSampleNode } from '../sample-node';
import { MergeMasksSettings } from './settings';

export = (RED: NodeAPI): void => {
  registerSampleNode(RED, {
    type: 'segmenter-merge-masks',
    settings: MergeMasksSettings,
    step: async (work, sample) => {
      const base = work.settings.base || sample.base || 'seg1';
      const regions = (await work.value('regions')) ?? null;
      imageOf(sample, base);
      if (regions !== null) imageOf(sample, base === 'seg1' ? 'seg2' : 'seg1');
      const target = await work.run('merge-masks', { sample: imagesOf(sample), base, regions });
      for (const note of target.notes ?? []) work.warn(note);
      return { sample: { target } };
    },
  });
};
