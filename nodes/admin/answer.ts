import { randomBytes } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type { NodeAPI } from 'node-red';
import { type ErrorCode, toErrorRecord } from '../../src/base/errors';

/** Express, as Node-RED's types know it. */
export type AdminHandler = ReturnType<NodeAPI['auth']['needsPermission']>;

/** As much of a response as an answer needs. */
interface AdminResponse extends EventEmitter {
  readonly headersSent?: boolean;
  status(code: number): AdminResponse;
  json(body: unknown): unknown;
}

/** All addresses of this package below the editor's lie here. */
const BASE = '/segmenter';
/** Carries the token with what changes something. */
const TOKEN_HEADER = 'x-segmenter';
/** Of an error that came from elsewhere. */
const LONGEST_TEXT = 200;

/**
 * Answers the editor with what the work gives, as JSON, or with code and message of its error.
 * @param work is given a signal that is set when nobody waits for the answer any more
 */
export async function answer(response: AdminResponse, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const left = new AbortController();
  response.on('close', () => left.abort());
  try {
    const body = await work(left.signal);
    // What is no JSON the work has sent itself.
    if (body !== undefined) response.json(body);
  } catch (error) {
    const { code, message } = toErrorRecord(error);
    if (!left.signal.aborted) refuse(response, httpStatus(code), code, message);
  }
}

/**
 * Gives the handlers before that of every route that changes something: the permission, and that no page of another site
 * asks. A browser that reaches a Node-RED without login would do as any page says.
 */
export function changing(RED: NodeAPI, permission: string): [AdminHandler, AdminHandler] {
  return [RED.auth.needsPermission(permission), fromOwnPage];
}

/**
 * Serves what all routes of this package need; to be called after they are registered. The token for changes, at
 * `segmenter/token` and in the header of every answer; and answers in JSON, without stack and paths, to what fails before it reaches a route: a body that is
 * too large or no JSON, an address that cannot be decoded.
 */
export function serveAround({ httpAdmin }: NodeAPI): void {
  httpAdmin.get(`${BASE}/token`, (_request, response) => {
    answerOwnSite(response);
    response.json({ token: ownToken() });
  });
  httpAdmin.use(BASE, refuseUnread);
  // Node-RED reads bodies in the application that this one is mounted in.
  const { parent } = httpAdmin as { parent?: typeof httpAdmin };
  parent?.use(BASE, refuseUnread);
}

/**
 * Lets no page of another site read an answer, which Node-RED allows to all of them, and nothing keep it. So it may carry
 * the token for changes.
 */
export function answerOwnSite(response: Pick<Parameters<AdminHandler>[1], 'removeHeader' | 'set'>): void {
  response.removeHeader('access-control-allow-origin');
  response.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', [TOKEN_HEADER]: ownToken() });
}

let token: string | null = null;

/** One for the life of this process. */
function ownToken(): string {
  token ??= randomBytes(16).toString('hex');
  return token;
}

/**
 * Browsers say where a request comes from, but to https and localhost only, and Node-RED lets pages of all sites send
 * what they like. So a change takes a token that only pages of this site can read. Host and Origin are not compared:
 * behind many a proxy they differ.
 */
const fromOwnPage: AdminHandler = ({ headers }, response, next) => {
  const site = headers['sec-fetch-site'];
  const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (!isForeign && headers[TOKEN_HEADER] === ownToken()) return next();
  const message = isForeign
    ? 'a change from the page of another site'
    : `a change without this server's token: expected the one of ${BASE}/token in the header ${TOKEN_HEADER}`;
  answerOwnSite(response);
  refuse(response, httpStatus('not-allowed'), 'not-allowed', message);
};

function refuseUnread(
  error: unknown,
  _request: unknown,
  response: AdminResponse,
  next: (error: unknown) => void,
): void {
  if (response.headersSent) {
    next(error);
    return;
  }
  const { status, message } = (error ?? {}) as { status?: unknown; message?: unknown };
  const isTheirs = typeof status === 'number' && status >= 400 && status <= 499;
  if (isTheirs) refuse(response, status, 'invalid-input', String(message).slice(0, LONGEST_TEXT));
  else refuse(response, 500, 'internal', 'the request could not be answered');
}

/** Who looks into the answer finds code and message where the page or the editor expects them. */
function refuse(response: AdminResponse, status: number, code: ErrorCode, message: string): void {
  response.status(status).json({ code, message, error: { code, message } });
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  'invalid-input': 400,
  'not-allowed': 403,
  'not-found': 404,
  exists: 409,
  changed: 409,
  busy: 503,
  timeout: 504,
  'disk-full': 507,
  internal: 500,
};

/** Gives the HTTP status that says what an error's code says. */
export function httpStatus(code: ErrorCode): number {
  return STATUS[code] ?? 422;
}
