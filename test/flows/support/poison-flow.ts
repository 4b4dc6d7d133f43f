import type { FlowNode } from './node-red-process';

/** What is sent into nodes: an expression in a Function node, whose context makes it once. */
const POISONS: Record<string, string> = {
  'a BigInt': '1n',
  'a circle': '(() => { const one = {}; one.self = one; return one; })()',
  'a getter that throws':
    "Object.defineProperty({}, 'trap', { enumerable: true, get: () => { throw new Error('trap'); } })",
  'a proxy that throws':
    "new Proxy({}, { ownKeys: () => { throw new Error('trap'); }, get: () => { throw new Error('trap'); } })",
  'a function': '() => 1',
  'a Map of a million': 'new Map(Array.from({ length: 1e6 }, (_, i) => [i, i]))',
  'a Set of a million': 'new Set(Array.from({ length: 1e6 }, (_, i) => i))',
  'bytes of another kind': 'new Float64Array(4e6)',
  Infinity: 'Infinity',
  'deep nesting': '(() => { let list = []; for (let i = 0; i < 70000; i++) list = [list]; return list; })()',
  '4 million numbers': 'new Array(4e6).fill(0.5)',
  'a Buffer of 150 MB': 'Buffer.alloc(150e6)',
  '100,000 wrong channels': 'Array.from({ length: 33000 }, () => ({ index: -1 }))',
  'a text of 50 million characters': "'x'.repeat(5e7)",
  'a symbol': "Symbol('poison')",
  'a BigInt of nine million digits': '1n << 30000000n',
  'a sparse list': 'new Array(4e9)',
  'an Error with a circle':
    "(() => { const error = new Error('x'.repeat(1e7)); error.cause = error; return error; })()",
  'a toJSON that gives itself': '(() => { const one = { toJSON: () => one }; return one; })()',
  'a Date that says much': "Object.assign(new Date(0), { toJSON: () => 'x'.repeat(5e7) })",
  'what calls itself a Date':
    "new (class { get [Symbol.toStringTag]() { return 'Date'; } toJSON() { return new Array(3e6).fill(0.5); } })()",
  'shared bytes': 'new Uint8Array(new SharedArrayBuffer(150e6))',
  'numbers within lists': '[[new Float64Array(4e6)]]',
  'a name __proto__': `JSON.parse('{"__proto__": {"id": "a"}}')`,
};

const IMAGE = `{ id: 'a', uri: 'file:///a.tiff', format: 'tiff', scene: 0, level: 0, axes: 'TCZYX', shape: [1, 1, 1, 9, 9],
  dtype: 'uint8', channels: [], pixelSize: null }`;

/** Where in a message it is; `p` is the poison. */
const PLACES: Record<string, string> = {
  payload: '{ payload: p }',
  'payload.id': '{ payload: { id: p } }',
  'payload.path': '{ payload: { path: p } }',
  'payload.raw': "{ payload: { id: 'a', raw: p } }",
  'payload.raw.channels': `{ payload: { id: 'a', raw: { ...${IMAGE}, channels: p } } }`,
  'payload.source': `{ payload: { id: 'a', raw: ${IMAGE}, source: p } }`,
  'payload.mergeMask': `{ payload: { id: 'a', raw: ${IMAGE}, seg1: ${IMAGE}, seg2: ${IMAGE}, mergeMask: p, excludeMask: p } }`,
  'payload.failed': "{ payload: { id: 'a', failed: p } }",
  'payload.failed.error': "{ payload: { id: 'a', failed: { node: 'x', error: p } } }",
  filename: "{ payload: '', filename: p }",
  parts: `{ payload: { id: 'a', raw: ${IMAGE} }, parts: p }`,
  'parts.parts': `{ payload: { id: 'a', raw: ${IMAGE} }, parts: { id: 'q', index: 0, count: 9, parts: p } }`,
  model: `{ payload: { id: 'a', raw: ${IMAGE}, probability: ${IMAGE} }, model: p }`,
  complete: '{ payload: 1, complete: p }',
  reset: `{ payload: { id: 'a', raw: ${IMAGE} }, reset: p }`,
  cancel: '{ payload: 1, cancel: p }',
  error: `{ payload: { id: 'a', raw: ${IMAGE} }, error: p, metrics: p, topic: p }`,
  'payload.patches': `{ payload: { id: 'a', raw: ${IMAGE}, seg1: ${IMAGE}, patches: p, saved: p, split: p, weight: p } }`,
  'another property': "{ payload: { id: 'a' }, other: p }",
};

export const POISON_NAMES = Object.keys(POISONS);
export const PLACE_COUNT = Object.keys(PLACES).length;

const place = { z: 'poison', x: 0, y: 0 };

/** Settings without which a node refuses all. */
const SETTINGS: Record<string, object> = {
  'segmenter-train': { model: 'poisoned', modelType: 'str' },
  'segmenter-merge-masks': { regions: 'payload.mergeMask', regionsType: 'msg' },
  'segmenter-exclude-regions': { regions: 'payload.excludeMask', regionsType: 'msg' },
  'segmenter-predict': { model: 'model', modelType: 'msg' },
};

/**
 * A flow in which POST /poison?kind=...&to=... sends one kind of poison, at each place of a message, to one node. All errors go
 * to a Catch node, for which Node-RED clones the message.
 * @param settings more of the nodes', by their type
 */
export function poisonFlow(types: readonly string[], settings: Record<string, object>): FlowNode[] {
  const made = Object.entries(POISONS).map(([kind, code]) => `${JSON.stringify(kind)}: () => (${code})`);
  const placed = Object.values(PLACES).map((code) => `(p) => (${code})`);
  const func = `globalThis.made ??= {};
    const kinds = { ${made.join(',\n')} };
    const { kind, to } = msg.req.query;
    const p = globalThis.made[kind] ??= kinds[kind]();
    for (const put of [${placed.join(',\n')}]) {
      const out = [];
      out[Number(to)] = put(p);
      // Each in a turn of its own, as messages come.
      await new Promise((resolve) => setTimeout(resolve));
      node.send(out, false);
    }
    const answer = new Array(${types.length}).fill(null);
    msg.payload = 'sent';
    return [...answer, msg];`;
  const nodes = types.map((type) => ({
    id: type,
    type,
    ...place,
    ...SETTINGS[type],
    ...settings[type],
    wires: [[`${type}-out`], [`${type}-out`]],
  }));
  return [
    { id: 'poison', type: 'tab', label: 'poison' },
    { id: 'asked', type: 'http in', ...place, url: '/poison', method: 'post', wires: [['send']] },
    {
      id: 'send',
      type: 'function',
      ...place,
      func,
      outputs: types.length + 1,
      wires: [...types.map((type) => [type]), ['answer']],
    },
    { id: 'answer', type: 'http response', ...place, wires: [] },
    ...nodes,
    ...types.map((type) => ({ id: `${type}-out`, type: 'junction', ...place, wires: [] })),
    { id: 'caught', type: 'catch', ...place, scope: null, uncaught: false, wires: [['heard']] },
    { id: 'heard', type: 'function', ...place, func: 'return null;', outputs: 1, wires: [[]] },
  ] as FlowNode[];
}
