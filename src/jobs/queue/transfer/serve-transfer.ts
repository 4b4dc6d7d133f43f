import type { IncomingMessage, ServerResponse } from 'node:http';
import { SegmenterError, toErrorRecord } from '../../../base/errors';
import { readPieces } from '../../../storage/outside-files';
import { checkSavedRun } from './saved-run';
import type { DeskJob, TransferDesk } from './transfer-desk';
import { LENGTH_HEADER, MOST_LIST_BYTES, OFFSET_HEADER, PIECE_BYTES } from './wire';

const ADDRESS =
  /^\/(?<id>[0-9a-f]{32,64})\/(?:(?<what>bundles|files|received)\/(?<key>[0-9a-f]{64})|(?<run>run))(?:\?.*)?$/;
const STATUS: Readonly<Record<string, number>> = {
  'invalid-input': 400,
  'not-allowed': 403,
  'not-found': 404,
  changed: 409,
  'corrupt-file': 422,
  timeout: 504,
  'disk-full': 507,
};

interface Asked {
  job: DeskJob;
  request: IncomingMessage;
  response: ServerResponse;
  key: string;
}

const ROUTES: Readonly<Record<string, (asked: Asked) => Promise<void>>> = {
  'GET bundles': async ({ job, response, key }) => sendJson(response, 200, job.bundle(key)),
  'GET files': sendPiece,
  'HEAD received': async ({ job, response, key }) => {
    response.writeHead(204, { [OFFSET_HEADER]: await job.received.offsetOf(key) }).end();
  },
  'PATCH received': takePiece,
  'GET run': async ({ job, response }) => sendJson(response, 200, await job.run.read()),
  'PUT run': async ({ job, request, response }) => {
    const text = (await bodyOf(request, MOST_LIST_BYTES)).toString('utf8');
    await job.run.keep(checkSavedRun(parsed(text)));
    response.writeHead(204).end();
  },
};

/**
 * Makes what answers workers over HTTP, below whatever address it is mounted at. Nothing of a request is read before its token
 * is known to be right, and no path is taken from it.
 */
export function transferHandler(desk: TransferDesk): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    response.removeHeader('access-control-allow-origin');
    void serve(desk, request, response).catch((error: unknown) => refuse(response, error));
  };
}

async function serve(desk: TransferDesk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { id = '', what, key = '', run } = ADDRESS.exec(request.url ?? '')?.groups ?? {};
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const job = desk.require(id, token);
  const route = ROUTES[`${request.method} ${what ?? run}`];
  if (!route) throw new SegmenterError('not-found', `${request.method} is not answered here`);
  await route({ job, request, response, key });
}

/** One piece of a file, however much more is asked for: who wants the rest asks again. */
async function sendPiece({ job, request, response, key }: Asked): Promise<void> {
  const { path, size } = await job.file(key);
  const { from, to } =
    /^bytes=(?<from>\d{1,15})-(?<to>\d{0,15})$/.exec(request.headers.range ?? 'bytes=0-')?.groups ?? {};
  const start = Number(from ?? Number.NaN);
  if (!(start < size)) {
    response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
    return;
  }
  const end = Math.min(size, start + PIECE_BYTES, to ? Number(to) + 1 : size);
  response.writeHead(206, {
    'content-type': 'application/octet-stream',
    'content-length': end - start,
    'content-range': `bytes ${start}-${end - 1}/${size}`,
  });
  for await (const piece of readPieces(path, start, end)) {
    if (response.destroyed) return;
    // The piece is another one's as soon as the next is read.
    if (!response.write(Buffer.from(piece))) await drained(response);
  }
  response.end();
}

async function takePiece({ job, request, response, key }: Asked): Promise<void> {
  const offset = wholeNumber(request, OFFSET_HEADER);
  const size = wholeNumber(request, LENGTH_HEADER);
  const bytes = await bodyOf(request, PIECE_BYTES);
  const now = await job.received.append(key, { size, offset, bytes });
  const isTaken = now === offset + bytes.length;
  response.writeHead(isTaken ? 204 : 409, { [OFFSET_HEADER]: now }).end();
}

function wholeNumber(request: IncomingMessage, header: string): number {
  const text = String(request.headers[header] ?? '');
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new SegmenterError('invalid-input', `${header}: expected a whole number, got ${JSON.stringify(text)}`);
}

async function bodyOf(request: IncomingMessage, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += (piece as Buffer).length;
    if (bytes > most) throw new SegmenterError('invalid-input', `expected at most ${most} bytes in one request`);
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SegmenterError('invalid-input', 'expected JSON');
  }
}

/** Until more can be written, or nobody reads any more. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: unknown): void {
  const { code, message } = toErrorRecord(error);
  if (response.headersSent) response.destroy();
  // What is sent of a body that was not read is of no use.
  else sendJson(response.setHeader('connection', 'close'), STATUS[code] ?? 500, { code, message });
}
