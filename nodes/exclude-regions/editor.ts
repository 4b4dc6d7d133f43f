import type { EditorPage, SettingNames } from '../editor/page';
import type { ExcludeRegionsSettings } from './settings';

export const page: EditorPage<SettingNames<(typeof ExcludeRegionsSettings)['static']>> = {
  name: 'exclude-regions',
  color: '#FDD0A2',
  rows: [
    { name: 'regions', icon: 'ban' },
    { name: 'counts', icon: 'adjust' },
  ],
};
