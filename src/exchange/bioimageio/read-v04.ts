import { type Static, Type } from '#typebox';
import { UnsupportedError } from '../../base/errors';
import { validate } from '../../base/schema';
import type { Operation } from './operations';
import { type PackageAxis, type PackageModel, type PackageTensor, USUAL_TOLERANCE } from './package-model';
import { AboutSchema, onlyOne, readAbout } from './read-v05';

const text = Type.String();
/** More pixels than this along an axis are no tile. */
const LARGEST_SIZE = 65536;
const sizes = Type.Array(Type.Integer({ minimum: 1, maximum: LARGEST_SIZE }));
const steps = Type.Array(Type.Integer({ minimum: 0, maximum: LARGEST_SIZE }));
const TensorSchema = Type.Object({
  name: text,
  axes: text,
  shape: Type.Union([
    sizes,
    Type.Object({ min: sizes, step: steps }),
    Type.Object({
      reference_tensor: text,
      scale: Type.Array(Type.Union([Type.Number(), Type.Null()])),
      offset: Type.Array(Type.Number()),
    }),
  ]),
  halo: Type.Optional(Type.Union([steps, Type.Null()])),
  preprocessing: Type.Optional(Type.Array(Type.Object({ name: text, kwargs: Type.Optional(Type.Unknown()) }))),
  postprocessing: Type.Optional(Type.Array(Type.Object({ name: text, kwargs: Type.Optional(Type.Unknown()) }))),
});
type Tensor = Static<typeof TensorSchema>;
const DescriptionSchema = Type.Composite([
  AboutSchema,
  Type.Object({
    inputs: Type.Array(TensorSchema),
    outputs: Type.Array(TensorSchema),
    test_inputs: Type.Optional(Type.Array(text)),
    test_outputs: Type.Optional(Type.Array(text)),
  }),
]);

/** Reads a description of version 0.4. @throws UnsupportedError, by name; SegmenterError `invalid-input` */
export function readVersion04(value: unknown, file: string): PackageModel {
  const description = validate(DescriptionSchema, value, 'description');
  const input = onlyOne(description.inputs, 'inputs', file);
  const output = onlyOne(description.outputs, 'outputs', file);
  return {
    ...readAbout(description, file),
    input: tensorOf(input, input.preprocessing, description.test_inputs?.[0], file),
    output: tensorOf(output, output.postprocessing, description.test_outputs?.[0], file),
    tolerance: USUAL_TOLERANCE,
    threshold: null,
  };
}

function tensorOf(
  tensor: Tensor,
  operations: Tensor['preprocessing'],
  test: string | undefined,
  file: string,
): PackageTensor {
  const axes = [...tensor.axes].map((letter, index): PackageAxis => {
    if (letter === 'b') return { letter, id: 'b', size: null };
    const size = sizeOf(tensor, index, file);
    if (letter === 'c') {
      const count = typeof size === 'number' ? size : 0;
      return { letter, id: 'c', size: null, names: Array.from({ length: count }, (_, i) => `channel ${i}`) };
    }
    if (letter !== 'z' && letter !== 'y' && letter !== 'x') {
      throw new UnsupportedError(file, `an axis ${letter}; expected b, c, z, y and x`);
    }
    const halo = tensor.halo?.[index] ?? 0;
    return { letter, id: letter, size, ...(halo > 0 ? { halo } : {}) };
  });
  return {
    id: tensor.name,
    axes,
    operations: (operations ?? []).map(({ name, kwargs }) => operationOf(name, kwargs, file)),
    test: test ?? null,
  };
}

function sizeOf({ shape, axes, name }: Tensor, index: number, file: string): PackageAxis['size'] {
  if (Array.isArray(shape)) return shape[index] ?? null;
  if ('min' in shape) {
    const [min, step] = [shape.min[index], shape.step[index]];
    return step > 0 ? { min, step } : min;
  }
  const [scale, offset] = [shape.scale[index], shape.offset[index]];
  // Of channels the offset is half of their number.
  if (axes[index] === 'c') return scale ? null : 2 * offset;
  if (scale === 1 && offset === 0) return null;
  throw new UnsupportedError(
    file,
    `${name}: the axis ${axes[index]} is ${scale} times that of its input, and ${2 * offset} more; expected as long`,
  );
}

/** An operation as version 0.5 has it. */
function operationOf(name: string, given: unknown, file: string): Operation {
  const { mode, axes, ...rest } = (given ?? {}) as Record<string, unknown>;
  if (mode !== undefined && mode !== 'per_sample' && mode !== 'fixed') {
    throw new UnsupportedError(file, `${name} of mode ${String(mode)}; expected per_sample or fixed`);
  }
  const along = typeof axes === 'string' ? { axes: [...axes] } : {};
  if (name === 'zero_mean_unit_variance' && mode === 'fixed') {
    return { id: 'fixed_zero_mean_unit_variance', kwargs: { ...rest, ...alongChannels(rest.mean) } };
  }
  if (name === 'scale_linear') return { id: name, kwargs: { ...rest, ...alongChannels(rest.gain ?? rest.offset) } };
  return { id: name, kwargs: { ...rest, ...along } };
}

function alongChannels(numbers: unknown): { axis?: string } {
  return Array.isArray(numbers) && numbers.length > 1 ? { axis: 'c' } : {};
}
