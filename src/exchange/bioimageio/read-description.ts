import { Type } from '#typebox';
import { parse } from '#yaml';
import { CorruptFileError, messageOf, show, UnsupportedError } from '../../base/errors';
import { validate } from '../../base/schema';
import type { PackageModel } from './package-model';
import { readVersion04 } from './read-v04';
import { readVersion05 } from './read-v05';

/** Descriptions take some kilobytes. */
const MOST_BYTES = 2 ** 20;
/** A text of a few lines may stand for gigabytes by naming parts of itself. */
const MOST_ALIASES = 100;

const AnyModelSchema = Type.Object({ type: Type.Literal('model'), format_version: Type.String() });

/**
 * Reads the description of a package of bioimage.io (`bioimageio.yaml`, or `rdf.yaml` as it was called before), of the
 * specification's versions 0.4 and 0.5.
 * @param file names it in errors
 * @throws CorruptFileError for what is no description of a model; UnsupportedError for what there is no place for here, by its name
 */
export function readDescription(bytes: Uint8Array, file: string): PackageModel {
  if (bytes.length > MOST_BYTES)
    throw new UnsupportedError(file, `${bytes.length} bytes; expected at most ${MOST_BYTES}`);
  const value = parseYaml(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'), file);
  try {
    const { format_version } = validate(AnyModelSchema, value, 'description');
    if (format_version.startsWith('0.5.')) return readVersion05(value, file);
    if (format_version.startsWith('0.4.')) return readVersion04(value, file);
    throw new UnsupportedError(file, `format_version ${show(format_version)}; expected 0.4 or 0.5`);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'invalid-input') {
      throw new CorruptFileError(file, error.message, undefined, { cause: error });
    }
    throw error;
  }
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text, { maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw new CorruptFileError(file, `no YAML: ${messageOf(error)}`, undefined, { cause: error });
  }
}
