import { SegmenterError } from '../../../base/errors';
import { canonicalHash, isRecord } from '../../../base/plain-json';
import { fileVersion, pathOfImage } from '../../../formats';
import type { FileVersion } from '../../../image/description';
import { toPath, toUri } from '../../../storage/paths';
import type { JobHost } from '../../host/job-host';
import type { FileMark } from '../../io/file-marks';
import type { ComputingJobName, JobInput, JobOutput, JobRunner, JobRunOptions } from '../../job-types';
import type { Answer, JobData } from '../job-data';
import { keepResult, resultPlace } from '../results-folder';
import { type SharedFolder, withTexts } from '../shared-folders';
import { AskerClient } from './asker-client';
import type { BundleCache } from './bundle-cache';
import { MountError } from './mount-error';
import { PlacesHere } from './places-here';
import { sendFile } from './send-file';
import { SentTraining } from './sent-training';

/** Times of change differ between mounts by what their file systems keep of them, in milliseconds. */
const SAME_TIME_MS = 2000;

interface SharedJobParts {
  folders: readonly SharedFolder[];
  /** where what is sent to this machine lies */
  cache: BundleCache;
  /** the machine's own host, with this models folder */
  hostFor: (modelsFolder: string, language: JobData['language']) => JobRunner;
  /** likewise, for one job alone */
  newHost: (modelsFolder: string, language: JobData['language']) => JobHost;
  /** how often the job began on a worker */
  attempt: number;
  /** how long the asker may be away while files are fetched, in milliseconds; what is done is offered for longer */
  patienceMs: number;
  options: JobRunOptions<ComputingJobName>;
  log: (line: string) => void;
}

/** What came of a job: its output, its places portable, and what was sent to the asker of it. */
export type DoneJob = Omit<Answer, 'worker'>;

const RESULT_FILE = 'probability.ome.tiff' as const;
/** What is done took long: it is offered so many times as long as what is only begun. */
const DONE_PATIENCE = 15;

/**
 * Does a job of the queue with this machine's own processes: its places become those of here, its files are compared with
 * what the asker saw, or fetched, and what comes of it is put where all reach it, or sent.
 * @throws MountError where a folder is not known here or holds something else, or the asker cannot be reached; what the job throws
 */
export async function runSharedJob(data: JobData, parts: SharedJobParts): Promise<DoneJob> {
  const { folders, cache, patienceMs, options } = parts;
  const places = new PlacesHere(folders);
  try {
    const { sent } = data;
    if (sent) await places.bring(sent.places, cache, new AskerClient(sent, options.signal, patienceMs), options.signal);
    if (data.job === 'predict') return await predict(data, places, parts);
    return await train(data, places, parts);
  } catch (error) {
    throw withToldPlaces(error, places);
  } finally {
    await places.release();
  }
}

async function predict(data: JobData, places: PlacesHere, parts: SharedJobParts): Promise<DoneJob> {
  const { cache, hostFor, options } = parts;
  const host = hostFor(
    data.sent && !places.reaches(data.models) ? cache.folder : places.here(data.models),
    data.language,
  );
  const input = await inputHere(data, places, host, options.signal);
  const output = await host.run('predict', input as JobInput<'predict'>, options as JobRunOptions<'predict'>);
  const portable = (text: string) => places.portable(text);
  if (!data.sent || places.reaches(data.results)) {
    return { output: await publish(data, output, places.here(data.results), portable) };
  }
  const { sha256 } = await sendFile(pathOfImage(output.probability), doneClient(data.sent, parts));
  const files = [{ name: RESULT_FILE, sha256 }];
  return { output: withTexts(output, portable), sent: { result: { name: nameOfResult(data, output), files } } };
}

async function train(data: JobData, places: PlacesHere, parts: SharedJobParts): Promise<DoneJob> {
  const { cache, hostFor, newHost, options } = parts;
  const portable = (text: string) => places.portable(text);
  const run = async (host: JobRunner, runOptions: JobRunOptions<'train'>) => {
    const input = (await inputHere(data, places, host, options.signal)) as JobInput<'train'>;
    // Whoever takes the job up where another machine was lost asks the same again.
    return host.run('train', { ...input, request: data.id }, runOptions);
  };
  if (!data.sent || places.reaches(data.models)) {
    const host = hostFor(places.here(data.models), data.language);
    return { output: withTexts<unknown>(await run(host, options as JobRunOptions<'train'>), portable) };
  }
  const client = doneClient(data.sent, parts);
  const model = (data.input as JobInput<'train'>).settings.model;
  const training = await SentTraining.open(cache.folder, { model, attempt: parts.attempt }, client, parts.log);
  const host = newHost(training.modelsFolder, data.language);
  try {
    training.begin();
    const output = await run(host, {
      ...(options as JobRunOptions<'train'>),
      offerSave: (save) => options.offerSave?.(() => save().then(() => training.save())),
    });
    const sent = { model: await training.sendModel(output.model.version, portable) };
    return { output: withTexts<unknown>(output, portable), sent };
  } finally {
    await host.shutdown();
    await training.close();
  }
}

