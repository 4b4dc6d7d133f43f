import { InvalidInputError } from '../../src/base/errors';

/** As many as have colours. */
const MOST_CHANNELS = 4;

/**
 * Reads numbers of channels, such as "0, 2"; null: none are named.
 * @throws InvalidInputError
 */
export function parseChannels(text: string): number[] | null {
  if (text.trim() === '') return null;
  const numbers = text.split(',').map((part) => (/^\s*\d{1,4}\s*$/.test(part) ? Number(part) : Number.NaN));
  if (numbers.length > MOST_CHANNELS || numbers.some(Number.isNaN) || new Set(numbers).size < numbers.length) {
    throw new InvalidInputError('channels', `up to ${MOST_CHANNELS} different numbers from 0, such as "0, 2"`, text);
  }
  return numbers;
}
