import '@tensorflow/tfjs-backend-cpu';
import * as core from '@tensorflow/tfjs-core';
import { fromStored, toStored } from '../../../src/engines/tensorflow/layout';
import type { NativeTensor, TensorFlow } from '../../../src/engines/tensorflow/library';
import { Program } from '../../../src/engines/tensorflow/program';
import type { Rules } from '../../../src/engines/tensorflow/rules/types';
import { isOp, topological } from '../../../src/graph/builder';
import type { Node } from '../../../src/graph/ops';
import type { Values } from '../../graph/support';

/** TensorFlow.js on its backend in JavaScript: on every machine, exact and very slow. */
export async function plainTensorFlow(): Promise<TensorFlow> {
  // it would advise to install the native package
  core.env().set('IS_TEST', true);
  await computeOn('cpu');
  // whose own types ask for its class of tensors
  return core as unknown as TensorFlow;
}

/** Chooses between the backend in JavaScript and the native one, where that is loaded: it is one choice for the process. */
export async function computeOn(backend: 'cpu' | 'tensorflow'): Promise<void> {
  await core.setBackend(backend);
}

/** Runs a graph once; feeds and results go by name, in the values' own order. */
export async function evaluateWith(
  tf: TensorFlow,
  rules: Rules,
  outputs: Record<string, Node>,
  feeds: Values,
): Promise<Values> {
  const inputs: Record<string, NativeTensor> = {};
  for (const node of topological(Object.values(outputs))) {
    if (!isOp(node, 'input')) continue;
    const { name, shape } = node.attributes;
    inputs[name] = tf.tidy(() => toStored(tf, tf.tensor(feeds[name], shape), shape));
  }
  const results = new Program(tf, rules, outputs).run(inputs);
  const values: Values = {};
  for (const [name, stored] of Object.entries(results)) {
    const tensor = tf.tidy(() => fromStored(tf, stored, outputs[name].shape));
    values[name] = Float32Array.from(await tensor.data());
    tensor.dispose();
    stored.dispose();
  }
  for (const tensor of Object.values(inputs)) tensor.dispose();
  return values;
}
