import type english from '../locales/en-US/preview.json';

export type TextKey = `canvas.${keyof (typeof english)['canvas']}`;

/** A preview node as the editor holds it; `w` and `h` are its size on the canvas. */
export interface PreviewNode {
  id: string;
  type: string;
  z: string;
  h: number;
  shown?: boolean;
  width?: number | string;
  /** disabled */
  d?: boolean;
  status?: object;
  dirty?: boolean;
  _(key: TextKey, values?: Record<string, string | number>): string;
}

/** A node whose group is drawn: `el` is a `<g>` that moves with it. */
export interface Drawn {
  node: PreviewNode;
  el: SVGGElement;
}

/** What of jQuery's requests is used: they carry the login of the editor. */
type Ask = <T>(options: {
  url: string;
  method: string;
  headers?: Record<string, string>;
  data?: string;
  xhrFields?: { responseType: 'blob' };
}) => {
  then(use: (answer: T, how: string, response: { getResponseHeader(name: string): string | null }) => void): {
    catch(use: (failed: { status: number }) => void): void;
  };
};

/** What of Node-RED's editor is used, of 4.1 and 5 alike. */
export interface Editor {
  hooks: { add(name: string, listener: (event: Drawn) => void): void };
  events: { on(name: string, listener: () => void): void };
  comms: {
    subscribe(topic: string, listener: (topic: string, message: { node: string; version: number }) => void): void;
  };
  workspaces: { active(): string };
  nodes: { filterNodes(filter: { type: string; z: string }): PreviewNode[] };
}

export interface Query {
  ajax: Ask;
}
