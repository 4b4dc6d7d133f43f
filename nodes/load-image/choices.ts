import { InvalidInputError } from '../../src/base/errors';
import type { ChannelChoice } from '../../src/jobs/job-types';

/**
 * Which channels a text stands for: `0`, `DAPI`, `0, 2`, `DAPI, GFP`, a JSON list such as `["1", 2]` where a name is a
 * number or holds a comma; null (all) when blank.
 * @throws InvalidInputError
 */
export function parseChannels(text: string, name: string): ChannelChoice {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const items = trimmed.startsWith('[') ? parseList(trimmed, name) : trimmed.split(',').map(numberOrName);
  const expected = 'a channel number from 0, a name, or a list of these';
  for (const item of items) {
    const valid = typeof item === 'string' ? item !== '' : Number.isInteger(item) && item >= 0;
    if (!valid) throw new InvalidInputError(name, expected, text);
  }
  return items.length === 1 ? items[0] : items;
}

function parseList(text: string, name: string): Array<number | string> {
  try {
    const list: unknown = JSON.parse(text);
    const valid = (item: unknown) => typeof item === 'number' || typeof item === 'string';
    if (Array.isArray(list) && list.length > 0 && list.every(valid)) return list;
  } catch {
    // falls through to the error below
  }
  throw new InvalidInputError(name, 'a JSON list of channel numbers and names', text);
}

function numberOrName(text: string): number | string {
  const trimmed = text.trim();
  return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
}

const MAX_TIME_POINTS = 1_000_000;

/**
 * Time points from `0, 2, 5-8` (ranges include both ends); null (all) when blank.
 * @throws InvalidInputError
 */
export function parseTime(text: string, name: string): number[] | null {
  if (text.trim() === '') return null;
  const refuse = () => new InvalidInputError(name, 'time points from 0 such as "0, 2, 5-8"', text);
  const points = text.split(',').flatMap((item) => {
    const match = /^\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(item);
    if (!match) throw refuse();
    const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
    if (last < first || last - first > MAX_TIME_POINTS) throw refuse();
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return points;
}