function doneClient(sent: NonNullable<JobData['sent']>, { options, patienceMs }: SharedJobParts): AskerClient {
  return new AskerClient(sent, options.signal, DONE_PATIENCE * patienceMs);
}

/** The input with places of here, whose files are what the asker saw. */
async function inputHere(data: JobData, places: PlacesHere, host: JobRunner, signal?: AbortSignal): Promise<unknown> {
  const here = (text: string) => places.here(text);
  // What was fetched is known to be right by its hash.
  const marks = data.files.filter(({ place }) => !data.sent || places.reaches(place));
  await compareFiles(marks, here, host, signal);
  return withOwnVersions(withTexts(data.input, here));
}

function withToldPlaces(error: unknown, places: PlacesHere): unknown {
  if (!(error instanceof SegmenterError) || places.told(error.message) === error.message) return error;
  const options = { cause: error };
  const told = places.told(error.message);
  return error instanceof MountError
    ? new MountError(error.code, told, error.details, options)
    : new SegmenterError(error.code, told, error.details, options);
}

/** Puts the map of a prediction among the results, under a name of what it depends on. */
async function publish(
  data: JobData,
  output: JobOutput<'predict'>,
  results: string,
  portable: (text: string) => string,
): Promise<unknown> {
  const name = nameOfResult(data, output);
  const uri = toUri(resultPlace(results, name, RESULT_FILE));
  const moved = { ...output, probability: { ...output.probability, uri } };
  const from = pathOfImage(output.probability);
  const counts = await keepResult(results, name, [{ name: RESULT_FILE, from }], withTexts(moved, portable));
  // The same pixels of another sample carry that one's name.
  return { ...counts, probability: { ...counts.probability, id: output.probability.id } };
}

/**
 * Names a result by all that it depends on but the machine, so that of the same asked for twice the first one counts; where
 * what is asked for cannot be known again, or is to be made anew, by the job alone.
 */
function nameOfResult({ job, id, input, version }: JobData, { key }: JobOutput<'predict'>): string {
  const { image: _, model: __, compute, known, ...settings } = input as JobInput<'predict'>;
  const { engine, device, precision } = compute;
  const isKnown = key !== undefined && known === 'give';
  const content = isKnown ? { input: key.input, model: key.model } : { id };
  return canonicalHash({ job, version, ...content, settings, compute: { engine, device, precision } });
}

async function compareFiles(
  marks: readonly FileMark[],
  here: (text: string) => string,
  host: JobRunner,
  signal: AbortSignal | undefined,
): Promise<void> {
  const places = marks.map(({ place }) => here(place));
  const found = await host.run('mark-files', { places, inbox: null }, { signal }).catch((error: unknown) => {
    const isElsewhere = error instanceof SegmenterError && ['not-found', 'not-allowed'].includes(error.code);
    throw isElsewhere ? new MountError(error.code, error.message, error.details) : error;
  });
  for (const [i, { size, head, place }] of marks.entries()) {
    const own = found.marks[i];
    if (own.size === size && own.head === head) continue;
    const what = own.size === size ? 'other bytes' : `${own.size} bytes instead of ${size}`;
    const message = `${places[i]} is not the file that was asked for as ${place}: it has ${what}; is another folder mounted there, or was it overwritten?`;
    throw new MountError('changed', message, { path: places[i] });
  }
}

/** The same file may have another time of change here; what it holds was compared. */
async function withOwnVersions(value: unknown): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(withOwnVersions));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await withOwnVersions(item)] as const);
  const copy: Record<string, unknown> = Object.fromEntries(await Promise.all(entries));
  const { uri, file } = copy as { uri?: unknown; file?: FileVersion };
  if (typeof uri !== 'string' || !uri.startsWith('file://') || !isRecord(file)) return copy;
  const own = await fileVersion(toPath(uri));
  const isSame = own && own.size === file.size && Math.abs(own.modified - file.modified) <= SAME_TIME_MS;
  return isSame ? { ...copy, file: { ...file, modified: own.modified } } : copy;
}
