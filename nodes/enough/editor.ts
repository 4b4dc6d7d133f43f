import type { EditorPage, SettingNames } from '../editor/page';
import type { EnoughSettings } from './settings';

export const page: EditorPage<SettingNames<EnoughSettings>> = {
  name: 'enough',
  color: '#E2D96E',
  outputs: 2,
  rows: [
    { name: 'counted', icon: 'cubes' },
    { name: 'target', icon: 'flag-checkered', reason: 'whole1' },
    { name: 'run', icon: 'flag-o' },
  ],
};
