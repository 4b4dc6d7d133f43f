import type { FlowNode } from '../../test/flows/support/node-red-process';

/** A node of a flow with the tab `tab`, wired as its outputs say. */
export function flowNode(id: string, type: string, properties: object, wires: string[][]): FlowNode {
  // a node without a place on the canvas would be taken for a config node
  return { id, type, z: 'tab', name: id, x: 100, y: 100, wires, ...properties };
}

/** The start of a flow: a tab, and a button that starts `first`. */
export function flowStart(label: string, first: string): FlowNode[] {
  const props = { props: [{ p: 'payload' }], payload: '', payloadType: 'date' };
  return [{ id: 'tab', type: 'tab', label }, flowNode('start-node', 'inject', props, [[first]])];
}
