import path from 'node:path';
import { SegmenterError } from '../../base/errors';
import { toPath, toUri } from '../../storage/paths';
import type { ComputeSettings, ComputingJobName, JobInput, JobRunner } from '../job-types';
import type { Answer, JobData } from './job-data';
import { INPUTS } from './results-folder';
import { isPlace, type SharedFolder, toPortable, withTexts } from './shared-folders';

/** Where results go in the first shared folder. */
export const RESULTS = path.join('segmenter-queue', 'results');
/** What a training needs of a sample: all else, other images among it, stays here. */
const TRAINED_FROM = ['id', 'raw', 'seg1', 'target', 'weight', 'base', 'split', 'origin', 'patches', 'failed'];

/** A job that is fit to be done elsewhere. */
export interface PackedJob {
  data: Pick<JobData, 'input' | 'files' | 'models' | 'results' | 'sent'>;
  /** Makes what a worker answers one of this machine's. @throws what putting it in its place throws */
  finish(answer: Answer): Promise<unknown>;
  /** nobody waits for it any more */
  close(): Promise<void>;
}

/** Gives the names of the shared folders that a worker must have for a job: those of what is not sent. */
export function namesIn({ files, models, results, sent }: PackedJob['data']): string[] {
  if (sent) return [];
  const places = [models, results, ...files.map(({ place }) => place)];
  return [...new Set(places.flatMap((place) => /:\/\/([^/]+)/.exec(place)?.[1] ?? []))];
}

/** Makes jobs fit to be done elsewhere: places become names of shared folders, files are marked by what is in them. */
export class Portable {
  constructor(
    private readonly folders: readonly SharedFolder[],
    private readonly modelsFolder: string,
    private readonly local: () => JobRunner,
  ) {}

  /**
   * @returns what of a job's data tells of its input
   * @throws SegmenterError `not-allowed` where a file that it needs lies in no shared folder; what marking files throws
   */
  async of<K extends ComputingJobName>(
    job: K,
    input: JobInput<K>,
    signal?: AbortSignal,
  ): Promise<Pick<JobData, 'input' | 'files' | 'models' | 'results'>> {
    const [first] = this.folders;
    if (!first)
      throw new SegmenterError('not-allowed', 'a queue needs a folder that its workers reach, too; none is shared');
    const results = path.join(first.folder, RESULTS);
    const needed = withModelFolder(trimmed(job, input));
    const places = new Set<string>();
    withTexts(needed, (text) => {
      if (isPlace(text)) places.add(text);
      return text;
    });
    // A model is checked by its own hashes.
    places.delete(String((needed as { model?: unknown }).model));
    const list = [...places];
    const inbox = path.join(results, INPUTS);
    const marked = await this.local().run('mark-files', { places: list, inbox }, { signal });
    const marks = new Map(list.map((place, i) => [place, marked.marks[i]]));
    const portable = (text: string) => {
      const mark = marks.get(text);
      if (!mark) return isPlace(text) ? this.require(text) : text;
      return this.require(placeOf(mark, inbox));
    };
    return {
      input: withTexts(needed, portable),
      files: marked.marks.map((mark) => ({
        place: this.require(placeOf(mark, inbox)),
        size: mark.size,
        head: mark.head,
      })),
      models: this.require(this.modelsFolder),
      results: this.require(results),
    };
  }

  private require(place: string): string {
    const portable = toPortable(place, this.folders);
    if (portable !== null) return portable;
    const known = this.folders.map(({ name, folder }) => `${name}=${folder}`).join('; ') || 'none';
    const message = `${toPath(place)} lies in no folder that the workers of the queue reach (shared: ${known}); move it there, or add its folder in the compute node`;
    throw new SegmenterError('not-allowed', message, { path: toPath(place) });
  }
}

/** Where others find a file, in the form that it was told in: its own place, links and all, unless it was shared. */
function placeOf({ given, place }: { given: string; place: string }, inbox: string): string {
  if (path.dirname(place) !== path.resolve(inbox)) return given;
  return given.startsWith('file:') ? toUri(place) : place;
}

/** A model's folder counts from the folder that this process runs in, which others do not know. */
export function withModelFolder(input: object): object {
  const { model } = input as { model?: unknown };
  const isFolder = typeof model === 'string' && /[\\/]/.test(model);
  return isFolder ? { ...input, model: path.resolve(toPath(model)) } : input;
}

/** The input without what only this machine knows. */
export function trimmed<K extends ComputingJobName>(job: K, input: JobInput<K>): object {
  const { through: _, ...compute } = input.compute as ComputeSettings & { through?: string };
  if (job !== 'train') return { ...input, compute };
  const { samples } = input as JobInput<'train'>;
  const kept = samples.map((sample) =>
    Object.fromEntries(Object.entries(sample).filter(([key]) => TRAINED_FROM.includes(key))),
  );
  return { ...input, compute, samples: kept };
}
