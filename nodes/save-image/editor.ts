import { IMAGE_ROLES } from '../../src/samples/image-roles';
import { OPEN_PAGE, opensResults } from '../editor/open-page';
import { type EditorPage, imageRow, isGiven, type SettingNames } from '../editor/page';
import type { SaveImageSettings } from './settings';

export const page: EditorPage<SettingNames<(typeof SaveImageSettings)['static']>> = {
  name: 'save-image',
  color: '#C0DEED',
  rows: [
    OPEN_PAGE,
    imageRow('image', IMAGE_ROLES),
    { name: 'place', icon: 'object-group', shownFor: { field: 'image', values: ['labels'] } },
    { name: 'folder', icon: 'folder-o', browse: 'made-folders', check: isGiven, reason: 'folder' },
    { name: 'filename', icon: 'file-o' },
    { name: 'format', icon: 'file-image-o' },
    { name: 'existing', icon: 'files-o' },
    { name: 'objects', icon: 'list-ol', shownFor: { field: 'image', values: ['labels'] } },
    {
      name: 'objectClass',
      icon: 'tag',
      shownFor: { field: 'objects', values: ['outlines', 'both', 'all'] },
    },
    { name: 'provenance' },
    { name: 'png' },
    {
      name: 'pngTo',
      icon: 'share',
      check: isGiven,
      reason: 'given',
      shownFor: { field: 'png', values: [true] },
    },
    {
      section: 'advanced',
      rows: [
        { name: 'compression', icon: 'compress' },
        { name: 'layout', icon: 'th' },
        { name: 'force', icon: 'refresh' },
      ],
    },
  ],
  opened: opensResults,
};
