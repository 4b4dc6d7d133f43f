import { internal, isOp, topological } from '../../graph/builder';
import type { Node, Op } from '../../graph/ops';
import type { NativeTensor, TensorFlow } from './library';
import type { Rule, Rules, Run } from './rules/types';

interface Step {
  node: Node;
  /** values that nothing after this step needs */
  last: Node[];
}

/** A graph of the intermediate form, ready to be computed node by node. */
export class Program {
  private readonly steps: Step[];

  constructor(
    private readonly tf: TensorFlow,
    private readonly rules: Rules,
    private readonly outputs: Readonly<Record<string, Node>>,
  ) {
    this.steps = schedule(outputs);
  }

  /**
   * @param feeds a tensor in stored order for each input; they stay the caller's
   * @returns the outputs in stored order, the caller's to dispose of
   * @throws what TensorFlow throws; nothing of the run is left then
   */
  run(feeds: Readonly<Record<string, NativeTensor>>): Record<string, NativeTensor> {
    const run: Run = { tf: this.tf, kept: new Map() };
    const values = new Map<Node, NativeTensor>();
    const release = (node: Node): void => {
      for (const tensor of run.kept.get(node)?.values() ?? []) tensor.dispose();
      run.kept.delete(node);
      if (node.op !== 'input') values.get(node)?.dispose();
      values.delete(node);
    };
    try {
      for (const { node, last } of this.steps) {
        values.set(node, isOp(node, 'input') ? fed(feeds, node) : this.compute(run, node, values));
        for (const done of last) release(done);
      }
      const results = Object.entries(this.outputs).map(([name, node]) => [name, values.get(node) as NativeTensor]);
      for (const node of Object.values(this.outputs)) values.delete(node);
      return Object.fromEntries(results);
    } finally {
      for (const node of new Set([...values.keys(), ...run.kept.keys()])) release(node);
    }
  }

  private compute(run: Run, node: Node, values: Map<Node, NativeTensor>): NativeTensor {
    const rule = this.rules[node.op as Exclude<Op, 'input'>] as Rule<Op>;
    const inputs = node.inputs.map((x) => values.get(x) as NativeTensor);
    return this.tf.tidy(() => rule(run, node as Parameters<typeof rule>[1], inputs));
  }
}

/**
 * In the order in which the nodes were made: gradients then follow each other from the loss to the input, and each
 * value goes as early as it can.
 */
function schedule(outputs: Readonly<Record<string, Node>>): Step[] {
  const results = new Set(Object.values(outputs));
  if (results.size < Object.keys(outputs).length || [...results].some((node) => node.op === 'input')) {
    throw internal('each output must be a value of its own');
  }
  const order = topological([...results]).sort((a, b) => a.id - b.id);
  const lastUser = new Map<Node, Node>();
  for (const node of order) for (const input of node.inputs) lastUser.set(input, node);
  const last = new Map<Node, Node[]>();
  for (const [value, user] of lastUser) {
    if (!results.has(value)) last.set(user, [...(last.get(user) ?? []), value]);
  }
  return order.map((node) => ({ node, last: last.get(node) ?? [] }));
}

function fed(feeds: Readonly<Record<string, NativeTensor>>, node: Node<'input'>): NativeTensor {
  const tensor = feeds[node.attributes.name];
  if (!tensor) throw internal(`input ${node.attributes.name} was not fed`);
  return tensor;
}
