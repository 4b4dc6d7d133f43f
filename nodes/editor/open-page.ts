import type { EditedNode } from './browser';
import { type EditorPage, icon, type Special } from './page';

/** A button that opens a page of this package in a new tab; the node's catalogue says which. */
export const OPEN_PAGE: Special = {
  html: `<div class="form-row segmenter-row">
  <button type="button" id="segmenter-open-page" class="red-ui-button segmenter-below-fields" data-i18n="[title]hint.openPage">${icon('external-link')} <span data-i18n="label.openPage"></span></button>
</div>`,
};

/** Has the button open an address, relative to the editor, wherever a proxy serves it. */
export function opensPage(address: (node: EditedNode) => string): NonNullable<EditorPage['opened']> {
  return (node, { $, open }) => {
    $('#segmenter-open-page').on('click', () => open(address(node)));
  };
}

/** The results page at what passed a node last. */
export const opensResults = opensPage(({ id }) => `segmenter/results/?node=${encodeURIComponent(id)}`);
