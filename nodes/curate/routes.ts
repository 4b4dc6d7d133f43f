import type { NodeAPI } from 'node-red';
import { Type } from '#typebox';
import { SegmenterError, toErrorRecord } from '../../src/base/errors';
import { canonicalHash } from '../../src/base/plain-json';
import { prepareCheck, validate } from '../../src/base/schema';

import { prepareReportCheck } from '../../src/curation/kept-checks';

import type { Conflict, CuratedRole, ImageView, SaveAnswer } from '../../src/curation/page-api';
import { prepareRecordChecks } from '../../src/curation/record';
import { ConflictError } from '../../src/curation/review-folder';
import { prepareRunStateCheck } from '../../src/curation/run-state';
import type { EventNode } from '../../src/events/event';
import type { ImageDescription } from '../../src/image/description';
import type { Picture } from '../../src/image/picture';
import type { DrawnAs } from '../../src/views/open-picture';
import {
  answer,
  answerOwnSite,
  changing,
  type AdminHandler as Handler,
  httpStatus,
  serveAround,
} from '../admin/answer';
import { noteChangeBy } from '../admin/changes';
import { sendPage } from '../admin/page';
import { type AdminRequest, type AdminResponse, mayWrite, numbersIn, parameter, userOf } from '../admin/request';
import { sendTile, tileSchema } from '../admin/tile';

import type { CurateNode, Curation } from './curation';
import { imageOfRole, ROLES } from './page-images';

const BASE = '/segmenter/curate';
const ROUTE = `${BASE}/:node`;
/** A decision with as many points as one may have, with all their decimals, stays below. */
const MOST_BYTES = 4 * 2 ** 20;

const TileSchema = tileSchema(ROLES);
const SaveSchema = Type.Object(
  { revision: Type.Integer({ minimum: 0 }), decision: Type.Unknown() },
  { additionalProperties: false },
);

/** Compiles what the first requests check, at a time that suits. */
export function prepareCurateChecks(): void {
  prepareCheck(TileSchema);
  prepareCheck(SaveSchema);
  prepareRecordChecks();
  prepareRunStateCheck();
  prepareReportCheck();
}

/** What a handler is given: the curation that the address names, who asks, and a signal for when they have gone. */
interface Asked {
  RED: NodeAPI;
  node: CurateNode;
  curation: Curation;
  request: AdminRequest;
  response: AdminResponse;
  left: AbortSignal;
}

/**
 * Serves the curation page and its data below the editor's address. The page itself holds no data and needs no login; all
 * else takes the permission `segmenter-curate.read`, changes `segmenter-curate.write`.
 */
export function serveCuration(RED: NodeAPI): void {
  const { httpAdmin } = RED;
  const read = RED.auth.needsPermission('segmenter-curate.read');
  const write = changing(RED, 'segmenter-curate.write');
  const on = (answer: (asked: Asked) => Promise<void>) => dataHandler(RED, answer);
  httpAdmin.get(`${ROUTE}/queue`, read, on(sendQueue));
  httpAdmin.get(ofSample('image'), read, on(sendImage));
  httpAdmin.get(ofSample('tile'), read, on(sendTileOf));
  httpAdmin.get(`${ROUTE}/report`, read, on(sendReport));
  httpAdmin.put(ofSample('image'), ...write, on(save));
  httpAdmin.post(`${ROUTE}/finish`, ...write, on(finish));
  // Without a node, too: the page says in words that it is away, and is there as soon as the flow is deployed.
  httpAdmin.get(ROUTE, sendCurationPage);
  httpAdmin.get(`${ROUTE}/:file`, sendCurationPage);
  serveAround(RED);
}

/** Some proxies (nginx with a path of its own) decode the `/` of an id, so it may come either way. */
function ofSample(what: 'image' | 'tile'): RegExp {
  return new RegExp(`^${BASE}/(?<node>[^/]+)/${what}/(?<id>.+)$`);
}

/** Answers data: decisions change, and pixels are for those who may see them. */
function dataHandler(RED: NodeAPI, answer: (asked: Asked) => Promise<void>): Handler {
  return handler(RED, async (asked) => {
    answerOwnSite(asked.response);
    await answer(asked);
  });
}

