import { type Static, Type } from '#typebox';
import { UnsupportedError } from '../../base/errors';
import { validate } from '../../base/schema';
import {
  type PackageAxis,
  type PackageModel,
  type PackageTensor,
  type Tolerance,
  USUAL_TOLERANCE,
} from './package-model';

const text = Type.String();
const optional = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

const SizeSchema = Type.Union([
  Type.Integer({ minimum: 1 }),
  Type.Object({ min: Type.Integer({ minimum: 1 }), step: Type.Integer({ minimum: 1 }) }),
  Type.Object({ tensor_id: text, axis_id: text, offset: optional(Type.Integer()) }),
]);
type Size = Static<typeof SizeSchema>;

const AxisSchema = Type.Object({
  type: text,
  id: optional(text),
  size: Type.Optional(Type.Unknown()),
  channel_names: optional(Type.Array(text)),
  scale: optional(Type.Number({ exclusiveMinimum: 0 })),
  unit: optional(text),
  halo: optional(Type.Integer({ minimum: 0 })),
});
const OperationSchema = Type.Object({ id: text, kwargs: optional(Type.Record(text, Type.Unknown())) });
const TensorSchema = Type.Object({
  id: optional(text),
  axes: Type.Array(AxisSchema, { minItems: 1 }),
  preprocessing: optional(Type.Array(OperationSchema)),
  postprocessing: optional(Type.Array(OperationSchema)),
  test_tensor: optional(Type.Object({ source: text })),
});
type Tensor = Static<typeof TensorSchema>;

const ToleranceSchema = Type.Object({
  relative_tolerance: Type.Optional(Type.Number({ minimum: 0 })),
  absolute_tolerance: Type.Optional(Type.Number({ minimum: 0 })),
  mismatched_elements_per_million: Type.Optional(Type.Number({ minimum: 0 })),
  output_ids: Type.Optional(Type.Array(text)),
  weights_formats: Type.Optional(Type.Array(text)),
});
/** What versions 0.4 and 0.5 say alike. */
export const AboutSchema = Type.Object({
  name: text,
  id: optional(text),
  authors: optional(Type.Array(Type.Object({ name: text }))),
  license: optional(text),
  cite: optional(Type.Array(Type.Object({ text, doi: optional(text), url: optional(text) }))),
  weights: Type.Record(text, Type.Union([Type.Object({ source: text, sha256: optional(text) }), Type.Null()])),
  config: optional(
    Type.Object({
      bioimageio: optional(Type.Object({ reproducibility_tolerance: optional(Type.Array(ToleranceSchema)) })),
      segmenter: optional(Type.Object({ threshold: optional(Type.Number({ minimum: 0, maximum: 1 })) })),
    }),
  ),
});
const DescriptionSchema = Type.Composite([
  AboutSchema,
  Type.Object({ inputs: Type.Array(TensorSchema), outputs: Type.Array(TensorSchema) }),
]);

const LETTERS: Record<string, PackageAxis['letter']> = { z: 'z', y: 'y', x: 'x' };
/** Units of length in micrometres. */
const MICROMETRES: Record<string, number> = { nanometer: 1e-3, micrometer: 1, millimeter: 1e3 };

/** Reads a description of version 0.5. @throws UnsupportedError, by name; SegmenterError `invalid-input` */
export function readVersion05(value: unknown, file: string): PackageModel {
  const description = validate(DescriptionSchema, value, 'description');
  const input = onlyOne(description.inputs, 'inputs', file);
  const output = onlyOne(description.outputs, 'outputs', file);
  const [inputId, outputId] = [input.id ?? 'input', output.id ?? 'output'];
  const tolerance = (description.config?.bioimageio?.reproducibility_tolerance ?? []).find(
    ({ output_ids = [], weights_formats = [] }) =>
      (output_ids.length === 0 || output_ids.includes(outputId)) &&
      (weights_formats.length === 0 || weights_formats.includes('onnx')),
  );
  return {
    ...readAbout(description, file),
    input: tensorOf(input, inputId, { operations: input.preprocessing, input: inputId, file }),
    output: tensorOf(output, outputId, { operations: output.postprocessing, input: inputId, file }),
    tolerance: toleranceOf(tolerance),
    threshold: description.config?.segmenter?.threshold ?? null,
  };
}

