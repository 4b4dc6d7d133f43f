import { type Static, Type } from '#typebox';
import { InvalidInputError } from '../base/errors';
import { NormalisationSchema } from '../models/card';

/** What a file may have at most: networks of some hundred million weights. */
export const MOST_IMPORT_BYTES = 2 ** 30;

const text = Type.String({ minLength: 1, maxLength: 200 });
const size = Type.Array(Type.Integer({ minimum: 1, maximum: 65536 }), { minItems: 2, maxItems: 3 });

/**
 * What a person says of a model from elsewhere. A package of bioimage.io says all but the name itself; of an ONNX file the axes
 * must be said.
 */
export const ImportSettingsSchema = Type.Object({
  /** of the model here */
  name: Type.String(),
  /** letters of the input's axes, such as `bcyx`: b, c, z, y, x */
  axes: Type.Optional(text),
  /** of the output's; absent: as the input's */
  outputAxes: Type.Optional(text),
  /** names of the input's channels; absent: those of the package, or numbers */
  channels: Type.Optional(Type.Array(text, { maxItems: 64 })),
  normalisation: Type.Optional(NormalisationSchema),
  activation: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('sigmoid'), Type.Literal('softmax')])),
  /** the channel of the output that is the structure: its name, or its number from 0 */
  output: Type.Optional(text),
  /** of probabilities; absent: that of the package, or 0.5 */
  threshold: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** [(z,) y, x] of tiles, for networks that take several sizes */
  tile: Type.Optional(size),
  /** [(z,) y, x] that tiles are multiples of, for networks that take several sizes */
  step: Type.Optional(size),
  /** [(z,) y, x] in micrometres */
  pixelSize: Type.Optional(Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 2, maxItems: 3 })),
});
export type ImportSettings = Static<typeof ImportSettingsSchema>;

/** A person's fields as they are typed, on the command line and in the editor. */
export interface TypedSettings {
  name: string;
  axes?: string;
  outputAxes?: string;
  /** `dna, actin` */
  channels?: string;
  /** `none`, `background-contrast`, `zscore`, `zscore 1 99`, `range 1 99.8`, `divide 255`, `fixed MEAN STD` */
  normalisation?: string;
  activation?: string;
  output?: string;
  threshold?: string;
  /** `256 x 256` */
  tile?: string;
  step?: string;
  /** `0.5 x 0.1 x 0.1` */
  pixelSize?: string;
}

/**
 * Reads a person's fields; what is blank is not said.
 * @throws InvalidInputError naming the field, and what was expected
 */
export function readTyped(typed: TypedSettings): ImportSettings {
  const said = <T>(field: keyof TypedSettings, read: (given: string) => T): Record<string, T> => {
    const given = (typed[field] ?? '').trim();
    return given === '' ? {} : { [field]: read(given) };
  };
  const plain = (given: string) => given;
  const numbers = (field: string) => (given: string) =>
    given.split(/[x,\s]+/).map((one) => numberOf(one, field, 'numbers such as 256 x 256', given));
  return {
    name: typed.name.trim(),
    ...said('axes', plain),
    ...said('outputAxes', plain),
    ...said('channels', (given) => given.split(',').map((one) => one.trim())),
    ...said('normalisation', readNormalisation),
    ...said('activation', plain),
    ...said('output', plain),
    ...said('threshold', (given) => numberOf(given, 'threshold', 'a number from 0 to 1', given)),
    ...said('tile', numbers('tile')),
    ...said('step', numbers('step')),
    ...said('pixelSize', numbers('pixelSize')),
  } as ImportSettings;
}

/** What the short form of a normalisation may be. */
export const NORMALISATIONS =
  'none, background-contrast, zscore, zscore LOW HIGH, range LOW HIGH (percentiles), divide BY, or fixed MEAN STD';

/** Reads the short form of a normalisation. */
function readNormalisation(given: string): ImportSettings['normalisation'] {
  const [word, ...rest] = given.split(/\s+/);
  const numbers = rest.map((one) => numberOf(one, 'normalisation', NORMALISATIONS, given));
  const [first, second] = numbers;
  const has = (count: number) => numbers.length === count;
  if (word === 'none' && has(0)) return { method: 'none' };
  if (word === 'background-contrast' && has(0)) return { method: 'background-contrast' };
  if (word === 'zscore' && has(0)) return { method: 'percentile-zscore', low: 0, high: 100 };
  if (word === 'zscore' && has(2)) return { method: 'percentile-zscore', low: first, high: second };
  if (word === 'range' && has(2)) {
    return { method: 'percentile-range', low: first, high: second, epsilon: 1e-6, isClipped: false };
  }
  if (word === 'divide' && has(1) && first !== 0) return { method: 'fixed', mean: [0], std: [first] };
  if (word === 'fixed' && has(2) && second !== 0) return { method: 'fixed', mean: [first], std: [second] };
  throw new InvalidInputError('normalisation', NORMALISATIONS, given);
}

function numberOf(text: string, field: string, expected: string, given: string): number {
  const number = Number(text);
  if (text === '' || !Number.isFinite(number)) throw new InvalidInputError(field, expected, given);
  return number;
}
