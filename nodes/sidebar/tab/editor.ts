import type english from '../locales/en-US/sidebar.json';

/** Keys of a catalogue: the names on the way to each text, joined by dots. */
type Keys<T> = {
  [K in keyof T & string]: T[K] extends string ? K : `${K}.${Keys<T[K]>}`;
}[keyof T & string];

export type TextKey = Keys<typeof english>;

/** Looks up a text of the catalogue in the language of the editor. */
export type Text = (key: TextKey, values?: Record<string, string | number>) => string;

/** A tab as Node-RED 4.1 and 5 take it; `label` is what 4.1 shows, 5 an icon with `name`. */
interface SidebarTab {
  id: string;
  label: string;
  name: string;
  iconClass: string;
  content: HTMLElement;
  enableOnEdit: boolean;
  onchange?(): void;
}

/** A plugin's definition; Node-RED adds the catalogue when it registers it. */
export interface EditorPlugin {
  type: string;
  _?: (key: string, values?: Record<string, string | number>) => string;
  onadd(this: EditorPlugin): void;
}

/** What of Node-RED's editor the tab uses. */
export interface Editor {
  sidebar: { addTab(tab: SidebarTab): void };
}
