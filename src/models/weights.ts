import { CorruptFileError, SegmenterError } from '../base/errors';
import { viewAs } from '../image/dtype';
import { readFile } from '../storage/outside-files';
import { momentsPath } from './layout';
import { hashBytes } from './model-file';
import type { ResolvedModel } from './resolve';

/**
 * The weights of a published model, to start a fine-tuning from: float32 in the order of `parameterSpecs`. Cards of
 * earlier versions have no hash of them; then their number alone is checked.
 * @param count parameters of the network that shall take them
 * @throws SegmenterError `not-found` where the model was published without
 * @throws CorruptFileError where their number or their hash is not as expected
 */
export async function readWeights(
  { folder, weights: file, card }: Pick<ResolvedModel, 'folder' | 'weights' | 'card'>,
  count: number,
): Promise<Float32Array<ArrayBuffer>> {
  const missing = `${folder}: the model has no weights to start from (${file})`;
  return readNumbers(file, { what: 'weights', count, sha256: card.weightsSha256, missing });
}

/**
 * The moments of a published model's norms; undefined where they are those of each tile.
 * @param count moments of its network
 * @throws as {@link readWeights}
 */
export async function readMoments(
  { folder, card }: Pick<ResolvedModel, 'folder' | 'card'>,
  count: number,
): Promise<Float32Array<ArrayBuffer> | undefined> {
  if (card.norms !== 'training') return undefined;
  const file = momentsPath(folder);
  const missing = `${folder}: the model has no moments of its norms (${file})`;
  return readNumbers(file, { what: 'moments', count, sha256: card.momentsSha256, missing });
}

async function readNumbers(
  file: string,
  { what, count, sha256, missing }: { what: string; count: number; sha256: string | undefined; missing: string },
): Promise<Float32Array<ArrayBuffer>> {
  let bytes: Buffer<ArrayBuffer>;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new SegmenterError('not-found', missing, { file });
  }
  if (bytes.length !== 4 * count) {
    throw new CorruptFileError(file, `expected ${count} ${what} (${4 * count} bytes), found ${bytes.length} bytes`);
  }
  const found = hashBytes(bytes);
  const expected = sha256?.toLowerCase() ?? found;
  if (found !== expected) {
    throw new CorruptFileError(file, `sha256 is ${found}, the model's card says ${expected}`, { expected, found });
  }
  return viewAs('float32', bytes);
}
