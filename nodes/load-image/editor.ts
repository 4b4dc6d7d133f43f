import { type EditorPage, icon } from '../editor/page';
import { lookInto } from './contents-list';
import type { LoadImageSettings } from './settings';
import { SOURCE_ROWS, SUFFIX_ROWS } from './source-rows';

const LOOK_INTO = `<button type="button" id="segmenter-look-into" class="red-ui-button" data-i18n="[title]hint.lookInto">${icon('search')}</button>`;

const [raw, ...others] = SOURCE_ROWS;

export const page: EditorPage<keyof LoadImageSettings> = {
  name: 'load-image',
  color: '#C0DEED',
  rows: [
    { ...raw, after: LOOK_INTO },
    { html: '<div id="segmenter-contents" class="segmenter-answer segmenter-contents" role="status"></div>' },
    ...others,
    {
      section: 'advanced',
      rows: [
        ...SUFFIX_ROWS,
        { name: 'idsFrom', icon: 'sitemap', browse: 'folders' },
        { name: 'settle', icon: 'hourglass-half', reason: 'blankOrWhole0' },
      ],
    },
  ],
  opened: (node, browser) => {
    browser.$('#segmenter-look-into').on('click', () => lookInto(node, browser));
  },
};
