import { range } from '../../../graph/builder';
import type { Node } from '../../../graph/ops';
import type { NativeBackend, NativeTensor, NativeTensorFlow, OperationAttribute, TensorFlow } from '../library';
import { isStrided, kernel, outFirst, padded } from './convolution';
import { PLAIN_RULES } from './plain';
import type { Rules, Run } from './types';

/**
 * Rules for the native library, which has operations that TensorFlow.js does not offer: one pass over memory where the
 * plain rules take several.
 */
export function nativeRules(tf: NativeTensorFlow): Rules {
  const backend = tf.backend();
  const rules: Rules = { ...PLAIN_RULES, ...fusedRules(backend) };
  // cuDNN has a kernel of its own for 3D; on the CPU TensorFlow's is slow
  return backend.isUsingGpuDevice ? rules : { ...rules, convWeightGradient: planeWeightGradient };
}

/**
 * The weight gradient in 3D, at stride 1 along z, as one in 2D for each of the kernel's planes: plane kz of the weight is
 * what plane z + kz - 1 of x (of a kernel of one plane: z) contributes to plane z of y. Leaves everything else to the
 * plain rule.
 */
export const planeWeightGradient: Rules['convWeightGradient'] = (run, node, [x, dy]) => {
  const { strides, widths } = node.attributes;
  if (x.shape.length !== 5 || strides[0] !== 1 || widths[2] !== 3) {
    return PLAIN_RULES.convWeightGradient(run, node, [x, dy]);
  }
  const { tf } = run;
  const depth = x.shape[1];
  const [kernelOfPlane, stridesOfPlane] = [widths.slice(1), strides.slice(1)];
  const filterShape = [...kernelOfPlane, x.shape[4], dy.shape[4]];
  const planes = (widths[0] === 1 ? [0] : [-1, 0, 1]).map((shift) =>
    tf.tidy(() => {
      const common = depth - Math.abs(shift);
      // of a stack of one plane nothing lies above or below
      if (common === 0) return tf.tensor(new Float32Array(9 * x.shape[4] * dy.shape[4]), filterShape);
      const images = asPlanes(tf, x, Math.max(0, shift), common);
      const inputs = {
        x: isStrided(stridesOfPlane) ? padded(tf, images, kernelOfPlane, stridesOfPlane) : images,
        dy: asPlanes(tf, dy, Math.max(0, -shift), common),
      };
      const pad = isStrided(stridesOfPlane) ? 'valid' : 'same';
      return kernel(tf, 'Conv2DBackpropFilter', inputs, { strides: stridesOfPlane, pad, filterShape });
    }),
  );
  return outFirst(tf, tf.stack(planes, 0));
};

/** Planes start to start + count of each stored stack, as images. */
function asPlanes(tf: TensorFlow, stack: NativeTensor, start: number, count: number): NativeTensor {
  const [n, , height, width, channels] = stack.shape;
  const cut = tf.slice(stack, [0, start, 0, 0, 0], [n, count, height, width, channels]);
  return tf.reshape(cut, [n * count, height, width, channels]);
}

type Fused = Pick<
  Rules,
  'leakyReluGradient' | 'instanceNorm' | 'instanceNormInputGradient' | 'instanceNormScaleGradient'
>;

/** What FusedBatchNormV3 hands to its gradient: outputs 3 to 5 (reserve_space_1 to 3). */
const RESERVED = [3, 4, 5] as const;
/** The name under which the gradient of scale is kept. */
const SCALE_GRADIENT = 'scale';

/**
 * The batch norm of a batch of one is its instance norm. What it computes of x is kept for the gradients, and the
 * gradient of scale, which comes with that of x.
 */
