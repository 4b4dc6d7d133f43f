import type { NodeAPI } from 'node-red';
import { Type } from '#typebox';
import { SegmenterError } from '../../src/base/errors';
import { validate, words } from '../../src/base/schema';
import { BROWSED } from '../../src/samples/listing/folder-view';
import { jobAccess } from '../job-host-access';
import { answer, answerOwnSite } from './answer';

const ROUTE = '/segmenter/folders';

const QuerySchema = Type.Object({
  /** may hold `${VARIABLES}` of the flow and the process; blank: the folders that may be looked into */
  path: Type.String({ default: '', maxLength: 4096 }),
  of: words(BROWSED),
  filter: Type.String({ default: '', maxLength: 200 }),
  /** the flow whose variables count */
  flow: Type.String({ default: '', maxLength: 200 }),
});

/**
 * Answers the editor with what a folder holds, of those that nodes may read: `GET segmenter/folders?path=&of=&filter=`.
 * Takes the permission `segmenter-folders.read`.
 */
export function serveFolders(RED: NodeAPI): void {
  RED.httpAdmin.get(ROUTE, RED.auth.needsPermission('segmenter-folders.read'), (request, response) => {
    answerOwnSite(response);
    return answer(response, async (signal) => {
      const { path, of, filter, flow } = validate(
        QuerySchema,
        { path: '', filter: '', flow: '', ...request.query },
        'query',
      );
      const { host } = jobAccess(RED);
      const look = (place: string | null) => host.run('browse-folder', { path: place, of, filter }, { signal });
      return path.trim() === '' ? look(null) : withVariables(path, look, variablesOf(RED, flow));
    });
  });
}

/** What a variable holds; undefined where there is none. */
export type Variables = (name: string) => unknown;

/** Knows the variables of a flow that runs, as its nodes do, and of the process. @param flow its id; '' for none */
export function variablesOf(RED: NodeAPI, flow: string): Variables {
  return (name) => {
    let found: unknown;
    RED.nodes.eachNode(({ id, z }: { id: string; z?: string }) => {
      const node = found === undefined && flow !== '' && z === flow ? RED.nodes.getNode(id) : null;
      if (node) found = RED.util.getSetting(node, name);
    });
    return found ?? process.env[name];
  };
}

/**
 * Puts variables into a path, as Node-RED does, and looks there. What a variable holds is told only where it is a path
 * that may be looked into.
 * @throws SegmenterError `not-found` where there is no such variable, else what looking throws
 */
export async function withVariables<T>(
  text: string,
  look: (place: string) => Promise<T>,
  variables: Variables = (name) => process.env[name],
): Promise<T> {
  const place = putVariables(text, variables);
  try {
    return await look(place);
  } catch (error) {
    if (place === text || !(error instanceof SegmenterError) || !error.message.includes(place)) throw error;
    const { code } = error;
    const why = code === 'not-allowed' ? 'lies outside the allowed folders' : 'cannot be looked into';
    throw new SegmenterError(code, `${text} ${why}`, { path: text });
  }
}

/** Puts variables in place of their names. @throws SegmenterError `not-found` */
export function putVariables(text: string, variables: Variables): string {
  return text.replaceAll(/\$\{([^{}]+)\}/g, (_, name: string) => {
    const value = variables(name);
    if (value !== undefined && value !== null) return String(value);
    throw new SegmenterError('not-found', `${text}: expected a variable that is set, ${name} is not`, { name });
  });
}
