import path from 'node:path';
import { CorruptFileError, messageOf, SegmenterError, show, UnsupportedError } from '../base/errors';
import { validate } from '../base/schema';
import { type ModelCard, ModelCardSchema } from './card';
import { MODEL_FILES } from './layout';
import { readModelFile } from './model-file';

/**
 * Reads and checks the card of a model's folder.
 * @param roots folders that reading is confined to
 * @throws SegmenterError `not-found` where the folder has no card, `not-allowed` where it leads outside of the roots
 * @throws UnsupportedError for a card of a later version of the format
 * @throws CorruptFileError naming each property that does not fit
 */
export async function readCard(folder: string, roots: readonly string[]): Promise<ModelCard> {
  const file = path.join(folder, MODEL_FILES.card);
  const bytes = await readModelFile(file, roots);
  if (bytes) return parseCard(bytes.toString('utf8'), file);
  throw new SegmenterError('not-found', `${folder}: not a model, it has no ${MODEL_FILES.card}`, { folder });
}

/**
 * The card in a JSON text.
 * @param file names the text in errors
 */
export function parseCard(text: string, file: string): ModelCard {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CorruptFileError(file, `not JSON: ${messageOf(error)}`, undefined, { cause: error });
  }
  const { format, formatVersion } = (value ?? {}) as Record<string, unknown>;
  if (format === 'segmenter-model' && typeof formatVersion === 'number' && formatVersion > 1) {
    throw new UnsupportedError(file, `model card of format version ${formatVersion}, this version reads 1`);
  }
  try {
    const card = validate(ModelCardSchema, value, 'card');
    checkCard(card);
    return card;
  } catch (error) {
    if (!(error instanceof SegmenterError)) throw error;
    throw new CorruptFileError(file, error.message, undefined, { cause: error });
  }
}

/**
 * What a schema cannot say: the axes fit the dimensions, the patch is a possible size, and what is said of levels is said of each.
 * @throws SegmenterError `invalid-input`
 */
export function checkCard(card: ModelCard): void {
  const axes = card.dimensions === 2 ? 'NCYX' : 'NCZYX';
  for (const end of ['input', 'output'] as const) {
    if (card[end].axes !== axes)
      refuse(`card.${end}.axes`, `${axes} for dimensions ${card.dimensions}`, card[end].axes);
  }
  if ((card.patch.z === null) !== (card.dimensions === 2)) {
    refuse('card.patch.z', card.dimensions === 2 ? 'null for dimensions 2' : 'a size for dimensions 3', card.patch.z);
  }
  for (const axis of ['z', 'y', 'x'] as const) {
    const size = card.patch[axis];
    if (size !== null && !(Number.isInteger(size) && size >= 1)) refuse(`card.patch.${axis}`, 'an integer >= 1', size);
  }
  const { divisor, dimensions, architecture } = card;
  if (typeof divisor !== 'number' && divisor.length !== dimensions) {
    refuse('card.divisor', `one number, or ${dimensions}`, divisor);
  }
  for (const name of ['strides', 'kernels'] as const) {
    const levels = architecture[name];
    const count = architecture.filters?.length;
    if (levels && (levels.length !== count || levels.some((axes) => axes.length !== dimensions))) {
      refuse(`card.architecture.${name}`, `${dimensions} numbers for each of ${count} levels`, levels);
    }
  }
  for (const name of ['smallestTile', 'halo'] as const) {
    if (card[name] && card[name].length !== dimensions) refuse(`card.${name}`, `${dimensions} numbers`, card[name]);
  }
  const smallest = card.smallestTile ?? [card.patch.z ?? 1, card.patch.y, card.patch.x].slice(3 - dimensions);
  if (card.halo?.some((pixels, axis) => 2 * pixels >= smallest[axis])) {
    refuse('card.halo', `less than half of the smallest tile (${smallest.join(', ')})`, card.halo);
  }
  const { normalisation } = card;
  if (normalisation.method === 'fixed') {
    for (const name of ['mean', 'std'] as const) {
      const numbers = normalisation[name];
      const fits = numbers.length === 1 || numbers.length === card.channels.length;
      if (!fits || (name === 'std' && numbers.includes(0))) {
        const expected = `${card.channels.length === 1 ? 'one number' : `one number, or ${card.channels.length}`}${name === 'std' ? ', none 0' : ''}`;
        refuse(`card.normalisation.${name}`, expected, numbers);
      }
    }
  }
  if (!('low' in normalisation)) return;
  const { low, high } = normalisation;
  if (!(low >= 0 && low < high && high <= 100)) {
    refuse('card.normalisation', 'percentiles 0 <= low < high <= 100', { low, high });
  }
}

function refuse(name: string, expected: string, received: unknown): never {
  throw new SegmenterError('invalid-input', `${name}: expected ${expected}, got ${show(received)}`, { name });
}
