import type { Editor, EditorPlugin, Text } from './editor';

const TAB = 'segmenter';

/** The plugin's half in the editor: a tab of the sidebar. */
export function plugin(RED: Editor): EditorPlugin {
  return {
    type: 'segmenter-sidebar',
    onadd() {
      const text: Text = (key, values) => this._?.(key, values) ?? key;
      const content = document.createElement('div');
      content.className = 'segmenter-tab';
      RED.sidebar.addTab({
        id: TAB,
        label: text('tab.label'),
        name: text('tab.name'),
        iconClass: 'fa fa-object-group',
        content,
        enableOnEdit: true,
      });
    },
  };
}
