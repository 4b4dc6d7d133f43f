import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Node, NodeAPI, NodeMessage, NodeMessageInFlow, NodeStatus } from 'node-red';
import helper from 'node-red-node-test-helper';
import { injectJobAccess, type JobAccess } from '../../nodes/job-host-access';
import { forgetLeftBehind } from '../../nodes/working/left-behind';
import type { ImageDescription } from '../../src/image/description';
import type { Sample } from '../../src/samples/sample';

type NodeFile = (RED: NodeAPI) => void;

/** The nodes' folder in the project, seen from the compiled test. */
export const NODES_FOLDER = path.resolve(__dirname, '../../../nodes');

/** A node under test in a flow with a Catch and a Complete node. */
export interface NodeUnderTest {
  readonly node: Node;
  /** messages of each output */
  readonly sent: NodeMessageInFlow[][];
  /** messages of the Catch node, each with `error` */
  readonly caught: NodeMessageInFlow[];
  readonly completed: NodeMessageInFlow[];
  readonly statuses: NodeStatus[];
  receive(msg: NodeMessage): void;
  /** Deploys again, with other settings or the same; messages sent from then on are collected too. */
  redeploy(config?: object): Promise<void>;
  /** Deploys the flow without the node. */
  remove(): Promise<void>;
  /** Stops the flow as at Node-RED's end. */
  stop(): Promise<void>;
}

export interface FlowOptions {
  file: NodeFile;
  type: string;
  config?: object;
  access: JobAccess;
  outputs?: number;
  /** further nodes in the flow, and their files */
  others?: { files: NodeFile[]; nodes: object[] };
  /** whether a Catch node listens; default: it does */
  catches?: boolean;
  /** a node that the first output is wired to as well */
  to?: string;
}

/** Starts a flow around one node. Its texts come from its real catalogue. End it with {@link stopFlow}. */
export async function startFlow(options: FlowOptions): Promise<NodeUnderTest> {
  const {
    file,
    type,
    config = {},
    access,
    outputs = 1,
    others = { files: [], nodes: [] },
    to,
    catches = true,
  } = options;
  injectJobAccess(access);
  // Without a place Node-RED takes a node for a configuration node.
  const place = { z: 'tab', x: 0, y: 0 };
  const ends = Array.from({ length: outputs }, (_, i) => ({ id: `out${i}`, type: 'helper', ...place }));
  const wires = ends.map(({ id }, i) => (to && i === 0 ? [id, to] : [id]));
  const around = [
    { id: 'tab', type: 'tab', label: 'test' },
    ...others.nodes,
    ...ends,
    { id: 'catching', type: 'catch', d: !catches, ...place, scope: null, wires: [['caught']] },
    { id: 'caught', type: 'helper', ...place },
    { id: 'completing', type: 'complete', ...place, scope: ['node'], wires: [['completed']] },
    { id: 'completed', type: 'helper', ...place },
  ];
  const flowWith = (settings: object) => [...around, { id: 'node', type, ...place, ...settings, wires }];
  const files = [file, ...others.files];
  await helper.load(
    files.map((load, i) => (i === 0 ? withCatalogue(load, type) : load)),
    flowWith(config),
  );
  const sent: NodeMessageInFlow[][] = ends.map(() => []);
  const caught: NodeMessageInFlow[] = [];
  const completed: NodeMessageInFlow[] = [];
  const statuses: NodeStatus[] = [];
  const listen = () => {
    for (const [i, { id }] of ends.entries()) helper.getNode(id).on('input', (msg) => sent[i].push(msg));
    helper.getNode('caught').on('input', (msg) => caught.push(msg));
    helper.getNode('completed').on('input', (msg) => completed.push(msg));
    const node: EventEmitter | null = helper.getNode('node');
    node?.on('call:status', (call: { args: [NodeStatus] }) => statuses.push(call.args[0]));
  };
  listen();
  return {
    get node() {
      return helper.getNode('node');
    },
    sent,
    caught,
    completed,
    statuses,
    receive: (msg) => helper.getNode('node').receive(msg),
    redeploy: async (settings = config) => {
      await helper.setFlows(flowWith(settings), 'full');
      listen();
    },
    remove: async () => {
      await helper.setFlows(around, 'full');
    },
    stop: () => helper.clearFlows(),
  };
}

