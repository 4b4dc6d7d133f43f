import { CorruptFileError, show, UnsupportedError } from '../../base/errors';
import { type NpyArray, parseNpy } from '../../formats/numpy/npy';
import { hashBytes } from '../../models/model-file';
import type { PackageModel, PackageTensor } from './package-model';
import { readDescription } from './read-description';

/** The files of a package, wherever they lie. */
export interface PackageSource {
  /** names it in errors */
  name: string;
  /** @returns null where there is none of this name */
  read(file: string): Promise<Uint8Array | null>;
}

/** What of a package is used. */
export interface ReadPackage {
  model: PackageModel;
  onnx: Uint8Array;
  /** null where one of the two is missing */
  test: { input: NpyArray; output: NpyArray } | null;
}

/** Names of the description, the later one first. */
const DESCRIPTIONS = ['bioimageio.yaml', 'rdf.yaml'];
/** Numbers of a test tensor. */
const MOST_NUMBERS = 2 ** 26;

/**
 * Reads what is needed of a package of bioimage.io.
 * @throws UnsupportedError, by name, for what there is no place for; CorruptFileError for files that are missing or others than described
 */
export async function readPackage(source: PackageSource): Promise<ReadPackage> {
  for (const name of DESCRIPTIONS) {
    const bytes = await source.read(name);
    if (!bytes) continue;
    const model = readDescription(bytes, `${source.name}, ${name}`);
    const onnx = await needed(source, model.weights.source);
    const { sha256 } = model.weights;
    if (sha256 !== null && hashBytes(onnx) !== sha256.toLowerCase()) {
      throw new CorruptFileError(
        source.name,
        `the sha256 of ${model.weights.source} is ${hashBytes(onnx)}, its description says ${sha256}`,
      );
    }
    const [input, output] = [await tensor(source, model.input), await tensor(source, model.output)];
    return { model, onnx, test: input && output ? { input, output } : null };
  }
  throw new UnsupportedError(source.name, `holds no ${DESCRIPTIONS.join(' or ')}; expected a package of bioimage.io`);
}

async function tensor(source: PackageSource, { test, axes }: PackageTensor): Promise<NpyArray | null> {
  if (test === null) return null;
  const name = `${source.name}, ${test}`;
  const array = parseNpy(await needed(source, test), name, MOST_NUMBERS);
  if (!(array.items instanceof Float64Array)) throw new UnsupportedError(name, 'an array of objects; expected numbers');
  if (array.shape.length !== axes.length) {
    throw new CorruptFileError(name, `has ${array.shape.length} axes, its description ${axes.length}`);
  }
  return array;
}

async function needed(source: PackageSource, file: string): Promise<Uint8Array> {
  if (/^[a-z]+:\/\//i.test(file)) {
    throw new UnsupportedError(
      source.name,
      `names ${show(file)}, which lies elsewhere; expected all files in the package`,
    );
  }
  const bytes = await source.read(file.replace(/^\.\//, ''));
  if (bytes) return bytes;
  throw new CorruptFileError(source.name, `${show(file)} is missing`);
}
