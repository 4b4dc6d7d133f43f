import { CorruptFileError, SegmenterError } from '../base/errors';
import { bytesOf, viewAs } from '../image/dtype';
import { writeFileAtomic } from '../storage/atomic-file';
import { readFile } from '../storage/outside-files';
import { weightsPath } from './layout';

/**
 * Writes all parameters of a network, concatenated in the order of `parameterSpecs`, as little-endian float32;
 * the file appears whole.
 */
export async function writeWeights(file: string, parameters: Float32Array<ArrayBuffer>): Promise<void> {
  await writeFileAtomic(file, bytesOf(parameters));
}

/**
 * The weights of a published model, to start a fine-tuning from.
 * @param folder of the model
 * @param count parameters of the network that shall take them
 * @throws SegmenterError `not-found` where the model was published without, CorruptFileError where the count differs
 */
export async function readWeights(folder: string, count: number): Promise<Float32Array<ArrayBuffer>> {
  const file = weightsPath(folder);
  let bytes: Buffer<ArrayBuffer>;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new SegmenterError('not-found', `${folder}: the model has no weights to start from (${file})`, { folder });
  }
  if (bytes.length !== 4 * count) {
    throw new CorruptFileError(file, `expected ${count} weights (${4 * count} bytes), found ${bytes.length} bytes`);
  }
  return viewAs('float32', bytes);
}
