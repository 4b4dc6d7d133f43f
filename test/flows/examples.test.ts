import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXAMPLES, packageTypes, quick, readExample } from './support/examples';
import { useNodeRed } from './support/fixture';
import type { FlowNode } from './support/node-red-process';

describe('the example flows', () => {
  it('show every node of the package', () => {
    const used = new Set(EXAMPLES.flatMap(readExample).map(({ type }) => type));
    assert.deepEqual(
      packageTypes().filter((type) => !used.has(type)),
      [],
    );
  });

  for (const file of EXAMPLES) {
    it(`${file}: every wire and reference leads to a node, every node explains itself by name or comment`, () => {
      const flow = readExample(file);
      const ids = new Set(flow.map(({ id }) => id));
      assert.equal(ids.size, flow.length, 'an id is there twice');
      for (const node of flow) {
        const targets = ((node.wires as string[][] | undefined) ?? []).flat();
        for (const id of [
          ...targets,
          ...((node.scope as string[] | null) ?? []),
          ...((node.links as string[]) ?? []),
        ]) {
          assert.ok(ids.has(id), `${node.id} leads to ${id}, which is not there`);
        }
        if (node.type !== 'tab' && node.type !== 'global-config') assert.ok(node.name, `${node.id} has no name`);
      }
      assert.ok(flow.some(({ type }) => type === 'comment'));
    });
  }
});

/** Where the types of others come from, by how they begin. */
const OTHERS = { 'ui-': '@flowfuse/node-red-dashboard', 'OpcUa-': 'node-red-contrib-opcua' };

describe('the example flows with nodes of other packages', () => {
  for (const file of EXAMPLES) {
    it(`${file}: names them for Node-RED 4.1, which offers to install them on import, and in the flow's description`, () => {
      const flow = readExample(file);
      const needed = Object.entries(OTHERS)
        .filter(([begin]) => flow.some(({ type }) => type.startsWith(begin)))
        .map(([, name]) => name);
      const named = flow
        .filter(({ type }) => type === 'global-config')
        .map(({ modules }) => Object.keys(modules as object));
      assert.deepEqual(named, needed.length > 0 ? [needed] : []);
      const info = String(flow.find(({ type }) => type === 'tab')?.info);
      for (const name of needed) assert.ok(info.includes(name), `${name} is not in the description of the flow`);
    });
  }
});

describe('the example flows in Node-RED', () => {
  const fixture = useNodeRed();

  it('deploy together: all types are known and no node of ours refuses its settings', async function () {
    this.timeout(150_000);
    const { host } = fixture;
    // Widgets of a dashboard, and nodes of OPC UA, are of packages that a person installs for the examples that show them.
    const isOurs = ({ type }: FlowNode) => !Object.keys(OTHERS).some((begin) => type.startsWith(begin));
    const flows = EXAMPLES.flatMap((file) => quick(readExample(file))).filter(isOurs);
    const types = new Set(await host.types());
    const builtIn = new Set(['tab', 'group', 'comment']);
    for (const { type } of flows) assert.ok(builtIn.has(type) || types.has(type), `type ${type} is missing`);
    await host.deploy(flows);
    await sleep(1000);
    const refused = host.events.filter(({ node, status }) => node?.startsWith('segmenter-') && status?.fill === 'red');
    assert.deepEqual(refused, []);
    assert.deepEqual(host.errors(), []);
  });
});
