import { IMAGE_ROLES } from '../../src/samples/image-roles';
import { type EditorPage, imageRow, type SettingNames } from '../editor/page';
import type { PseudoLabelSettings } from './settings';

export const page: EditorPage<SettingNames<(typeof PseudoLabelSettings)['static']>> = {
  name: 'pseudo-label',
  color: '#D8BFD8',
  rows: [
    imageRow('from', IMAGE_ROLES),
    { name: 'model', icon: 'cube', models: 'known' },
    { name: 'low', icon: 'angle-down', reason: 'blankOrProbability' },
    { name: 'high', icon: 'angle-up', reason: 'blankOrProbability' },
  ],
};
