import { InvalidInputError } from '../../base/errors';

/** Which server a queue lies on. */
export type QueueKind = 'redis' | 'postgres';

const KINDS: Readonly<Record<string, QueueKind>> = {
  'redis:': 'redis',
  'rediss:': 'redis',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
};
const EXPECTED = 'redis://HOST:PORT, rediss://HOST:PORT or postgres://HOST:PORT/DATABASE';

/** Who may use a queue's server; blank: anybody. */
export interface QueueCredentials {
  user?: string;
  password?: string;
}

/** Where a queue is, with all that opens it: never to be shown but by `shown`. */
export interface QueueAddress {
  kind: QueueKind;
  /** with user and password */
  url: string;
  /** without */
  shown: string;
  /** texts that no error may hold */
  secrets: string[];
}

/**
 * Reads the address of a queue's server.
 * @throws InvalidInputError naming what is expected, and nothing that could be a password
 */
export function queueAddress(text: string, credentials: QueueCredentials = {}): QueueAddress {
  const url = parsed(text.trim());
  const kind = url && KINDS[url.protocol];
  if (!url || !kind || url.hostname === '') throw new InvalidInputError('queue', EXPECTED, withoutUser(text));
  if (credentials.user) url.username = encodeURIComponent(credentials.user);
  if (credentials.password) url.password = encodeURIComponent(credentials.password);
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  const secrets = [credentials.password, url.password, decodeURIComponent(url.password)].filter((one) => !!one);
  return { kind, url: url.href, shown: shown.href, secrets: [...new Set(secrets as string[])] };
}

/**
 * Requires that an address holds no user and password: it stands where many read it.
 * @throws InvalidInputError which does not show them either
 */
export function withoutCredentials(text: string): string {
  if (!/^[a-z]+:\/\/[^/]*@/i.test(text.trim())) return text;
  throw new InvalidInputError(
    'queue',
    'an address without user and password, which have fields of their own',
    withoutUser(text),
  );
}

/** Takes all secrets of an address out of a text. */
export function redacted(text: string, { secrets, url, shown }: QueueAddress): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text.replaceAll(url, shown));
}

function withoutUser(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//***@');
}

function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
