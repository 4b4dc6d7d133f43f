import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import type { NodeAPI } from 'node-red';
import { LruCache } from '../../src/base/collections';
import { SegmenterError } from '../../src/base/errors';
import type { JobInput } from '../../src/jobs/job-types';
import type { Reports } from '../../src/results/page-api';
import type { ReportEntry } from '../../src/results/report-index';
import { jobAccess } from '../job-host-access';
import { reportIndex } from '../results-access';
import { answer, answerOwnSite } from './answer';
import { type AdminRequest, type AdminResponse, parameter } from './request';

const BASE = '/segmenter/reports';
/** Style and pictures of the page itself, and nothing else: no request, no script, no form, no part in this site. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'";
/** Addresses that are open, and how long each is, in milliseconds: long enough to come back to the tab. */
const MOST_OPEN = 200;
const OPEN_MS = 30 * 60_000;
/** Reports that are listed. */
const MOST_LISTED = 100;

type Wanted = JobInput<'read-report'>;

/**
 * Serves reports, read-only: `list` those of compared sequences, `entry/<id>` one of these, `node/<id>` the last one of an evaluate
 * node, `model/<name>/<version>` that of a training. They answer with an address to open in a tab, which cannot carry a login; so
 * that address is a secret of who asked, and ends. What is shown there is kept apart from this site, whatever is in the file. No
 * address names a file. To ask takes the permission `segmenter-results.read`.
 */
export function serveReports(RED: NodeAPI): void {
  const { httpAdmin } = RED;
  const read = RED.auth.needsPermission('segmenter-results.read');
  const open = new LruCache<string, { wanted: readonly Wanted[]; until: number }>(MOST_OPEN);
  const on =
    (work: (request: AdminRequest) => Promise<unknown>) => (request: AdminRequest, response: AdminResponse) => {
      answerOwnSite(response);
      return answer(response, () => work(request));
    };
  const opened = async (wanted: readonly Wanted[]) => {
    const key = randomBytes(16).toString('hex');
    open.set(key, { wanted, until: Date.now() + OPEN_MS });
    return { address: `open/${key}` };
  };
  const ofEntry = async (fits: (entry: ReportEntry) => boolean, what: string) => {
    const index = reportIndex(RED);
    const entry = await index.last(fits);
    if (!entry) throw new SegmenterError('not-found', `${what}: no report of it is known`);
    const newest = await index.last(({ model }) => model === entry.model);
    return opened([{ file: entry.file }, ...(newest === entry ? copiesOf(entry) : [])]);
  };
  httpAdmin.get(
    `${BASE}/list`,
    read,
    on(() => listOf(RED)),
  );
  httpAdmin.get(
    `${BASE}/entry/:id`,
    read,
    on((request) => ofEntry(({ id }) => id === parameter(request, 'id'), `report ${parameter(request, 'id')}`)),
  );
  httpAdmin.get(
    `${BASE}/node/:node`,
    read,
    on((request) =>
      ofEntry(({ node }) => node.id === parameter(request, 'node'), `node ${parameter(request, 'node')}`),
    ),
  );
  httpAdmin.get(
    `${BASE}/model/:name/:version`,
    read,
    on((request) => {
      const model = { name: parameter(request, 'name'), version: parameter(request, 'version') };
      return opened([{ model, of: 'training' }]);
    }),
  );
  httpAdmin.get(`${BASE}/open/:key`, (request, response) => {
    answerOwnSite(response);
    return answer(response, (signal) => {
      const found = open.get(parameter(request, 'key'));
      if (found && found.until > Date.now()) return send(RED, response, found.wanted, signal);
      throw new SegmenterError('not-found', 'the report was asked for too long ago: open it again from its page');
    });
  });
}

async function listOf(RED: NodeAPI): Promise<Reports> {
  const entries = (await reportIndex(RED).list()).slice(0, MOST_LISTED);
  return { reports: entries.map(({ file: _, ...entry }) => entry) };
}

/** The copy of the newest report that lies with the only model. */
function copiesOf({ model }: ReportEntry): Wanted[] {
  const [, name, version] = /^(.+)@(v\d+)$/.exec(model ?? '') ?? [];
  return name && version ? [{ model: { name, version }, of: 'evaluation' }] : [];
}

/** Sends the first that there is. */
async function send(
  RED: NodeAPI,
  response: AdminResponse,
  wanted: readonly Wanted[],
  signal: AbortSignal,
): Promise<void> {
  const page = await pageOf(RED, wanted, signal);
  response.set({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY });
  response.end(page);
}

async function pageOf(RED: NodeAPI, [first, ...others]: readonly Wanted[], signal: AbortSignal): Promise<Buffer> {
  try {
    const { path } = await jobAccess(RED).host.run('read-report', first, { signal });
    return await readFile(path).finally(() => rm(path, { force: true }));
  } catch (error) {
    if (others.length === 0 || signal.aborted) throw error;
    return pageOf(RED, others, signal).catch(() => {
      throw error;
    });
  }
}
