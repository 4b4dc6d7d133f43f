import type { NodeAPI } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { PAGE_AXES } from '../../src/image/description';
import type { FileContents, JobInput } from '../../src/jobs/job-types';
import { FILE_ROLES } from '../../src/samples/request';
import { answer, answerOwnSite, serveAround } from '../admin/answer';
import { putVariables, type Variables, variablesOf, withVariables } from '../admin/folders';
import type { AdminRequest } from '../admin/request';
import { jobAccess } from '../job-host-access';

/** Where the node's page in the editor asks what a file contains. */
const ROUTE = '/segmenter/load-image/contents';

/**
 * Answers the editor with the scenes, channels and sizes of the first file that `raw` in the address stands for, and with
 * how the files of other roles pair with it. Who may read in the editor may look into files in the allowed folders.
 */
export function serveContents(RED: NodeAPI): void {
  RED.httpAdmin.get(ROUTE, RED.auth.needsPermission('segmenter.read'), (request, response) => {
    answerOwnSite(response);
    return answer(response, async (signal): Promise<FileContents> => {
      const { raw, pages: told, flow } = request.query;
      if (typeof raw !== 'string' || raw.trim() === '') throw new InvalidInputError('raw', 'a path', raw);
      // Anything but one of the axes stands for what the file says.
      const pages = PAGE_AXES.find((axis) => axis === told);
      const variables = variablesOf(RED, typeof flow === 'string' ? flow : '');
      const { others, isPlain } = othersIn(request.query, variables);
      const { host } = jobAccess(RED);
      const look = (place: string) => {
        const input = { raw: place, ...(pages ? { pages } : {}), ...(others ? { others } : {}) };
        return host.run('inspect-file', input, { signal });
      };
      const contents = await withVariables(raw, look, variables);
      const { pairing } = contents;
      // A reason may name what a variable of the process holds.
      if (isPlain || !pairing || !('fault' in pairing)) return contents;
      return { ...contents, pairing: { fault: 'the files of other roles cannot be looked into' } };
    });
  });
  serveAround(RED);
}

type Others = NonNullable<JobInput<'inspect-file'>['others']>;

/** The other roles that the address names; isPlain: without variables. */
function othersIn(query: AdminRequest['query'], variables: Variables): { others: Others | null; isPlain: boolean } {
  const texts = (name: string) => {
    const entries = FILE_ROLES.flatMap((role): Array<[string, string]> => {
      const value = query[role + name];
      return typeof value === 'string' && value.trim() !== '' ? [[role, value]] : [];
    });
    return Object.fromEntries(entries);
  };
  const { raw: _, ...named } = texts('');
  if (Object.keys(named).length === 0) return { others: null, isPlain: true };
  const paths = Object.fromEntries(Object.entries(named).map(([role, text]) => [role, putVariables(text, variables)]));
  const isPlain = Object.entries(named).every(([role, text]) => paths[role] === text);
  return { others: { ...paths, suffixes: texts('Suffix') }, isPlain };
}
