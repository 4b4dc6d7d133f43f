import path from 'node:path';
import { LruCache } from '../../src/base/collections';
import { SegmenterError } from '../../src/base/errors';
import type { JobRunner, SampleEntry, SampleRequest } from '../../src/jobs/job-types';
import type { Row, Run } from '../../src/results/page-api';
import type { ResultImages } from '../../src/results/result-entry';

/** What is said of files that nobody said anything of. */
const REQUEST: SampleRequest = { rawChannel: null, seg1Channel: null, seg2Channel: null, scene: null, time: null };
const PREFIX = 'file:';
/** Files of a folder that are listed. */
const MOST_FILES = 2000;
const MOST_OPENED = 200;

/** Files that people look at by their paths; jobs look them up, inside the folders that all jobs are confined to. */
export class ResultFiles {
  private readonly opened = new LruCache<string, ResultImages>(MOST_OPENED);

  constructor(private readonly host: JobRunner) {}

  /** Tells whether an id is that of a file. */
  static owns(id: string): boolean {
    return id.startsWith(PREFIX);
  }

  /**
   * Lists what a path stands for: of one file its scenes, of a folder or pattern the files.
   * @throws SegmenterError as `load-image` does
   */
  async list(raw: string, signal: AbortSignal): Promise<Run> {
    const { entries, problems } = await this.host.run('list-samples', { ...REQUEST, raw }, { signal });
    if (entries.length === 0) throw new SegmenterError('not-found', `${raw}: no image was found there`);
    const listed = entries.slice(0, MOST_FILES);
    const left = entries.length - listed.length;
    const notes =
      left > 0 ? [...problems, `${left} further files are not listed: name a folder or pattern of fewer`] : problems;
    if (listed.length > 1)
      return { node: null, rows: listed.map((entry) => rowOf(entry, 0)), problems: notes, report: null };
    const scenes = await this.scenes(listed[0], signal);
    const rows = scenes.map((scene, i) =>
      'error' in scene
        ? { ...rowOf(listed[0], i), sample: scene.id, failed: scene.error.message }
        : { ...rowOf(listed[0], i), sample: scenes.length > 1 ? scene.id : path.basename(listed[0].raw) },
    );
    return { node: null, rows, problems: notes, report: null };
  }

  /** Gives the images of a file by its id. @throws SegmenterError where it is gone, or lies elsewhere */
  async images(id: string, signal: AbortSignal): Promise<{ sample: string; images: ResultImages }> {
    const [, scene, raw] = /^file:(\d{1,9}):(.+)$/s.exec(id) ?? [];
    if (raw === undefined) throw new SegmenterError('not-found', `${id}: expected the id of a file and a scene`);
    const known = this.opened.get(id);
    if (known) return { sample: path.basename(raw), images: known };
    const entry = { id: path.basename(raw), raw, scene: Number(scene) };
    const [opened] = await this.host.run('open-sample', { entry, request: REQUEST }, { signal });
    if ('error' in opened) throw new SegmenterError(opened.error.code, opened.error.message);
    const images = { raw: opened.raw };
    this.opened.set(id, images);
    return { sample: entry.id, images };
  }

  private scenes(entry: SampleEntry, signal: AbortSignal) {
    return this.host.run('open-sample', { entry, request: REQUEST }, { signal });
  }
}

function rowOf({ raw, error }: SampleEntry, scene: number): Row {
  return {
    id: `${PREFIX}${scene}:${raw}`,
    sample: path.basename(raw),
    metrics: {},
    failed: error?.message ?? null,
    model: null,
  };
}
