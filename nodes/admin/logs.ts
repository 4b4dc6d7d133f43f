import type { NodeAPI } from 'node-red';
import { Type } from '#typebox';
import { prepareCheck, validate, words } from '../../src/base/schema';
import { logsOf } from '../event-log';
import { answer, answerOwnSite } from './answer';
import { numbersIn } from './request';
import type { LogAnswer, LogRecord } from './tab-api';

const BASE = '/segmenter/log';
const READ = 'segmenter-log.read';

const QuerySchema = Type.Object({
  of: words(['events', 'changes'] as const),
  count: Type.Integer({ minimum: 1, maximum: 1000, default: 200 }),
  /** part of the id of a sample, or of what a change is of; blank: all */
  sample: Type.String({ maxLength: 500, default: '' }),
});

/**
 * Serves what was logged last, the newest first: `GET segmenter/log?of=events&count=200`, or `of=changes`, of one sample with
 * `sample=...`; permission `segmenter-log.read`.
 */
export function serveLogs(RED: NodeAPI): void {
  prepareCheck(QuerySchema);
  RED.httpAdmin.get(BASE, RED.auth.needsPermission(READ), (request, response) => {
    answerOwnSite(response);
    return answer(response, async (): Promise<LogAnswer> => {
      const { sample: asked = '' } = request.query;
      const query = { count: 200, ...numbersIn(request.query), sample: asked };
      const { of, count, sample } = validate(QuerySchema, query, 'request');
      const log = logsOf(RED)?.[of];
      const found = await log?.last(count, { isWanted: (record) => isOf(record, sample), holding: sample });
      return { of, records: (found ?? []) as LogRecord[], isLogged: Boolean(log) };
    });
  });
}

function isOf(record: object, sample: string): boolean {
  const { sample: id, of } = record as LogRecord;
  return sample === '' || [id, of].some((name) => typeof name === 'string' && name.includes(sample));
}
