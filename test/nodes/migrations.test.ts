import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Type } from '#typebox';
import type { Browser, EditedNode } from '../../nodes/editor/browser';
import { definitionOf } from '../../nodes/editor/definition';
import type { EditorPage } from '../../nodes/editor/page';
import { NODE_PAGES } from '../../nodes/editor/pages';
import { currentVersion, formerNames, type Migrations, migrate } from '../../nodes/migrations';
import { readSettings, TEXT_TYPES, typed } from '../../nodes/node-settings';
import { readPage } from './editor-page';
import { NODES_FOLDER } from './run-node';

/** A node type whose `from` became `image`, and later `size` became `side` and `image` a typed input `picture`. */
const TYPE = 'segmenter-invented';
const INVENTED: Migrations = {
  [TYPE]: [{ renamed: { from: 'image' } }, { renamed: { image: 'picture', imageType: 'pictureType', size: 'side' } }],
};
const SCHEMA = Type.Object({
  ...typed('picture', TEXT_TYPES, 'str', 'raw'),
  side: Type.Integer({ minimum: 1, default: 64 }),
});

const EXAMPLES = path.join(NODES_FOLDER, '..', 'examples', 'flows');
interface FlowNode {
  id: string;
  type: string;
  [property: string]: unknown;
}
const exampleNodes = readdirSync(EXAMPLES)
  .flatMap((file) => JSON.parse(readFileSync(path.join(EXAMPLES, file), 'utf8')) as FlowNode[])
  .filter(({ type }) => type.startsWith('segmenter-'));

