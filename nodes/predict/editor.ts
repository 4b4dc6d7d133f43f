import { IMAGE_ROLES } from '../../src/samples/image-roles';
import { type EditorPage, imageRow, isGiven, type SettingNames } from '../editor/page';
import type { PredictSettings } from './settings';

export const page: EditorPage<SettingNames<(typeof PredictSettings)['static']>> = {
  name: 'predict',
  color: '#87A980',
  rows: [
    { name: 'model', icon: 'cube', check: isGiven, reason: 'model' },
    imageRow('from', IMAGE_ROLES),
    { name: 'compute', icon: 'microchip', config: 'segmenter-compute' },
    {
      section: 'advanced',
      rows: [
        { name: 'overlap', icon: 'object-ungroup', reason: 'overlap' },
        { name: 'mirror', icon: 'arrows-h' },
        { name: 'rescale', icon: 'expand' },
      ],
    },
  ],
};
