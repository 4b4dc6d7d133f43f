import { readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { catalogue, lookUp, NODES_FOLDER } from './run-node';

/** Where the build puts the pages: beside the nodes' compiled files. */
const BUILT = path.resolve(__dirname, '../../nodes');

interface PropertyDefinition {
  value: unknown;
  type?: string;
  required?: boolean;
  validate?: (this: object, value: unknown, options: object) => unknown;
}

/** What a page hands to `RED.nodes.registerType`. */
export interface NodeDefinition {
  category: string;
  color?: string;
  inputs?: number;
  outputs?: number;
  icon?: string;
  defaults: Record<string, PropertyDefinition>;
  paletteLabel: () => string;
  label: () => string;
  outputLabels?: (index: number) => string;
  oneditprepare?: () => void;
  oneditcancel?: () => void;
}

/** A node's page in the editor, read as the editor reads it. */
export interface EditorPage {
  type: string;
  script: string;
  template: string;
  definition: NodeDefinition;
  /** properties and texts of a node with its defaults, as validators see it */
  node: Record<string, unknown>;
  /** options of each typed input, by the property's name */
  typedInputs: Map<string, { types: Array<string | { value: string }>; typeField: string; default: string }>;
}

/** @param jQuery what the page gets as `$`; default: one that does nothing */
export function readPage(name: string, jQuery?: (selector: string) => object): EditorPage {
  const html = readFileSync(path.join(BUILT, name, `${name}.html`), 'utf8');
  const script = section(html, /<script type="text\/javascript">([\s\S]*?)<\/script>/, name);
  const template = section(html, /<script type="text\/html" data-template-name="[^"]+">([\s\S]*?)<\/script>/, name);
  const typedInputs: EditorPage['typedInputs'] = new Map();
  const registered: Array<[string, NodeDefinition]> = [];
  const RED = {
    nodes: {
      registerType: (type: string, definition: NodeDefinition) => registered.push([type, definition]),
      eachConfig: () => undefined,
    },
    hooks: { add: () => undefined },
    popover: { tooltip: () => undefined },
  };
  const run = vm.runInThisContext(`(RED, $) => {${script}}`) as (
    red: object,
    jQuery: (selector: string) => object,
  ) => void;
  run(
    { ...RED, _: (key: string) => key },
    jQuery ?? Object.assign((selector: string) => query(selector, typedInputs), SILENT),
  );
  const [type, definition] = registered[0];
  const texts = catalogue(name);
  const values = Object.entries(definition.defaults).map(([property, { value }]) => [property, value]);
  const text = (key: string, params: Record<string, unknown> = {}) =>
    (lookUp(texts, key) ?? `missing ${key}`).replaceAll(/__(\w+)__/g, (_, param: string) => String(params[param]));
  const node = { ...Object.fromEntries(values), _: text };
  definition.oneditprepare?.call(node);
  return { type, script, template, definition, node, typedInputs };
}

/** A server that does not answer. */
const SILENT: { getJSON(): object } = {
  getJSON: () => ({ done: () => SILENT.getJSON(), fail: () => SILENT.getJSON() }),
};

export function helpOf(name: string): string {
  return readFileSync(path.join(NODES_FOLDER, name, 'locales', 'en-US', `${name}.html`), 'utf8');
}

function section(html: string, pattern: RegExp, name: string): string {
  const found = pattern.exec(html);
  if (!found) throw new Error(`${name}.html: no ${pattern.source}`);
  return found[1];
}

/** As much of jQuery as the pages use, without a page: every call gives the same query again. */
function query(selector: unknown, typedInputs: EditorPage['typedInputs']): object {
  const property = String(selector).replace(/^#node-(config-)?input-/, '');
  const self: object = new Proxy(
    {},
    {
      get:
        (_, method) => (options: { types: Array<string | { value: string }>; typeField: string; default: string }) => {
          if (method === 'typedInput') typedInputs.set(property, options);
          return self;
        },
    },
  );
  return self;
}
