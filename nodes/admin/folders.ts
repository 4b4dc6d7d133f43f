import { Type } from '@sinclair/typebox';
import type { NodeAPI } from 'node-red';
import { SegmenterError } from '../../src/base/errors';
import { validate, words } from '../../src/base/schema';
import { BROWSED } from '../../src/samples/folder-view';
import { jobAccess } from '../job-host-access';
import { answer, answerOwnSite } from './answer';

const ROUTE = '/segmenter/folders';

const QuerySchema = Type.Object({
  /** may hold `${VARIABLES}` of the process; blank: the folders that may be looked into */
  path: Type.String({ default: '', maxLength: 4096 }),
  of: words(BROWSED),
  filter: Type.String({ default: '', maxLength: 200 }),
});

/**
 * Answers the editor with what a folder holds, of those that nodes may read: `GET segmenter/folders?path=&of=&filter=`.
 * Takes the permission `segmenter-folders.read`.
 */
export function serveFolders(RED: NodeAPI): void {
  RED.httpAdmin.get(ROUTE, RED.auth.needsPermission('segmenter-folders.read'), (request, response) => {
    answerOwnSite(response);
    return answer(response, async (signal) => {
      const { path, of, filter } = validate(QuerySchema, { path: '', filter: '', ...request.query }, 'query');
      const { host } = jobAccess(RED);
      const look = (place: string | null) => host.run('browse-folder', { path: place, of, filter }, { signal });
      return path.trim() === '' ? look(null) : withVariables(path, look);
    });
  });
}

/**
 * Puts the process's environment variables into a path, as Node-RED does, and looks there. What a variable holds is told
 * only where it is a path that may be looked into.
 * @throws SegmenterError `not-found` where there is no such variable, else what looking throws
 */
export async function withVariables<T>(text: string, look: (place: string) => Promise<T>): Promise<T> {
  const place = text.replaceAll(/\$\{([^{}]+)\}/g, (_, name: string) => {
    const value = process.env[name];
    if (value === undefined) {
      throw new SegmenterError('not-found', `${text}: expected a variable that is set, ${name} is not`, { name });
    }
    return value;
  });
  try {
    return await look(place);
  } catch (error) {
    if (place === text || !(error instanceof SegmenterError) || !error.message.includes(place)) throw error;
    const { code } = error;
    const why = code === 'not-allowed' ? 'lies outside the allowed folders' : 'cannot be looked into';
    throw new SegmenterError(code, `${text} ${why}`, { path: text });
  }
}