/** Warnings and errors in the log from now on. */
export function logLines(): () => string[] {
  const before = helper.log().args.length;
  return () =>
    helper
      .log()
      .args.slice(before)
      .filter(([{ level }]) => level <= 30)
      .map(([{ msg }]) => (msg instanceof Error ? msg.message : String(msg)));
}

export async function stopFlow(): Promise<void> {
  await helper.unload();
  forgetLeftBehind();
  injectJobAccess(null);
}

/** Waits until the condition holds. */
export async function until(condition: () => boolean, what = 'the expected state'): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail(`waited 2 s for ${what}`);
}

/** Lets everything that is under way arrive. */
export function settle(ms = 40): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A text of another node of the package, as `@segmenter/node-red-segmenter/segmenter-train:palette.name`. */
const FOREIGN_TEXT = /^@segmenter\/node-red-segmenter\/segmenter-([\w-]+):(.+)$/;

/** The helper's `RED._` gives back the key; the nodes shall show their real texts. */
function withCatalogue(file: NodeFile, type: string): NodeFile {
  const texts = catalogue(type.replace('segmenter-', ''));
  return (RED) => {
    const withTexts = Object.create(RED) as NodeAPI;
    withTexts._ = (key, params = {}) => {
      const [, other, named] = FOREIGN_TEXT.exec(key) ?? [];
      if (other && named) return existsSync(catalogueFile(other)) ? (lookUp(catalogue(other), named) ?? key) : key;
      const text = lookUp(texts, key) ?? lookUp(texts, `${key}_${params.count === 1 ? 'one' : 'other'}`);
      assert.ok(text !== undefined, `${type}: no text ${key}`);
      return text.replaceAll(/__(\w+)__/g, (_, name: string) => {
        assert.ok(name in params, `${type}: ${key} needs ${name}`);
        return String(params[name]);
      });
    };
    file(withTexts);
  };
}

export function catalogue(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(catalogueFile(name), 'utf8')) as Record<string, unknown>;
}

function catalogueFile(name: string): string {
  return path.join(NODES_FOLDER, name, 'locales', 'en-US', `${name}.json`);
}

export function lookUp(texts: unknown, key: string): string | undefined {
  let value: unknown = texts;
  for (const part of key.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return typeof value === 'string' ? value : undefined;
}

/** An image description, [1, 1, 1, 32, 32] where no shape is given. */
export function image(name: string, shape: ImageDescription['shape'] = [1, 1, 1, 32, 32]): ImageDescription {
  return {
    id: name,
    uri: `file:///images/${name}.tiff`,
    format: 'tiff',
    scene: 0,
    level: 0,
    axes: 'TCZYX',
    shape,
    dtype: 'uint16',
    channels: [{ index: 0, name: 'c0' }],
    pixelSize: null,
  };
}

export function sample(id: string, rest: Partial<Sample> = {}): Sample {
  return { id, raw: image(`${id}-raw`), ...rest };
}

/** A sample that failed at an earlier node. */
export function failedSample(id: string, code = 'corrupt-file'): object {
  return { id, failed: { node: 'load', error: { name: 'SegmenterError', code, message: `${id} is broken` } } };
}

/** The error that a Catch node saw. */
export function errorOf(msg: NodeMessageInFlow): { message: string; code?: string } {
  return msg.error as { message: string; code?: string };
}

export function payloadOf<T = Record<string, unknown>>(msg: NodeMessageInFlow): T {
  return msg.payload as T;
}

/** Name and value of the header that a request carries which changes something. */
export async function tokenHeader(): Promise<[string, string]> {
  const { body } = await helper.request().get('/segmenter/token');
  return ['x-segmenter', (body as { token: string }).token];
}
