import { Type } from '@sinclair/typebox';
import type { NodeAPI } from 'node-red';
import { prepareCheck, validate, words } from '../../src/base/schema';
import { logsOf } from '../event-log';
import { answer, answerOwnSite } from './answer';
import { numbersIn } from './request';

const BASE = '/segmenter/log';
const READ = 'segmenter-log.read';

const QuerySchema = Type.Object({
  of: words(['events', 'changes'] as const),
  count: Type.Integer({ minimum: 1, maximum: 1000, default: 200 }),
});

/** Serves what was logged last, the newest first: `GET segmenter/log?of=events&count=200`, or `of=changes`; permission `segmenter-log.read`. */
export function serveLogs(RED: NodeAPI): void {
  prepareCheck(QuerySchema);
  RED.httpAdmin.get(BASE, RED.auth.needsPermission(READ), (request, response) => {
    answerOwnSite(response);
    return answer(response, async () => {
      const { of, count } = validate(QuerySchema, { count: 200, ...numbersIn(request.query) }, 'request');
      const logs = logsOf(RED);
      return { of, records: (await logs?.[of]?.last(count)) ?? [], isLogged: Boolean(logs?.[of]) };
    });
  });
}
