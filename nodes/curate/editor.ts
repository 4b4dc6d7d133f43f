import { type EditorPage, icon, isGiven, type SettingNames } from '../editor/page';
import { SOURCE_ROWS, SUFFIX_ROWS } from '../load-image/source-rows';
import type { CurateSettings } from './settings';

const OPEN_PAGE = `<div class="form-row segmenter-row">
  <button type="button" id="segmenter-open-page" class="red-ui-button segmenter-below-fields" data-i18n="[title]hint.openPage">${icon('external-link')} <span data-i18n="label.openPage"></span></button>
</div>`;

export const page: EditorPage<SettingNames<CurateSettings>> = {
  name: 'curate',
  color: '#FDD0A2',
  outputs: 2,
  rows: [
    { html: OPEN_PAGE },
    { name: 'folder', icon: 'folder-open-o', check: isGiven, reason: 'folder' },
    { name: 'emit', icon: 'share' },
    { name: 'quiet', icon: 'clock-o', reason: 'number0' },
    { name: 'seed', icon: 'random', reason: 'whole0' },
    { name: 'paths', icon: 'table' },
    { name: 'adopt', icon: 'check-square-o' },
    { section: 'sources', rows: [...SOURCE_ROWS, ...SUFFIX_ROWS] },
  ],
  opened: (node, { $, open }) => {
    // Relative to the editor, wherever a proxy serves it.
    $('#segmenter-open-page').on('click', () => open(`segmenter/curate/${node.id}/`));
  },
};
