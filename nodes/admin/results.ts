import { readFile, rm } from 'node:fs/promises';
import type { NodeAPI } from 'node-red';
import { LruCache } from '../../src/base/collections';
import { messageOf, SegmenterError, throwIfCancelled } from '../../src/base/errors';
import { canonicalHash } from '../../src/base/plain-json';
import { prepareCheck, validate } from '../../src/base/schema';
import type { ImageDescription } from '../../src/image/description';
import type { JobHost } from '../../src/jobs/host/job-host';
import type { JobInput } from '../../src/jobs/job-types';
import type { Purpose } from '../../src/masks/foreground';
import type { ResultPicture, ResultView, Run, Runs } from '../../src/results/page-api';
import type { ReportEntry } from '../../src/results/report-index';
import {
  type Compared,
  RESULT_ROLES,
  type ResultImages,
  type ResultMetrics,
  type ResultRole,
} from '../../src/results/result-entry';
import { jobAccess } from '../job-host-access';
import { reportIndex, resultsLog } from '../results-access';
import { answer, answerOwnSite } from './answer';
import { DriftDesk } from './drift';
import { servePage } from './page';
import { type AdminRequest, type AdminResponse, numbersIn, parameter } from './request';
import { ResultFiles } from './result-files';
import { sendTile, tileSchema } from './tile';

const BASE = '/segmenter/results';
const TileSchema = tileSchema(RESULT_ROLES);
/** Runs that are listed: pages ask for them often. */
const MOST_RUNS = 500;
/** Twice the pixels of a row of the strip. */
const THUMBNAIL = 128;
const THUMBNAIL_BYTES = 24 * 2 ** 20;

/** A sample of the log, or a file. */
interface Looked {
  sample: string;
  images: ResultImages;
  metrics: ResultMetrics;
  compared?: Compared;
}

interface Asked {
  request: AdminRequest;
  response: AdminResponse;
  /** set when nobody waits for the answer any more */
  signal: AbortSignal;
}

/**
 * Serves the results page and its data below the editor's address, read-only. The page itself holds no data and needs no
 * login; all else takes the permission `segmenter-results.read`.
 */
export function serveResults(RED: NodeAPI): void {
  const { httpAdmin } = RED;
  prepareCheck(TileSchema);
  const read = RED.auth.needsPermission('segmenter-results.read');
  const desk = new ResultsDesk(RED);
  const on = (work: (asked: Asked) => Promise<unknown>) => (request: AdminRequest, response: AdminResponse) => {
    answerOwnSite(response);
    return answer(response, (signal) => work({ request, response, signal }));
  };
  httpAdmin.get(
    `${BASE}/runs`,
    read,
    on(() => desk.runs()),
  );
  httpAdmin.get(
    `${BASE}/run/:run`,
    read,
    on((asked) => desk.run(asked)),
  );
  const drift = new DriftDesk(RED);
  httpAdmin.get(
    `${BASE}/drift`,
    read,
    on(() => drift.charts()),
  );
  httpAdmin.get(
    below('drift'),
    read,
    on(({ request }) => drift.view(parameter(request, 'id'))),
  );
  httpAdmin.get(
    below('files'),
    read,
    on((asked) => desk.files(asked)),
  );
  httpAdmin.get(
    below('image'),
    read,
    on((asked) => desk.image(asked)),
  );
  httpAdmin.get(
    below('tile'),
    read,
    on((asked) => desk.tile(asked)),
  );
  httpAdmin.get(
    below('thumbnail'),
    read,
    on((asked) => desk.thumbnail(asked)),
  );
  servePage(RED, BASE, 'results');
}

/** Some proxies (nginx with a path of its own) decode the `/` of an id, so it may come either way. */
function below(what: string): RegExp {
  return new RegExp(`^${BASE}/${what}/(?<id>.+)$`);
}

/** Whether a report is of a run; of a node whose images came alone it is that of the last of them. */
function isReportOf(entry: ReportEntry, run: string, node: string): boolean {
  return entry.run === run || (entry.run === null && entry.node.id === node);
}

/** Looks up what the page asks for. */
class ResultsDesk {
  private readonly thumbnails = new LruCache<string, Buffer>(THUMBNAIL_BYTES);
  private ofFiles: { host: JobHost; files: ResultFiles } | null = null;

  constructor(private readonly RED: NodeAPI) {}

  async runs(): Promise<Runs> {
    return { runs: (await resultsLog(this.RED).runs()).slice(0, MOST_RUNS) };
  }