describe('versions of configurations', () => {
  it('an old one gets the names of today, from wherever it begins', () => {
    const expected = { id: 'a', picture: 'mask', side: 32, version: 3 };
    assert.deepEqual(migrate(TYPE, { id: 'a', from: 'mask', size: 32 }, INVENTED), expected);
    assert.deepEqual(migrate(TYPE, { id: 'a', from: 'mask', size: 32, version: 1 }, INVENTED), expected);
    assert.deepEqual(migrate(TYPE, { id: 'a', image: 'mask', size: 32, version: '2' }, INVENTED), expected);
    assert.deepEqual(migrate(TYPE, expected, INVENTED), expected);
    assert.deepEqual([currentVersion(TYPE, INVENTED), currentVersion('segmenter-other', INVENTED)], [3, 1]);
  });

  it('what is renamed takes the place of a leftover, and names may change places', () => {
    assert.deepEqual(migrate(TYPE, { from: 'mask', image: 'left over' }, INVENTED), { picture: 'mask', version: 3 });
    assert.deepEqual(migrate(TYPE, { image: 'kept' }, INVENTED), { picture: 'kept', version: 3 });
    const swapped = { [TYPE]: [{ renamed: { a: 'b', b: 'a' } }] };
    assert.deepEqual(migrate(TYPE, { a: 1, b: 2 }, swapped), { b: 1, a: 2, version: 2 });
  });

  it('a version that is none, or a later one, is refused', () => {
    assert.throws(() => migrate(TYPE, { version: 4 }, INVENTED), {
      code: 'invalid-input',
      message: `${TYPE}.version: expected a whole number from 1 to 3, got 4: the flow was saved by a later version of this package`,
    });
    for (const version of [0, 1.5, 'new', null]) {
      assert.throws(() => migrate(TYPE, { version }, INVENTED), { code: 'invalid-input', message: /from 1 to 3, got/ });
    }
  });

  it('a node reads its settings whatever their version', () => {
    const expected = { picture: 'payload', pictureType: 'msg', side: 32 };
    const old = { image: 'payload', imageType: 'msg', size: '32', version: 2 };
    assert.deepEqual(readSettings(SCHEMA, old, TYPE, INVENTED), expected);
    assert.deepEqual(readSettings(SCHEMA, { ...expected, version: 3 }, TYPE, INVENTED), expected);
    assert.throws(() => readSettings(SCHEMA, { size: '0' }, TYPE, INVENTED), /segmenter-invented\.side: must be >= 1/);
  });

  describe('in the editor', () => {
    const page: EditorPage = {
      name: 'invented',
      color: '#FFFFFF',
      rows: [{ name: 'picture' }, { name: 'side', reason: 'whole1' }],
    };
    const open = () => {
      const listeners: Array<(node: EditedNode) => void> = [];
      const browser = {
        onNode: (listener: (node: EditedNode) => void) => listeners.push(listener),
      } as unknown as Browser;
      const { defaults } = definitionOf(page, SCHEMA.properties, browser, INVENTED);
      const add = (node: Record<string, unknown>) => {
        const added = { id: 'n', type: TYPE, _: (key: string) => key, ...node } as EditedNode;
        for (const listener of listeners) listener(added);
        const { _, id, type, ...rest } = added;
        return rest;
      };
      return { defaults, add, listeners };
    };

    it('former names are kept for old flows until a node comes in, which then has those of today', () => {
      const { defaults, add } = open();
      assert.deepEqual(formerNames(TYPE, INVENTED), ['from', 'image', 'imageType', 'size']);
      assert.deepEqual(Object.keys(defaults).sort(), [
        ...['from', 'image', 'imageType', 'name', 'picture', 'pictureType', 'side', 'size', 'version'],
      ]);
      assert.equal(defaults.version.value, 3);
      assert.deepEqual(add({ from: 'mask', size: 32, name: 'mine' }), {
        picture: 'mask',
        side: 32,
        version: 3,
        name: 'mine',
      });
    });

    it('a node of a flow that is locked, where nothing can be set, stays whole', () => {
      const { listeners } = open();
      const refuse = () => {
        throw new Error('locked');
      };
      const node: EditedNode = { id: 'n', type: TYPE, from: 'mask', _: (key) => key };
      const locked = new Proxy(node, { set: refuse });
      assert.throws(() => listeners[0](locked), /locked/);
      assert.equal(locked.from, 'mask');
      assert.equal(readSettings(SCHEMA, locked, TYPE, INVENTED).picture, 'mask');
    });

    it('nodes of today, of later versions and of other types are left alone', () => {
      const { add } = open();
      for (const node of [
        { picture: 'a', version: 3 },
        { from: 'a', version: 4 },
        { from: 'a', type: 'other' },
      ]) {
        const { type: _, ...expected } = node as Record<string, unknown>;
        assert.deepEqual(add(node), expected);
      }
    });
  });
});

describe('flows of before there were versions', () => {
  it('are among the examples, with nodes of every type', () => {
    const types = new Set(exampleNodes.map(({ type }) => type));
    assert.ok(exampleNodes.length > 50, `only ${exampleNodes.length} nodes`);
    assert.equal(types.size, NODE_PAGES.length);
    assert.ok(exampleNodes.every((node) => node.version === undefined));
  });

  for (const { page, settings } of NODE_PAGES) {
    const type = `segmenter-${page.name}`;
    const nodes = exampleNodes.filter((node) => node.type === type);
    if (nodes.length === 0) continue;

    it(`open unchanged: ${page.name}`, () => {
      const { defaults } = readPage(page.name).definition;
      const text = (key: string) => key;
      for (const node of nodes) {
        assert.deepEqual(migrate(type, node), { ...node, version: 1 }, node.id);
        // Variables of the environment are put in by Node-RED.
        const stored = Object.fromEntries(
          Object.entries(node).filter(([, value]) => !/^\$\{\w+\}$/.test(String(value))),
        );
        assert.deepEqual(readSettings(settings, stored, type), readSettings(settings, { ...stored, version: 1 }, type));
        for (const [name, { validate }] of Object.entries(defaults)) {
          assert.equal(validate?.call({ ...node, _: text }, node[name], {}) ?? true, true, `${node.id}.${name}`);
        }
      }
    });
  }
});
