import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError } from '../../../base/errors';
import { canonicalHash, isRecord } from '../../../base/plain-json';
import type { ImageDescription } from '../../../image/description';
import { count } from '../../../image/region';
import { clearPartialOnce, partialPath, removeOwn } from '../../../storage/partial';
import { toUri } from '../../../storage/paths';
import { isWebAddress } from '../../../storage/roots';
import { bundleKey, bytesOfBundle, type Offer } from '../../io/bundle';
import type { ComputingJobName, HostSettings, JobInput, JobOutput, JobRunner } from '../../job-types';
import { type Answer, checkSentAnswer, type SentAnswer } from '../job-data';
import { type PackedJob, trimmed, withModelFolder } from '../portable';
import { keepResult, resultPlace, tidyResults } from '../results-folder';
import { fromPortable, isPlace, isPortable, type SharedFolder, toPortable, withTexts } from '../shared-folders';
import { ReceivedFiles } from './received-files';
import { isNameOfSavedRun, isSavedRunFolder } from './saved-run';
import { fromSent, isShared, type Origins, sentPlace } from './sent-places';
import { DeskJob, type TransferDesk } from './transfer-desk';

/** A model with all that tells of its training, and what the training saves meanwhile. */
const MOST_OF_TRAINING = 16 * 2 ** 30;
/** Of a map, for each value of the image: float32 in up to three channels, and what a file has beside them. */
const MOST_OF_VALUE = 3 * 4;
const MOST_BESIDE = 64 * 2 ** 20;
const RUNS = 'trainings';
/** Runs that nobody asked for again are given up after 30 days. */
const ABANDONED_MS = 30 * 24 * 3600 * 1000;
const TIDY_MS = 10 * 60_000;
/** Stands for a folder that only the asker has, where nothing is read. */
const OWN = 'own';

export interface SenderOptions {
  desk: TransferDesk;
  /** under which workers reach it */
  address: string;
  folders: readonly SharedFolder[];
  settings: Pick<HostSettings, 'modelsFolder' | 'scratchQuotaMB'>;
  /** where results go, in a shared folder or not */
  results: string;
  local: () => JobRunner;
}

/**
 * Makes jobs fit to be done by machines that share no folder with this one: what lies in a shared folder goes by its name to who
 * has that, all else, and all to the others, is given out by the desk.
 */
export class Sender {
  private tidied = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: SenderOptions) {}

  /**
   * Lists what a job needs and opens the desk for it.
   * @param id of the job, 32 hexadecimal digits
   * @throws SegmenterError `unsupported` for an image of too many files; what finding model and files throws
   */
  async open<K extends ComputingJobName>(
    job: K,
    input: JobInput<K>,
    id: string,
    signal?: AbortSignal,
  ): Promise<PackedJob> {
    const { desk, address, local } = this.options;
    const needed = withModelFolder(trimmed(job, input));
    const images = [...imagesIn(needed)].filter(([uri]) => !isWebAddress(uri));
    const request = modelIn(job, needed);
    const offered = await local().run(
      'offer-files',
      { images: images.map(([, image]) => image), models: request === null ? [] : [request], weights: job === 'train' },
      { signal },
    );
    const [model] = offered.models;
    const places = new Map(images.map(([place], i) => [place, this.placed(place, offered.images[i])]));
    if (model) places.set(model.place, this.placed(model.place, model));
    const portable = (text: string) => places.get(text)?.place ?? text;
    const sentInput = withTexts(model ? withModel(job, needed, model.place) : needed, portable);
    const shared = images.map(([place]) => place).filter((place) => toPortable(place, this.options.folders) !== null);
    const { marks } = await local().run('mark-files', { places: shared, inbox: null }, { signal });
    const deskId = job === 'train' ? canonicalHash({ desk: desk.id, ...decisive(sentInput) }) : id;
    const runId = job === 'train' ? canonicalHash(decisive(sentInput)) : null;
    const received = await this.receiving(job, runId, images);
    const opened = desk.admit(deskId, () => new DeskJob([...offered.images, ...offered.models], received));
    if (runId !== null) opened.run.renew();
    const origins = originsOf([...offered.images, ...offered.models]);
    return {
      data: {
        input: sentInput,
        files: marks.map(({ given, size, head }) => ({ place: portable(given), size, head })),
        ...{ models: this.folder(this.options.settings.modelsFolder), results: this.folder(this.options.results) },
        sent: {
          ...{ address, id: deskId, token: opened.token },
          places: [...places.values()],
        },
      },
      finish: (answer) =>
        this.finish(opened, { origins, name: nameIn(input), warnings: model?.warnings ?? [] }, answer),
      close: async () => {
        if (desk.dismiss(deskId) && runId === null) await opened.received.clear();
      },
    };
  }

  private placed(place: string, { bundle }: Offer): { place: string; bundle: string; bytes: number } {
    const key = bundleKey(bundle);
    const shared = toPortable(place, this.options.folders);
    return { place: shared ?? sentPlace(place, key, bundle.name), bundle: key, bytes: bytesOfBundle(bundle) };
  }

  private folder(folder: string): string {
    return toPortable(folder, this.options.folders) ?? sentPlace(folder, OWN, path.basename(folder));
  }

  /** Results of a prediction are gone with this process; what a training saves is found by the next one. */
  private async receiving(
    job: ComputingJobName,
    runId: string | null,
    images: ReadonlyArray<[string, ImageDescription[]]>,
  ): Promise<ReceivedFiles> {
    const { results } = this.options;
    if (runId !== null) {
      const runs = path.join(results, RUNS);
      await mkdir(runs, { recursive: true }).then(() => clearAbandoned(runs, runId));
      return new ReceivedFiles(path.join(runs, runId), MOST_OF_TRAINING);
    }
    await mkdir(results, { recursive: true });
    clearPartialOnce(results);
    const values = images.reduce((sum, [, [image]]) => sum + count(image.shape), 0);
    return new ReceivedFiles(await partialPath(path.join(results, job)), values * MOST_OF_VALUE + MOST_BESIDE);
  }

  private async finish(
    job: DeskJob,
    { origins, name, warnings }: { origins: Origins; name: string; warnings: readonly string[] },
    answer: Answer,
  ): Promise<unknown> {
    const { model, result } = checkSentAnswer(answer.sent ?? {});
    const output = withTexts(answer.output, (text) =>
      isPortable(text) && isShared(text) ? this.here(text) : fromSent(text, origins),
    );
    if (model) return this.adopt(job, { origins, name }, output as JobOutput<'train'>, model.files);
    const known = withWarnings(output, warnings);
    return result ? this.keep(job, known as JobOutput<'predict'>, result) : known;
  }

  private async keep(
    { received }: DeskJob,
    output: JobOutput<'predict'>,
    { name, files }: NonNullable<SentAnswer['result']>,
  ): Promise<unknown> {
    const { results, folders, settings } = this.options;
    const [file] = files;
    const from = await requireSent(received, file);
    const uri = toUri(resultPlace(results, name, file.name));
    const portable = (text: string) => (isPlace(text) ? (toPortable(text, folders) ?? text) : text);
    const moved = withTexts({ ...output, probability: { ...output.probability, uri } }, portable);
    const counts = await keepResult(results, name, [{ name: file.name, from }], moved);
    if (performance.now() - this.tidied > TIDY_MS) {
      this.tidied = performance.now();
      void tidyResults(results, settings.scratchQuotaMB * 2 ** 20).catch(() => undefined);
    }
    const own = withTexts(counts, (text) => (isPortable(text) ? this.here(text) : text));
    // The same pixels of another sample carry that one's name.
    return { ...own, probability: { ...own.probability, id: output.probability.id } };
  }

  private async adopt(
    job: DeskJob,
    { origins, name }: { origins: Origins; name: string },
    output: JobOutput<'train'>,
    files: NonNullable<SentAnswer['model']>['files'],
  ): Promise<unknown> {
    const found: Array<{ name: string; path: string }> = [];
    for (const file of files) found.push({ name: file.name, path: await requireSent(job.received, file) });
    const adopted = await this.options.local().run('adopt-model', { name, files: found, origins: { ...origins } });
    await job.run.clear();
    const { report: _, ...rest } = output;
    return { ...rest, ...adopted };
  }

  private here(text: string): string {
    return fromPortable(text, this.options.folders);
  }
}

