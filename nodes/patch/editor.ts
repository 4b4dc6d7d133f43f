import type { EditorPage, SettingNames } from '../editor/page';
import type { PatchSettings } from './settings';

export const page: EditorPage<SettingNames<(typeof PatchSettings)['static']>> = {
  name: 'patch',
  color: '#FDD0A2',
  rows: [
    { name: 'sizeZ', icon: 'arrows-v', reason: 'multipleOf4' },
    { name: 'sizeY', icon: 'arrows-v', reason: 'multipleOf4' },
    { name: 'sizeX', icon: 'arrows-h', reason: 'multipleOf4' },
    { name: 'sampling', icon: 'crosshairs' },
    {
      name: 'perImage',
      icon: 'clone',
      reason: 'whole1',
      shownFor: { field: 'sampling', values: ['balanced', 'random'] },
    },
    { name: 'overlap', icon: 'object-ungroup', reason: 'fraction', shownFor: { field: 'sampling', values: ['grid'] } },
    { name: 'emit', icon: 'share' },
    { section: 'advanced', rows: [{ name: 'seed', icon: 'random', reason: 'whole0' }] },
  ],
};
