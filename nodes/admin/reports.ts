import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import type { NodeAPI } from 'node-red';
import { LruCache } from '../../src/base/collections';
import { SegmenterError } from '../../src/base/errors';
import type { JobInput } from '../../src/jobs/job-types';
import { jobAccess } from '../job-host-access';
import { lastReport } from '../report-access';
import { answer, answerOwnSite } from './answer';
import { type AdminRequest, type AdminResponse, parameter } from './request';

const BASE = '/segmenter/reports';
/** Style and pictures of the page itself, and nothing else: no request, no script, no form, no part in this site. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'";
/** Addresses that are open, and how long each is, in milliseconds: long enough to come back to the tab. */
const MOST_OPEN = 200;
const OPEN_MS = 30 * 60_000;

type Wanted = JobInput<'read-report'>;

/**
 * Serves reports, read-only: `node/<id>` the last one of an evaluate node, `model/<name>/<version>` that of a training. They
 * answer with an address to open in a tab, which cannot carry a login; so that address is a secret of who asked, and ends.
 * What is shown there is kept apart from this site, whatever is in the file. No address names a file. To ask takes the
 * permission `segmenter-results.read`.
 */
export function serveReports(RED: NodeAPI): void {
  const { httpAdmin } = RED;
  const read = RED.auth.needsPermission('segmenter-results.read');
  const open = new LruCache<string, { wanted: Wanted; until: number }>(MOST_OPEN);
  const ask = (wantedOf: (request: AdminRequest) => Wanted) => (request: AdminRequest, response: AdminResponse) => {
    answerOwnSite(response);
    return answer(response, async () => {
      const key = randomBytes(16).toString('hex');
      open.set(key, { wanted: wantedOf(request), until: Date.now() + OPEN_MS });
      return { address: `open/${key}` };
    });
  };
  httpAdmin.get(
    `${BASE}/node/:node`,
    read,
    ask((request) => ({ file: reportOf(parameter(request, 'node')) })),
  );
  httpAdmin.get(
    `${BASE}/model/:name/:version`,
    read,
    ask((request) => ({ model: { name: parameter(request, 'name'), version: parameter(request, 'version') } })),
  );
  httpAdmin.get(`${BASE}/open/:key`, (request, response) => {
    answerOwnSite(response);
    return answer(response, (signal) => {
      const opened = open.get(parameter(request, 'key'));
      if (opened && opened.until > Date.now()) return send(RED, response, opened.wanted, signal);
      throw new SegmenterError('not-found', 'the report was asked for too long ago: open it again from its page');
    });
  });
}

async function send(RED: NodeAPI, response: AdminResponse, wanted: Wanted, signal: AbortSignal): Promise<void> {
  const { path } = await jobAccess(RED).host.run('read-report', wanted, { signal });
  const page = await readFile(path).finally(() => rm(path, { force: true }));
  response.set({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY });
  response.end(page);
}

function reportOf(node: string): string {
  const file = lastReport(node);
  if (file) return file;
  throw new SegmenterError('not-found', `node ${node}: no report of it since Node-RED began`, { node });
}