function handler(RED: NodeAPI, answer: (asked: Asked) => Promise<void>): Handler {
  return async (request, response) => {
    const left = new AbortController();
    response.on('close', () => left.abort());
    try {
      const node = RED.nodes.getNode(parameter(request, 'node')) as CurateNode | null;
      if (!node?.curation) {
        // During a restart or a deploy it is away for a moment only: the page asks again.
        response.set('retry-after', '5');
        throw new SegmenterError('busy', `no curate node ${parameter(request, 'node')} is running with valid settings`);
      }
      await answer({ RED, node, curation: node.curation, request, response, left: left.signal });
    } catch (error) {
      if (!left.signal.aborted) refuse(response, error);
    }
  };
}

function refuse(response: AdminResponse, error: unknown): void {
  const { code, message } = toErrorRecord(error);
  answerOwnSite(response);
  response.status(httpStatus(code));
  if (!(error instanceof ConflictError)) {
    response.json({ error: { code, message } });
    return;
  }
  const { by, revision, decision } = error.record;
  const conflict: Conflict = { error: { code: 'exists', message }, by, revision, decision };
  response.json(conflict);
}

async function sendQueue({ curation, request, response }: Asked): Promise<void> {
  response.json(await curation.queue(userOf(request), mayWrite(request, 'segmenter-curate.write')));
}

async function sendImage({ curation, request, response, left }: Asked): Promise<void> {
  const { id, revision, decision, sample } = await curation.record(parameter(request, 'id'));
  const version = canonicalHash(ROLES.map((role) => imageOfRole(sample, role))).slice(0, 16);
  const pictureOf = async (image: ImageDescription, role: CuratedRole): Promise<Picture> => {
    const input = { image, purpose: purposeOf(role) };
    return { ...(await curation.host.run('picture-info', input, { signal: left })), version };
  };
  const pictures: ImageView['pictures'] = { raw: await pictureOf(sample.raw, 'raw') };
  for (const role of ROLES) {
    const image = role === 'raw' ? null : imageOfRole(sample, role);
    if (!image) continue;
    const picture = await pictureOf(image, role);
    // A mask has no numbers that tell objects apart.
    if (purposeOf(role) !== 'numbers' || picture.numbered) pictures[role] = picture;
  }
  const findings = await curation.findings(id);
  const view: ImageView = { id, revision, decision, pictures, findings };
  response.json(view);
}

/** What an image of a sample is read as. */
function purposeOf(role: CuratedRole): DrawnAs | null {
  if (role === 'raw') return null;
  if (role === 'numbers1' || role === 'numbers2') return 'numbers';
  return role === 'seg1' || role === 'seg2' ? 'segmentation' : 'mask';
}

async function sendTileOf({ curation, request, response, left }: Asked): Promise<void> {
  const { image: role, version: _, ...tile } = validate(TileSchema, numbersIn(request.query), 'tile');
  const image = await curation.image(parameter(request, 'id'), role);
  await sendTile(response, curation.host, { image, purpose: purposeOf(role), tile }, left);
}

async function sendReport({ curation, response }: Asked): Promise<void> {
  response.json(await curation.report());
}

async function save({ RED, node, curation, request, response }: Asked): Promise<void> {
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) {
    const message = `a decision: expected at most ${MOST_BYTES} bytes`;
    response.status(413).json({ error: { code: 'invalid-input', message } });
    return;
  }
  const { revision, decision } = validate(SaveSchema, request.body, 'request');
  const id = parameter(request, 'id');
  const record = await curation.save(id, { revision, decision: decision as never }, userOf(request));
  noteChangeBy(RED, request, { what: 'decision', node: labelled(node), of: id, to: { revision: record.revision } });
  const answer: SaveAnswer = { revision: record.revision };
  response.json(answer);
}

async function finish({ RED, node, request, curation, response }: Asked): Promise<void> {
  const finished = await curation.finish();
  noteChangeBy(RED, request, { what: 'curation-finished', node: labelled(node) });
  response.json(finished);
}

function labelled({ id, type, name = '' }: CurateNode): EventNode {
  return { id, type, name };
}

const sendCurationPage: Handler = (request, response) =>
  answer(response, () => sendPage(request, response, 'curate', parameter(request, 'node')));
