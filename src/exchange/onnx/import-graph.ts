import { InvalidInputError } from '../../base/errors';
import { spliceOnnx } from '../../graph/onnx/splice';
import type { CheckedEnd, ForeignModel } from './check-foreign';
import { FLOAT, NodeList } from './node-list';

/** From this version on `Squeeze` and `Unsqueeze` take their axes as an input. */
const AXES_AS_INPUT = 13;
const [IMAGE, OUTPUT] = ['segmenter.image', 'segmenter.output'];

/** A network as cards know it. */
export interface ImportedGraph {
  bytes: Uint8Array;
  input: string;
  output: string;
}

/** How a model's tensors lie: a letter an axis, b, c, z, y, x, in any order; b and c may be missing where they are 1. */
export interface Layouts {
  input: string;
  output: string;
}

/**
 * Checks that letters say what the axes of a tensor are.
 * @returns how many axes of space there are
 * @throws InvalidInputError
 */
export function checkLayout(layout: string, { name, shape }: CheckedEnd): 2 | 3 {
  const expected = `letters of b, c, z, y, x, each once, with y and x: one for each of the ${shape.length} axes of ${name}`;
  const letters = [...layout];
  const isKnown = letters.every((letter, i) => 'bczyx'.includes(letter) && letters.indexOf(letter) === i);
  if (!isKnown || !letters.includes('y') || !letters.includes('x') || letters.length !== shape.length) {
    throw new InvalidInputError('axes', expected, layout);
  }
  const batch = shape[layout.indexOf('b')];
  if (layout.includes('b') && batch !== null && batch !== 1) {
    throw new InvalidInputError(`the axis b of ${name}`, '1, or any number', batch);
  }
  return letters.includes('z') ? 3 : 2;
}

/**
 * Gives a model the axes [n, c, (z,) y, x] at both ends; what has them already stays as it is, byte by byte.
 * @param file names it in errors
 */
export function importGraph(onnx: Uint8Array, file: string, model: ForeignModel, layouts: Layouts): ImportedGraph {
  const { input, output, opset } = model;
  const usual = layouts.input.includes('z') ? 'bczyx' : 'bcyx';
  const isPlain =
    [input, output].every(({ type }) => type === FLOAT) && layouts.input === usual && layouts.output === usual;
  if (isPlain) return { bytes: onnx, input: input.name, output: output.name };
  const [before, after] = [new NodeList('segmenter.in.'), new NodeList('segmenter.out.')];
  const axes = (list: NodeList, type: 'Squeeze' | 'Unsqueeze', of: string, count: number) => {
    if (count === 0) return of;
    const first = Array.from({ length: count }, (_, axis) => axis);
    return opset < AXES_AS_INPUT ? list.op(type, [of], { axes: first }) : list.op(type, [of, list.integers(first)]);
  };
  const ordered = (list: NodeList, of: string, perm: number[]) =>
    perm.every((axis, i) => axis === i) ? of : list.op('Transpose', [of], { perm });
  const cast = (list: NodeList, of: string, from: number, to: number) =>
    to === from ? of : list.op('Cast', [of], { to });
  const withMissing = (layout: string) => [...[...usual].filter((letter) => !layout.includes(letter)), ...layout];

  const inner = withMissing(layouts.input);
  const turned = ordered(
    before,
    IMAGE,
    inner.map((letter) => usual.indexOf(letter)),
  );
  const given = axes(before, 'Squeeze', turned, inner.length - layouts.input.length);
  before.named(input.name, cast(before, given, FLOAT, input.type));

  const outer = withMissing(layouts.output);
  const floats = cast(after, output.name, output.type, FLOAT);
  const whole = axes(after, 'Unsqueeze', floats, outer.length - layouts.output.length);
  const back = [...usual].map((letter) => outer.indexOf(letter));
  after.named(OUTPUT, ordered(after, whole, back));
  const sizes = (layout: string, { shape }: CheckedEnd) =>
    [...usual].map((letter) => (layout.includes(letter) ? (shape[layout.indexOf(letter)] ?? letter) : 1));
  const bytes = spliceOnnx(onnx, file, {
    before: before.nodes,
    after: after.nodes,
    constants: [...before.constants, ...after.constants],
    inputs: [{ name: IMAGE, shape: sizes(layouts.input, input) }],
    outputs: [{ name: OUTPUT, shape: sizes(layouts.output, output) }],
  });
  return { bytes, input: IMAGE, output: OUTPUT };
}