/** What versions 0.4 and 0.5 say alike of a model. @throws UnsupportedError where it has no ONNX weights */
export function readAbout(
  about: Static<typeof AboutSchema>,
  file: string,
): Pick<PackageModel, 'title' | 'id' | 'authors' | 'licence' | 'cite' | 'weights'> {
  const { onnx } = about.weights;
  if (!onnx) {
    throw new UnsupportedError(file, `weights as ${Object.keys(about.weights).join(', ') || 'nothing'}; expected onnx`);
  }
  return {
    title: about.name,
    ...(about.id ? { id: about.id } : {}),
    authors: (about.authors ?? []).map(({ name }) => name),
    ...(about.license ? { licence: about.license } : {}),
    cite: (about.cite ?? []).map(({ text, doi, url }) => {
      const place = doi ?? url ?? '';
      return text.includes(place) ? text : `${text} ${doi ? `doi: ${doi}` : url}`;
    }),
    weights: { source: onnx.source, sha256: onnx.sha256 ?? null },
  };
}

/** @throws UnsupportedError for any other number than one */
export function onlyOne<T>(list: readonly T[], what: string, file: string): T {
  if (list.length === 1) return list[0];
  throw new UnsupportedError(file, `${list.length} ${what}; expected 1`);
}

function toleranceOf(found: Static<typeof ToleranceSchema> | undefined): Tolerance {
  return {
    absolute: found?.absolute_tolerance ?? USUAL_TOLERANCE.absolute,
    relative: found?.relative_tolerance ?? USUAL_TOLERANCE.relative,
    perMillion: found?.mismatched_elements_per_million ?? USUAL_TOLERANCE.perMillion,
  };
}

interface Around {
  operations: Tensor['preprocessing'];
  /** id of the input */
  input: string;
  file: string;
}

function tensorOf(tensor: Tensor, id: string, { operations, input, file }: Around): PackageTensor {
  const axes = tensor.axes.map((axis): PackageAxis => {
    const letter = letterOf(axis, file);
    const name = axis.id ?? (letter === 'b' ? 'batch' : letter === 'c' ? 'channel' : letter);
    if (letter === 'b') return { letter, id: name, size: null };
    if (letter === 'c') return { letter, id: name, size: null, names: axis.channel_names ?? [] };
    const unit = axis.unit ? MICROMETRES[axis.unit] : undefined;
    return {
      letter,
      id: name,
      size: sizeOf(validate(SizeSchema, axis.size, `${id}.${name}.size`), { axis: name, input, file }),
      ...(unit && axis.scale ? { micrometres: unit * axis.scale } : {}),
      ...(axis.halo ? { halo: axis.halo } : {}),
    };
  });
  // Pixels of input and output are the same ones, so an axis of the input may be as long as another of it.
  const sized = axes.map((axis) => referred(axis, tensor, axes, input, id));
  return {
    id,
    axes: sized,
    operations: (operations ?? []).map(({ id: name, kwargs }) => ({ id: name, kwargs: kwargs ?? {} })),
    test: tensor.test_tensor?.source ?? null,
  };
}

function letterOf({ type, id }: Static<typeof AxisSchema>, file: string): PackageAxis['letter'] {
  if (type === 'batch') return 'b';
  if (type === 'channel') return 'c';
  const letter = type === 'space' ? LETTERS[id ?? 'x'] : undefined;
  if (letter) return letter;
  throw new UnsupportedError(
    file,
    `an axis of type ${type}${id ? ` (${id})` : ''}; expected batch, channel, z, y and x`,
  );
}

function sizeOf(size: Size, { axis, file }: { axis: string; input: string; file: string }): PackageAxis['size'] {
  if (typeof size === 'number' || 'min' in size) return size;
  if (size.offset)
    throw new UnsupportedError(
      file,
      `the axis ${axis} is ${size.offset} pixels longer than that of its input; expected as long`,
    );
  return null;
}

function referred(axis: PackageAxis, tensor: Tensor, axes: PackageAxis[], input: string, id: string): PackageAxis {
  const given = tensor.axes[axes.indexOf(axis)].size;
  if (axis.size !== null || id !== input || typeof given !== 'object' || given === null) return axis;
  const { axis_id: other } = given as { axis_id?: string };
  return { ...axis, size: axes.find((one) => one.id === other)?.size ?? null };
}
