import type { NodeAPI, NodeMessage } from 'node-red';
import { Type } from '#typebox';
import { SegmenterError } from '../../src/base/errors';
import { prepareCheck, validate, words } from '../../src/base/schema';
import { type DeadLetter, prepareDeadLetterChecks } from '../../src/results/dead-letters';
import { failedMessages } from '../failing/failed-messages';
import { answer, answerOwnSite, changing } from './answer';
import { mayWrite } from './request';
import type { FailedAnswer, FailedRow } from './tab-api';

const ROUTE = '/segmenter/failed';
const WRITE = 'segmenter-failed.write';
/** Rows of an answer: there are more than a person looks through. */
const MOST_ROWS = 200;
const MOST_IDS = 1000;

const ChangeSchema = Type.Object(
  {
    do: words(['again', 'dismiss']),
    ids: Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: MOST_IDS }),
  },
  { additionalProperties: false },
);

/**
 * Serves the messages that failed though they were tried again and again. What is tried again goes into the node that
 * failed, as a message that comes to it anew.
 */
export function serveFailed(RED: NodeAPI): void {
  prepareCheck(ChangeSchema);
  prepareDeadLetterChecks();
  RED.httpAdmin.get(ROUTE, RED.auth.needsPermission('segmenter-failed.read'), (request, response) => {
    answerOwnSite(response);
    return answer(response, async (): Promise<FailedAnswer> => {
      const letters = await failedMessages(RED).list();
      const rows = letters.slice(0, MOST_ROWS).map((letter) => rowOf(RED, letter));
      return { now: Date.now(), mayWrite: mayWrite(request, WRITE), total: letters.length, rows };
    });
  });
  RED.httpAdmin.post(ROUTE, ...changing(RED, WRITE), (request, response) => {
    answerOwnSite(response);
    return answer(response, async () => {
      const { do: what, ids } = validate(ChangeSchema, request.body, 'request');
      const done: string[] = [];
      for (const id of ids) {
        if (await (what === 'again' ? tryAgain(RED, id) : failedMessages(RED).take(id))) done.push(id);
      }
      if (done.length > 0 || ids.length > 1) return { done };
      const message = `failed message ${ids[0]}: it was tried again or dismissed, or its node is no longer in the flows`;
      throw new SegmenterError('not-found', message, { id: ids[0] });
    });
  });
}

/** @returns whether its node has it now */
async function tryAgain(RED: NodeAPI, id: string): Promise<boolean> {
  const letters = failedMessages(RED);
  const known = (await letters.list()).find((each) => each.id === id);
  // What nobody can take stays in the list.
  if (!known || RED.nodes.getNode(known.node.id)?.type !== known.node.type) return false;
  const letter = await letters.take(id);
  if (!letter) return false;
  RED.nodes.getNode(letter.node.id).receive({ ...letter.message } as NodeMessage);
  return true;
}

function rowOf(RED: NodeAPI, { id, node, sample, error, tries, first, last, without }: DeadLetter): FailedRow {
  const now = RED.nodes.getNode(node.id);
  const isThere = now?.type === node.type;
  return {
    ...{ id, sample, error, tries, first, last, without, isThere },
    node: { id: node.id, type: node.type, name: now?.name ?? node.name, flow: now?.z ?? '' },
  };
}
