import { OPEN_PAGE, opensResults } from '../editor/open-page';
import { type EditorPage, isGiven, type SettingNames } from '../editor/page';
import type { CompareModelsSettings } from './settings';

export const page: EditorPage<SettingNames<CompareModelsSettings>> = {
  name: 'compare-models',
  color: '#E2D96E',
  outputs: 2,
  rows: [
    OPEN_PAGE,
    { name: 'model', icon: 'cube', models: 'known', check: isGiven, reason: 'given' },
    { name: 'challenger', icon: 'cubes', models: 'known' },
    { name: 'truth', icon: 'check', images: ['', 'target', 'seg1', 'seg2'] },
    { name: 'takesOver' },
    { name: 'fewestFiles', icon: 'files-o', reason: 'whole2' },
    { name: 'compute', icon: 'microchip', config: 'segmenter-compute' },
  ],
  opened: opensResults,
};
