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
}

/** A plugin's definition; Node-RED adds the catalogue when it registers it. */
export interface EditorPlugin {
  type: string;
  _?: (key: string, values?: Record<string, string | number>) => string;
  onadd(this: EditorPlugin): void;
}

/** A node of the flows in the editor. */
export interface EditorNode {
  id: string;
  type: string;
  name?: string;
  z?: string;
}

interface Failed {
  responseJSON?: { message?: string };
  status: number;
}

interface Ajax {
  url: string;
  method?: string;
  headers?: Record<string, string>;
  contentType?: string;
  data?: string | Blob;
  processData?: boolean;
  dataType?: string;
  converters?: Record<string, unknown>;
  xhrFields?: Record<string, unknown>;
}

/** What of Node-RED's editor the tab uses. */
export interface Editor {
  /** looks up a text by its catalogue and key in the reader's language */
  _(key: string): string;
  sidebar: { addTab(tab: SidebarTab): void };
  nodes: {
    node(id: string): EditorNode | null;
    workspace(id: string): { label: string } | null;
    eachNode(visit: (node: EditorNode) => void): void;
  };
  view: { reveal(id: string): void };
  utils: { getNodeLabel(node: EditorNode, otherwise?: string): string };
  events: { on(event: string, listener: () => void): void };
}

/** jQuery as Node-RED sets it up: it adds the login to addresses that are relative. */
export interface JQuery {
  ajax(options: Ajax): {
    done(use: (answer: unknown, status: string, request: { getResponseHeader(name: string): string | null }) => void): {
      fail(use: (answer: Failed) => void): void;
    };
  };
}

/** A node's label as the editor shows it; where the editor does not know the node, what the server says of it. */
export function labelOf({ nodes, utils }: Editor, { id, type, name }: EditorNode): string {
  const node = nodes.node(id);
  return node ? utils.getNodeLabel(node, type) : name || type || id;
}
