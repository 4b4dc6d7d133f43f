import { InvalidInputError } from '../../../base/errors';

const EXPECTED =
  'http://HOST:PORT or https://HOST:PORT of this Node-RED, as workers reach it, with no user, query or fragment';

/**
 * Checks the address under which workers reach the machine that asks.
 * @returns it without a slash at its end
 * @throws InvalidInputError
 */
export function askerAddress(text: string): string {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw new InvalidInputError('address of this Node-RED', EXPECTED, text.includes('@') ? '***' : text);
  }
  const { protocol, username, password, search, hash, href } = url;
  const isPlain = [username, password, search, hash].every((part) => part === '');
  if (!['http:', 'https:'].includes(protocol) || !isPlain) {
    throw new InvalidInputError('address of this Node-RED', EXPECTED, username || password ? '***' : text);
  }
  return href.replace(/\/$/, '');
}
