import type { ResultNode } from '../src/results/result-entry';

/** As much of a node's configuration as says where it runs. */
export interface FlowNode {
  id: string;
  type: string;
  name?: unknown;
  /** of a flow or a subflow */
  label?: unknown;
  /** the flow or subflow that it lies in */
  z?: string;
}

/** Where what lies in a flow or subflow runs: what stands before its ids there, and what people call the place. */
interface Place {
  before: string;
  label: string;
}

/** Uses of subflows in subflows that are gone into: Node-RED allows no circle, a file of flows may hold one. */
const DEEPEST = 20;

/**
 * Lists the nodes of a type as they run. Of one in a subflow each use of that runs its own, under an id of its own: Node-RED puts
 * the ids of the uses before it.
 * @param nodes of all flows, subflows and their uses among them
 */
export function runningNodes(nodes: readonly FlowNode[], type: string): ResultNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const placesOf = (id = '', depth = 0): Place[] => {
    const holder = byId.get(id);
    if (holder?.type !== 'subflow') return [{ before: '', label: labelOf(holder) }];
    const uses = depth < DEEPEST ? nodes.filter((node) => node.type === `subflow:${id}`) : [];
    return uses.flatMap((use) =>
      placesOf(use.z, depth + 1).map(({ before, label }) => ({
        before: `${before}${use.id}-`,
        label: `${label} / ${labelOf(use) || labelOf(holder)}`,
      })),
    );
  };
  return nodes
    .filter((node) => node.type === type)
    .flatMap(({ id, name, z }) =>
      placesOf(z).map(({ before, label }) => ({
        ...{ id: `${before}${id}`, type, name: typeof name === 'string' ? name : '' },
        flow: label,
      })),
    );
}

/** Of a subflow itself `name` is what a flow calls `label`. */
function labelOf(node: FlowNode | undefined): string {
  return String(node?.label ?? node?.name ?? '');
}
