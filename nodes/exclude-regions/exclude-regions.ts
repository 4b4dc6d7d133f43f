import type { NodeAPI } from 'node-red';
import { imagesOf } from '../sample-message';
import { registerSampleNode } from '../sample-node';
import { ExcludeRegionsSettings } from './settings';

export = (RED: NodeAPI): void => {
  registerSampleNode(RED, {
    type: 'segmenter-exclude-regions',
    settings: ExcludeRegionsSettings,
    step: async (work, sample) => {
      const regions = await work.value('regions');
      // A sample without a weight counts everywhere, so nothing need be written.
      if (regions === undefined) return { status: { key: 'noRegions' } };
      const weight = await work.run('exclude-regions', {
        sample: imagesOf(sample),
        regions,
        counts: work.settings.counts,
      });
      for (const note of weight.notes ?? []) work.warn(note);
      return { sample: { weight } };
    },
  });
};
