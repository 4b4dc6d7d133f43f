import path from 'node:path';
import { CorruptFileError, SegmenterError } from '../base/errors';
import { externalLocations } from '../graph/onnx/external-locations';
import { realpath, stat } from '../storage/outside-files';
import { isInside } from '../storage/paths';
import type { ModelCard } from './card';
import { MODEL_FILES } from './layout';
import { hashFile } from './model-file';

/**
 * Checks the files beside `model.onnx` that it keeps weights in: they lie in the model's folder and have the card's hashes.
 * @param onnx the bytes of `model.onnx`
 * @returns sha256 of each, by the name that `model.onnx` calls it
 * @throws SegmenterError `not-allowed`, `not-found`; CorruptFileError where a hash is missing in the card, or another
 */
export async function checkExternalData(
  folder: string,
  onnx: Uint8Array,
  { externalData = {} }: ModelCard,
): Promise<Record<string, string>> {
  const network = path.join(folder, MODEL_FILES.network);
  const hashes: Record<string, string> = {};
  for (const location of externalLocations(onnx, network)) {
    const file = await placeInFolder(folder, location, network);
    const found = await hashFile(file);
    const expected = Object.hasOwn(externalData, location) ? externalData[location].toLowerCase() : null;
    if (expected === null) {
      const entry = `"externalData": { ${JSON.stringify(location)}: "${found}" }`;
      const message = `${network} keeps weights in ${location}, whose hash is not in the card; where you trust the file, add ${entry}`;
      throw new CorruptFileError(path.join(folder, MODEL_FILES.card), message, { location, found });
    }
    if (found !== expected) {
      throw new CorruptFileError(file, `sha256 is ${found}, the model's card says ${expected}`, { expected, found });
    }
    hashes[location] = found;
  }
  return hashes;
}

/** The real path of a file that must lie in the model's folder, over links too. */
async function placeInFolder(folder: string, location: string, network: string): Promise<string> {
  const refuse = (what: string): never => {
    const message = `${network}: its weights in ${JSON.stringify(location)} ${what}`;
    throw new SegmenterError('not-allowed', message, { path: network, location });
  };
  const outside = 'lie outside of the folder of the model';
  // Whatever the system, a model travels: what any of them takes for a place elsewhere is refused.
  if (path.posix.isAbsolute(location) || path.win32.isAbsolute(location) || /[\\\0]|^[A-Za-z]:/.test(location)) {
    refuse(outside);
  }
  const file = path.join(folder, location);
  if (!isInside(folder, file)) refuse(outside);
  const real = await realpath(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new SegmenterError('not-found', `${file}: the model's weights are missing`, { path: file });
  });
  if (!isInside(await realpath(folder), real)) refuse(`lead to ${real}, outside of the folder of the model`);
  if (!(await stat(real)).isFile()) throw new CorruptFileError(file, 'is not a file');
  return real;
}
