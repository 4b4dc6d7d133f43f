import { OPEN_PAGE, opensResults } from '../editor/open-page';
import type { EditorPage, SettingNames } from '../editor/page';
import type { EvaluateSettings } from './settings';

export const page: EditorPage<SettingNames<(typeof EvaluateSettings)['static']>> = {
  name: 'evaluate',
  color: '#E2D96E',
  outputs: 2,
  rows: [
    OPEN_PAGE,
    { name: 'predicted', icon: 'picture-o', images: ['', 'mask', 'labels', 'seg1', 'seg2'] },
    { name: 'truth', icon: 'check', images: ['', 'target', 'seg1', 'seg2'] },
    { name: 'tolerance', icon: 'arrows-h', reason: 'blankOrPositive' },
    { name: 'report' },
    { name: 'reportFile', icon: 'file-text-o', shownFor: { field: 'report', values: [true] } },
  ],
  opened: opensResults,
};
