import { type EditorPage, isGiven, type SettingNames } from '../editor/page';
import type { WatchSettings } from './settings';

export const page: EditorPage<SettingNames<WatchSettings>> = {
  name: 'watch',
  color: '#C0DEED',
  rows: [
    { name: 'folder', icon: 'folder-open-o', browse: 'folders', check: isGiven, reason: 'folder' },
    { name: 'existing', icon: 'history' },
    { name: 'answer', icon: 'reply' },
    { name: 'most', icon: 'tasks', reason: 'whole1', shownFor: { field: 'answer', values: ['returned'] } },
    {
      section: 'complete',
      rows: [
        { name: 'doneFile', icon: 'flag-checkered' },
        { name: 'quiet', icon: 'clock-o', reason: 'number0' },
        { name: 'patience', icon: 'hourglass-half', reason: 'number0' },
        { name: 'interval', icon: 'refresh', reason: 'interval' },
      ],
    },
  ],
};
