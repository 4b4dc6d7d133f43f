import path from 'node:path';
import type { NodeAPI } from 'node-red';
import { InvalidInputError, SegmenterError } from '../../src/base/errors';
import { answer } from './answer';
import type { AdminRequest, AdminResponse } from './request';

/** The pages as they were built; compiled, this file lies in dist/nodes/admin. */
const PAGES = path.resolve(__dirname, '..', '..', 'pages');
/** A page that another site shows in a frame can be clicked without being seen. */
const PAGE_HEADERS = { 'content-security-policy': "frame-ancestors 'self'", 'x-content-type-options': 'nosniff' };

/**
 * Serves a page below the editor's address. It holds no data, so it needs no login; its data does.
 * @param route such as `/segmenter/results`
 * @param page name of its folder
 */
export function servePage({ httpAdmin }: NodeAPI, route: string, page: string): void {
  const send = (request: AdminRequest, response: AdminResponse) =>
    answer(response, () => sendPage(request, response, page, path.posix.basename(route)));
  httpAdmin.get(route, send);
  httpAdmin.get(`${route}/:file`, send);
}

/**
 * Sends a file of a page, its first one where the address names none. The page counts on addresses relative to its own,
 * which ends in a slash: so it works below any path of a proxy.
 * @param last the last name of the page's own address
 * @throws InvalidInputError, SegmenterError `not-found`
 */
export async function sendPage(
  request: AdminRequest,
  response: AdminResponse,
  page: string,
  last: string,
): Promise<void> {
  const { file } = request.params;
  if (file === undefined && !request.path.endsWith('/')) {
    const { search } = new URL(request.originalUrl, 'http://localhost');
    response.redirect(302, `${encodeURIComponent(last)}/${search}`);
    return;
  }
  const name = String(file ?? 'index.html');
  response.set(PAGE_HEADERS);
  if (!/^[\w-]+(\.[\w-]+)*\.(html|js|css|svg|png|woff2)$/.test(name)) {
    throw new InvalidInputError('file', 'a file of the page', name);
  }
  await new Promise<void>((resolve, reject) => {
    response.sendFile(name, { root: path.join(PAGES, page) }, (error?: Error) => {
      if (!error || response.headersSent) resolve();
      else reject(new SegmenterError('not-found', `the page has no file ${name}`, {}, { cause: error }));
    });
  });
}
