/** A variable as the editor keeps it with a flow, group or subflow. */
interface Variable {
  name: string;
  type?: string;
  value?: unknown;
}

/** What has variables of its own, and what it lies in. */
interface Scope {
  id?: string;
  /** the group that it lies in */
  g?: string;
  /** the flow or subflow that it lies in */
  z?: string;
  env?: readonly Variable[];
}

/** As much of the editor's list of nodes as variables need. */
export interface EditorNodes {
  workspace(id: string): Scope | null | undefined;
  subflow(id: string): Scope | null | undefined;
  group(id: string): Scope | null | undefined;
  eachConfig(visit: (node: Scope & { type: string }) => unknown): void;
}

/** Reaches a variable through so many others. */
const DEEPEST = 10;

/**
 * Puts what the editor knows in place of `${NAME}`: variables of the node's groups, its flow or subflow and the global ones,
 * deployed or not. Others stay: Node-RED's process may know them.
 * @param type of a typed input: of `env` a text without `${}` is a name itself
 */
export function withFlowVariables(text: string, type: string, node: Scope, nodes: EditorNodes): string {
  const scopes = scopesOf(node, nodes);
  const asked = type === 'env' && !text.includes('${') ? `\${${text.trim()}}` : text;
  return text.trim() === '' ? '' : replaced(asked, scopes, 0);
}

function replaced(text: string, scopes: readonly Scope[], depth: number): string {
  if (depth > DEEPEST) return text;
  return text.replaceAll(/\$\{([^{}]+)\}/g, (whole, name: string) => {
    for (const [i, { env = [] }] of scopes.entries()) {
      const found = env.find((variable) => variable.name === name);
      if (!found) continue;
      const value = String(found.value ?? '');
      // A variable may be made of others, and of one of the same name further out.
      const outer = [{ env: env.filter((variable) => variable !== found) }, ...scopes.slice(i + 1)];
      if (found.type === 'env') return replaced(value.includes('${') ? value : `\${${value}}`, outer, depth + 1);
      if (found.type === undefined || found.type === 'str') return replaced(value, outer, depth + 1);
      // An expression or a secret is known where the flow runs.
      return found.type === 'num' || found.type === 'bool' ? value : whole;
    }
    return whole;
  });
}

/** From the nearest on. */
function scopesOf(node: Scope, nodes: EditorNodes): Scope[] {
  const scopes: Scope[] = [];
  for (let id = node.g, most = DEEPEST; id !== undefined && most > 0; most--) {
    const group = nodes.group(id);
    if (!group) break;
    scopes.push(group);
    id = group.g;
  }
  const flow = node.z === undefined ? null : (nodes.workspace(node.z) ?? nodes.subflow(node.z));
  if (flow) scopes.push(flow);
  nodes.eachConfig((config) => {
    if (config.type === 'global-config') scopes.push(config);
  });
  return scopes;
}
