import type { EditorPage, SettingNames } from '../editor/page';
import type { MergeMasksSettings } from './settings';

export const page: EditorPage<SettingNames<(typeof MergeMasksSettings)['static']>> = {
  name: 'merge-masks',
  color: '#FDD0A2',
  rows: [
    { name: 'base', icon: 'object-group' },
    { name: 'regions', icon: 'clone' },
  ],
};
