import { OPEN_PAGE, opensPage } from '../editor/open-page';
import { type EditorPage, isGiven, type SettingNames } from '../editor/page';
import { SOURCE_ROWS, SUFFIX_ROWS } from '../load-image/source-rows';
import type { CurateSettings } from './settings';

export const page: EditorPage<SettingNames<CurateSettings>> = {
  name: 'curate',
  color: '#FDD0A2',
  outputs: 2,
  rows: [
    OPEN_PAGE,
    { name: 'folder', icon: 'folder-open-o', browse: 'made-folders', check: isGiven, reason: 'folder' },
    { name: 'emit', icon: 'share' },
    { name: 'quiet', icon: 'clock-o', reason: 'number0', shownFor: { field: 'emit', values: ['each'] } },
    { section: 'sources', rows: [...SOURCE_ROWS, ...SUFFIX_ROWS] },
    {
      section: 'advanced',
      rows: [
        { name: 'adopt', icon: 'check-square-o' },
        { name: 'seed', icon: 'random', reason: 'whole0' },
        { name: 'paths', icon: 'table' },
      ],
    },
  ],
  opened: opensPage(({ id }) => `segmenter/curate/${id}/`),
};
