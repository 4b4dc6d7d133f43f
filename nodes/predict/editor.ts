import { IMAGE_ROLES } from '../../src/samples/image-roles';
import { OPEN_PAGE, opensResults } from '../editor/open-page';
import { type EditorPage, imageRow, isGiven, type SettingNames } from '../editor/page';
import type { PredictSettings } from './settings';

export const page: EditorPage<SettingNames<(typeof PredictSettings)['static']>> = {
  name: 'predict',
  color: '#87A980',
  rows: [
    OPEN_PAGE,
    { name: 'model', icon: 'cube', models: 'known', check: isGiven, reason: 'model' },
    imageRow('from', IMAGE_ROLES),
    { name: 'compute', icon: 'microchip', config: 'segmenter-compute' },
    {
      section: 'advanced',
      rows: [
        { name: 'overlap', icon: 'object-ungroup', reason: 'overlap' },
        { name: 'mirror', icon: 'arrows-h' },
        { name: 'rescale', icon: 'expand' },
        { name: 'force', icon: 'refresh' },
      ],
    },
  ],
  opened: opensResults,
};
