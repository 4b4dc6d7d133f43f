import { UnsupportedError } from '../../base/errors';
import { externalLocations } from '../../graph/onnx/external-locations';
import { type OnnxEnd, readOnnx } from '../../graph/onnx/read-model';

/** Operators of ONNX itself, and those that ONNX Runtime has in all its forms. */
const KNOWN_DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft']);
const [FLOAT, FLOAT16, DOUBLE] = [1, 10, 11];

/** A model from elsewhere that may be run: one image in, one out. */
export interface ForeignModel {
  opset: number;
  input: CheckedEnd;
  output: CheckedEnd;
}
export interface CheckedEnd {
  name: string;
  type: number;
  /** null where a size is known only at run time */
  shape: Array<number | null>;
}

/**
 * Looks at a model from anybody before anything of it is run.
 * @param file names it in errors
 * @throws UnsupportedError naming what it needs and is not given: files beside it, operators of others, further inputs or outputs
 * @throws CorruptFileError where the bytes are no ONNX model
 */
export function checkForeign(onnx: Uint8Array, file: string): ForeignModel {
  const refuse = (what: string): never => {
    throw new UnsupportedError(file, what);
  };
  const facts = readOnnx(onnx, file);
  const outside = externalLocations(onnx, file);
  if (outside.length > 0)
    refuse(`keeps weights in other files (${outside.slice(0, 5).join(', ')}); expected all in one`);
  const strange = facts.operators.filter(({ domain }) => !KNOWN_DOMAINS.has(domain) && !facts.functions.has(domain));
  if (strange.length > 0) {
    const names = strange.slice(0, 5).map(({ domain, type }) => `${domain}.${type}`);
    refuse(`operators of its own (${names.join(', ')}); expected ONNX's`);
  }
  const opset = facts.opsets.get('') ?? facts.opsets.get('ai.onnx') ?? 0;
  const only = (ends: OnnxEnd[], what: string): CheckedEnd => {
    const names = ends.map(({ name }) => name).join(', ');
    if (ends.length !== 1) refuse(`${ends.length} ${what}s (${names}); expected one image`);
    const [{ name, type, shape }] = ends;
    if (type !== FLOAT && type !== FLOAT16 && type !== DOUBLE) {
      refuse(`its ${what} ${name} is of ONNX's type ${type}; expected floating-point numbers`);
    }
    if (!shape) return refuse(`its ${what} ${name} says nothing of its axes; expected their number`);
    return {
      name,
      type: type as number,
      shape: shape.map((size) => (typeof size === 'number' && size > 0 ? size : null)),
    };
  };
  return { opset, input: only(facts.inputs, 'input'), output: only(facts.outputs, 'output') };
}
