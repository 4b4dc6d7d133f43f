import type { Editor, EditorPlugin, JQuery, Text } from './editor';
import { SegmentationTab } from './tab';

/** The plugin's half in the editor: a tab of the sidebar. */
export function plugin(RED: Editor, $: JQuery): EditorPlugin {
  return {
    type: 'segmenter-sidebar',
    onadd() {
      const text: Text = (key, values) => this._?.(key, values) ?? key;
      const tab = new SegmentationTab(RED, $, text);
      RED.sidebar.addTab({
        id: 'segmenter',
        label: text('tab.label'),
        name: text('tab.name'),
        iconClass: 'fa fa-object-group',
        content: tab.element,
        enableOnEdit: true,
      });
      tab.start();
    },
  };
}