  async run({ request }: Asked): Promise<Run> {
    const run = parameter(request, 'run');
    const rows = await resultsLog(this.RED).samples(run);
    if (rows.length === 0) throw new SegmenterError('not-found', `run ${run}: it is no longer in the log of results`);
    const { node } = rows[rows.length - 1];
    return {
      node,
      rows: rows.map(({ id, sample, metrics, failed, model }) => ({
        id,
        sample,
        metrics,
        failed,
        model: model ?? null,
      })),
      problems: [],
      report: (await reportIndex(this.RED).last((entry) => isReportOf(entry, run, node.id)))?.id ?? null,
    };
  }

  files({ request, signal }: Asked): Promise<Run> {
    return this.fileList().list(parameter(request, 'id'), signal);
  }

  async image({ request, signal }: Asked): Promise<ResultView> {
    const id = parameter(request, 'id');
    const { sample, images, metrics, compared = null } = await this.look(id, signal);
    const version = canonicalHash(images).slice(0, 16);
    const pictureOf = async (image: ImageDescription, role: ResultRole): Promise<ResultPicture> => {
      const picture = await this.host.run('picture-info', { image, purpose: purposeOf(role, 0) }, { signal });
      return { ...picture, version, scale: image.scale ?? 1 };
    };
    const pictures: ResultView['pictures'] = { raw: await pictureOf(rawOf(id, images), 'raw') };
    const missing: ResultView['missing'] = [];
    for (const role of RESULT_ROLES) {
      const image = images[role];
      if (!image || role === 'raw') continue;
      try {
        pictures[role] = await pictureOf(image, role);
      } catch (error) {
        throwIfCancelled(signal, 'looking at a result');
        missing.push({ role, message: messageOf(error) });
      }
    }
    return { id, sample, pictures, missing, metrics, compared };
  }

  async tile({ request, response, signal }: Asked): Promise<void> {
    const { image: role, version: _, ...tile } = validate(TileSchema, numbersIn(request.query), 'tile');
    const id = parameter(request, 'id');
    const image = (await this.look(id, signal)).images[role];
    if (!image) throw new SegmenterError('not-found', `result ${id} has no ${role}`, { id, role });
    await sendTile(response, this.host, { image, purpose: purposeOf(role, tile.level), tile }, signal);
  }

  async thumbnail({ request, response, signal }: Asked): Promise<void> {
    const id = parameter(request, 'id');
    const looked = await this.look(id, signal);
    const key = canonicalHash([id, looked.images]);
    let png = this.thumbnails.get(key);
    if (!png) {
      const { path } = await this.host.run('overlay', overlayOf(id, looked), { signal });
      png = await readFile(path).finally(() => rm(path, { force: true }));
      this.thumbnails.set(key, png, png.byteLength);
    }
    response.set('content-type', 'image/png');
    response.end(png);
  }

  private async look(id: string, signal: AbortSignal): Promise<Looked> {
    if (ResultFiles.owns(id)) return { ...(await this.fileList().images(id, signal)), metrics: {} };
    return resultsLog(this.RED).entry(id);
  }

  private get host(): JobHost {
    return jobAccess(this.RED).host;
  }

  /** What was opened with another host is opened again. */
  private fileList(): ResultFiles {
    const { host } = this;
    if (this.ofFiles?.host !== host) this.ofFiles = { host, files: new ResultFiles(host) };
    return this.ofFiles.files;
  }
}

/** What an image of a sample is drawn as; the numbers of labels have no mean, so that only their own pixels show them. */
function purposeOf(role: ResultRole, level: number): Purpose | null {
  if (role === 'raw' || role === 'probability' || role === 'weight') return null;
  return role === 'labels' && level === 0 ? null : 'segmentation';
}

function rawOf(id: string, { raw }: ResultImages): ImageDescription {
  if (!raw) throw new SegmenterError('not-found', `result ${id}: its sample says of no raw image where it lies`);
  return raw;
}

function overlayOf(id: string, { images, metrics, compared }: Looked): JobInput<'overlay'> {
  const { threshold } = metrics;
  const found = compared?.found ?? (['mask', 'labels', 'probability'] as const).find((role) => images[role]);
  const truth = compared ? images[compared.truth] : (images.target ?? images.seg1);
  const isShare = threshold !== undefined && threshold >= 0 && threshold <= 1;
  return {
    raw: rawOf(id, images),
    found: foundIn(images, found, isShare ? threshold : undefined),
    truth: truth ?? null,
    weight: images.weight ?? null,
    view: { t: 0, z: 'middle', longest: THUMBNAIL, style: 'overlay' },
  };
}

function foundIn(images: ResultImages, role: ResultRole | undefined, threshold?: number): JobInput<'overlay'>['found'] {
  const image = role && images[role];
  if (!image) return null;
  const kind = role === 'labels' || role === 'probability' ? role : 'mask';
  return { kind, image, ...(threshold === undefined ? {} : { threshold }) };
}