function fusedRules(backend: NativeBackend): Fused {
  const { binding } = backend;
  const type = (name: string): OperationAttribute => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT });
  const float = (name: string, value: number) => ({ name, type: binding.TF_ATTR_FLOAT, value });
  const normAttributes = (epsilon: number): OperationAttribute[] => [
    type('T'),
    type('U'),
    float('epsilon', epsilon),
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ];

  return {
    leakyReluGradient: (_, { attributes }, [dy, y]) =>
      backend.executeSingleOutput('LeakyReluGrad', [type('T'), float('alpha', attributes.slope)], [dy, y]),

    instanceNorm: (run, node, [x, scale, shift]) => {
      const { tf } = run;
      const none = tf.tensor(new Float32Array(0), [0]);
      const wanted = [...normAttributes(node.attributes.epsilon), float('exponential_avg_factor', 1)];
      const items = range(0, x.shape[0]).map((item) => {
        const inputs = [itemOf(tf, x, item), scale, shift, none, none];
        const outputs = backend.executeMultipleOutputs('FusedBatchNormV3', wanted, inputs, 6);
        for (const output of RESERVED) keep(run, node.inputs[0], reservedName(item, output), outputs[output]);
        return outputs[0];
      });
      return joined(tf, items, x.shape);
    },

    instanceNormInputGradient: (run, node, inputs) => {
      const { tf } = run;
      const [x, scale, dy] = inputs;
      const source = node.inputs[0];
      const reserved = range(0, x.shape[0]).map((item) => RESERVED.map((output) => kept(run, source, item, output)));
      if (!reserved.every(allThere)) return PLAIN_RULES.instanceNormInputGradient(run, node, inputs);
      const wanted = normAttributes(node.attributes.epsilon);
      const items = reserved.map((tensors, item) => {
        const inputsOfItem = [itemOf(tf, dy, item), itemOf(tf, x, item), scale, ...tensors];
        return backend.executeMultipleOutputs('FusedBatchNormGradV3', wanted, inputsOfItem, 5);
      });
      keep(
        run,
        source,
        SCALE_GRADIENT,
        total(
          tf,
          items.map(([, dScale]) => dScale),
        ),
      );
      return joined(
        tf,
        items.map(([dx]) => dx),
        x.shape,
      );
    },

    instanceNormScaleGradient: (run, node, inputs) => {
      const known = run.kept.get(node.inputs[0])?.get(SCALE_GRADIENT);
      if (!known) return PLAIN_RULES.instanceNormScaleGradient(run, node, inputs);
      return run.tf.reshape(known, [...node.shape]);
    },
  };
}

/** One item of a stored batch as an image of 2D, whose shape does not matter to a norm. */
function itemOf(tf: TensorFlow, batch: NativeTensor, item: number): NativeTensor {
  const [n, ...shape] = batch.shape;
  const channels = shape[shape.length - 1];
  const one = n === 1 ? batch : tf.slice(batch, [item, ...shape.map(() => 0)], [1, ...shape]);
  return tf.reshape(one, [1, -1, shape[shape.length - 2], channels]);
}

function joined(tf: TensorFlow, items: NativeTensor[], shape: number[]): NativeTensor {
  return tf.reshape(items.length === 1 ? items[0] : tf.concat(items, 0), shape);
}

function total(tf: TensorFlow, parts: NativeTensor[]): NativeTensor {
  return parts.length === 1 ? parts[0] : tf.addN(parts);
}

function reservedName(item: number, output: number): string {
  return `reserved.${item}.${output}`;
}

function kept(run: Run, node: Node, item: number, output: number): NativeTensor | undefined {
  return run.kept.get(node)?.get(reservedName(item, output));
}

function keep({ tf, kept }: Run, node: Node, name: string, tensor: NativeTensor): void {
  const known = kept.get(node) ?? new Map<string, NativeTensor>();
  known.get(name)?.dispose();
  kept.set(node, known.set(name, tf.keep(tensor)));
}

function allThere(tensors: Array<NativeTensor | undefined>): tensors is NativeTensor[] {
  return tensors.every((tensor) => tensor !== undefined);
}
