import { InvalidInputError } from '../../base/errors';

/** Which server a queue lies on. */
export type QueueKind = 'redis' | 'postgres';

const KINDS: Readonly<Record<string, QueueKind>> = {
  'redis:': 'redis',
  'rediss:': 'redis',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
};
/** What drivers take from the query of an address. */
const SECRET_FIELDS = ['password', 'sslpassword'];
const USER_FIELDS = [...SECRET_FIELDS, 'user', 'username'];
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
  const stated = url && decoded(url.password);
  if (!url || !kind || url.hostname === '' || stated === null) {
    throw new InvalidInputError('queue', EXPECTED, withoutSecrets(text));
  }
  if (credentials.user) url.username = encodeURIComponent(credentials.user);
  if (credentials.password) url.password = encodeURIComponent(credentials.password);
  const shown = new URL(url);
  for (const part of ['username', 'password', 'search', 'hash'] as const) shown[part] = '';
  const asked = SECRET_FIELDS.flatMap((name) => url.searchParams.getAll(name));
  const secrets = [credentials.password, url.password, stated, ...asked].flatMap((one) => (one ? [one] : []));
  return { kind, url: url.href, shown: shown.href, secrets: [...new Set(secrets)] };
}

/**
 * Requires that an address holds no user and password: it stands where many read it.
 * @throws InvalidInputError which does not show them either
 */
export function withoutCredentials(text: string): string {
  const asked = parsed(text.trim())?.searchParams;
  if (!text.includes('@') && !USER_FIELDS.some((name) => asked?.has(name))) return text;
  throw new InvalidInputError(
    'queue',
    'an address without user and password, which have fields of their own',
    withoutSecrets(text),
  );
}

/** Takes all secrets of an address out of a text. */
export function redacted(text: string, { secrets, url, shown }: QueueAddress): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text.replaceAll(url, shown));
}

/** What may hold a password stands before the last @, whatever is wrong with the text, or in a query. */
function withoutSecrets(text: string): string {
  const kind = /^\s*[a-z]+:\/\//i.exec(text)?.[0] ?? '';
  const open = text.replace(/^.*@/s, `${kind}***@`);
  return open.replace(/[?#].*$/s, '?***');
}

/** @returns null where the text is not encoded as a part of an address */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
