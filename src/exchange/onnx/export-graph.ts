import { UnsupportedError } from '../../base/errors';
import type { OnnxValue } from '../../graph/onnx/model';
import { type OnnxFacts, readOnnx } from '../../graph/onnx/read-model';
import { spliceOnnx } from '../../graph/onnx/splice';
import type { ModelCard } from '../../models/card';
import { averageNodes, mirroredNodes } from './mirror-nodes';
import { NodeList } from './node-list';
import { normalisationNodes } from './normalisation-nodes';
import { AS_STORED, UP_TO_ONE } from './signal-nodes';

/** How a model is written for others. */
export interface GraphForm {
  /** whether it normalises what it is given, or is given what is normalised */
  normalises: boolean;
  /** `probability`: all that the model gives; `mask`: 0 or 1 by its threshold; `classes`: background and foreground, together 1 */
  gives: 'probability' | 'mask' | 'classes';
  /** where the channels are: [n, c, (z,) y, x] or [n, (z,) y, x, c] */
  channels: 'first' | 'last';
  /** what pixels are: as files store them, or from 0 to 1 */
  pixels: 'as-stored' | 'up-to-one';
  /** [(z,) y, x]; null: any that the network takes */
  size: readonly number[] | null;
}

/** A model written for others. */
export interface ExportedGraph {
  bytes: Uint8Array;
  /** version of ONNX's operators */
  opset: number;
  input: OnnxValue;
  output: OnnxValue;
}

/** The version that all that is added here is of. */
const OLDEST = { opset: 12, ir: 7 };
/** Operators of networks of ours and the like, which have meant the same since that version. */
const UNCHANGED = new Set(
  'Add,Concat,Conv,ConvTranspose,Div,Identity,InstanceNormalization,LeakyRelu,MaxPool,Mul,Relu,Reshape,Sigmoid,Sub,Transpose'.split(
    ',',
  ),
);
const PREFIX = 'segmenter.';

/**
 * Writes a model with what stands around it in a prediction as one graph.
 * @param onnx the bytes of its `model.onnx`
 * @param file names it in errors
 * @throws UnsupportedError where its operators are of a version before 12
 */
export function exportGraph(onnx: Uint8Array, file: string, card: ModelCard, form: GraphForm): ExportedGraph {
  const facts = readOnnx(onnx, file);
  const own = facts.opsets.get('') ?? 0;
  if (own < OLDEST.opset) {
    throw new UnsupportedError(file, `its operators are of ONNX's version ${own}, expected ${OLDEST.opset} or later`);
  }
  const { dimensions } = card;
  const ends = endsOf(facts, card, form);
  const before = new NodeList(PREFIX);
  const { name: image } = ends.input;
  const first = form.channels === 'last' ? before.op('Transpose', [image], { perm: channelsFirst(dimensions) }) : image;
  const steps = form.pixels === 'up-to-one' ? UP_TO_ONE : AS_STORED;
  const scaled = form.normalises ? normalisationNodes(before, first, card.normalisation, { dimensions, steps }) : first;
  before.named(facts.inputs[0].name, card.mirror ? mirroredNodes(before, scaled, dimensions) : scaled);

  const after = new NodeList(`${PREFIX}out.`);
  const result = resultNodes(after, facts.outputs[0].name, card, form.gives);
  const ordered =
    form.channels === 'last' ? after.op('Transpose', [result], { perm: channelsLast(dimensions) }) : result;
  if (ordered !== ends.output.name) after.named(ends.output.name, ordered);

  const isOld = facts.operators.every(({ domain, type }) => domain === '' && UNCHANGED.has(type));
  const bytes = spliceOnnx(onnx, file, {
    before: before.nodes,
    after: after.nodes,
    constants: [...before.constants, ...after.constants],
    inputs: [ends.input],
    outputs: [ends.output],
    ...(isOld ? { needs: OLDEST } : {}),
  });
  return { bytes, opset: isOld ? OLDEST.opset : own, ...ends };
}

/** What is made of the model's output. @returns [n, channels, (z,) y, x] */
function resultNodes(list: NodeList, output: string, card: ModelCard, gives: GraphForm['gives']): string {
  const { activation = 'none', channel = 0 } = card.output;
  const isWhole = card.outputs !== undefined;
  const chosen = (of: string, index: number) => list.op('Gather', [of, list.integers([index])], { axis: 1 });
  const plain = (): string => {
    if (activation === 'softmax') {
      // 1 / sum of exp(other - own): no exponential overflows where it matters, and the operator changed with version 13.
      const own = chosen(output, channel);
      const sums = list.op('CumSum', [list.op('Exp', [list.op('Sub', [output, own])]), list.integers([1], [])]);
      const last = list.op('Gather', [sums, list.integers([-1])], { axis: 1 });
      return list.op('Div', [list.floats([1]), last]);
    }
    const own = isPlainOutput(card) ? output : chosen(output, channel);
    return activation === 'sigmoid' ? list.op('Sigmoid', [own]) : own;
  };
  const probability = card.mirror ? averageNodes(list, plain(), card.dimensions) : plain();
  if (gives === 'probability') return probability;
  const foreground = isWhole ? chosen(probability, 0) : probability;
  if (gives === 'classes') {
    const background = list.op('Sub', [list.floats([1]), foreground]);
    return list.op('Concat', [background, foreground], { axis: 1 });
  }
  const isForeground = list.op('Greater', [foreground, list.floats([card.threshold])]);
  return list.op('Cast', [isForeground], { to: 1 });
}

function endsOf(facts: OnnxFacts, card: ModelCard, form: GraphForm): { input: OnnxValue; output: OnnxValue } {
  const { dimensions, patch } = card;
  const fixed = card.fixedSize ? [patch.z, patch.y, patch.x].slice(3 - dimensions) : null;
  const size = form.size ?? fixed ?? ['z', 'y', 'x'].slice(-dimensions);
  const [items] = facts.inputs[0].shape ?? [];
  const batch = form.size || card.mirror ? 1 : typeof items === 'number' ? items : 'n';
  const channels = { probability: card.outputs?.length ?? 1, mask: 1, classes: 2 }[form.gives];
  const shape = (count: number) =>
    (form.channels === 'first' ? [batch, count, ...size] : [batch, ...size, count]) as Array<number | string>;
  const own = { input: facts.inputs[0].name, output: facts.outputs[0].name };
  const isPlain = form.gives === 'probability' && form.channels === 'first' && isPlainOutput(card) && !card.mirror;
  return {
    input: { name: freeName('image', [own.input, ...facts.tensors]), shape: shape(card.channels.length) },
    output: { name: isPlain ? own.output : freeName(form.gives, facts.tensors), shape: shape(channels) },
  };
}

/** Whether a model's output is its probabilities as they are. */
function isPlainOutput({ output: { activation = 'none', channel }, outputs }: ModelCard): boolean {
  return outputs !== undefined || (channel === undefined && activation === 'none');
}

function freeName(wanted: string, taken: Iterable<string>): string {
  const others = new Set(taken);
  let name = wanted;
  while (others.has(name)) name += '_';
  return name;
}

function channelsFirst(dimensions: 2 | 3): number[] {
  return dimensions === 2 ? [0, 3, 1, 2] : [0, 4, 1, 2, 3];
}

function channelsLast(dimensions: 2 | 3): number[] {
  return dimensions === 2 ? [0, 2, 3, 1] : [0, 2, 3, 4, 1];
}