async function requireSent(
  received: ReceivedFiles,
  { name, sha256 }: { name: string; sha256: string },
): Promise<string> {
  const found = await received.pathOf(sha256);
  if (found !== null) return found;
  throw new SegmenterError('not-found', `a worker says that a job is done, and has not sent ${name} (${sha256})`);
}

/** All images that an input describes, those of one place together, by their URIs. */
function imagesIn(value: unknown, found = new Map<string, ImageDescription[]>()): Map<string, ImageDescription[]> {
  if (Array.isArray(value)) for (const item of value) imagesIn(item, found);
  else if (isRecord(value)) {
    const { uri, axes } = value;
    if (typeof uri === 'string' && axes === 'TCZYX')
      found.set(uri, [...(found.get(uri) ?? []), value as unknown as ImageDescription]);
    else for (const item of Object.values(value)) imagesIn(item, found);
  }
  return found;
}

function modelIn(job: ComputingJobName, input: object): JobInput<'predict'>['model'] | null {
  const { model, settings } = input as Partial<JobInput<'predict'> & JobInput<'train'>>;
  return (job === 'predict' ? model : settings?.startFrom) ?? null;
}

function withModel(job: ComputingJobName, input: object, folder: string): object {
  if (job === 'predict') return { ...input, model: folder };
  return { ...input, settings: { ...(input as JobInput<'train'>).settings, startFrom: folder } };
}

/** What a training is known by, whoever asks for it. */
function decisive(input: object): object {
  const { notes: _, ...rest } = input as { notes?: unknown };
  return rest;
}

function originsOf(offers: readonly Offer[]): Origins {
  return Object.fromEntries(offers.map(({ place, bundle }) => [bundleKey(bundle), { name: bundle.name, place }]));
}

/** Of the model that is trained. */
function nameIn(input: object): string {
  return String((input as Partial<JobInput<'train'>>).settings?.model ?? '');
}

function withWarnings(output: unknown, warnings: readonly string[]): unknown {
  const { metrics } = output as { metrics?: { warnings?: string[] } };
  if (warnings.length === 0 || !metrics) return output;
  return { ...(output as object), metrics: { ...metrics, warnings: [...warnings, ...(metrics.warnings ?? [])] } };
}

async function clearAbandoned(runs: string, keep: string): Promise<void> {
  for (const name of await readdir(runs)) {
    const folder = path.join(runs, name);
    const status = isSavedRunFolder(name) && name !== keep ? await stat(folder).catch(() => null) : null;
    if (status && Date.now() - status.mtimeMs > ABANDONED_MS) await removeOwn(folder, isNameOfSavedRun);
  }
}
