import { SegmenterError } from '../../../base/errors';
import { canonicalHash, isRecord } from '../../../base/plain-json';
import { fileVersion, pathOfImage } from '../../../formats';
import type { FileVersion } from '../../../image/description';
import { toPath, toUri } from '../../../storage/paths';
import type { FileMark } from '../../io/file-marks';
import type { ComputingJobName, JobInput, JobOutput, JobRunner, JobRunOptions } from '../../job-types';
import type { JobData } from '../job-data';
import { keepResult, resultPlace } from '../results-folder';
import { fromPortable, isPlace, isPortable, type SharedFolder, toPortable, withTexts } from '../shared-folders';

/** Times of change differ between mounts by what their file systems keep of them, in milliseconds. */
const SAME_TIME_MS = 2000;

/** This machine cannot do a job that another may do: a folder is missing or mounted wrongly. */
export class MountError extends SegmenterError {
  override readonly name = 'MountError';
}

interface SharedJobParts {
  folders: readonly SharedFolder[];
  /** the machine's own host, with this models folder */
  hostFor: (modelsFolder: string, language: JobData['language']) => JobRunner;
  options: JobRunOptions<ComputingJobName>;
}

/**
 * Does a job of the queue with this machine's own processes: its places become those of here, its files are compared with
 * what the asker saw, and what comes of it is put where all reach it.
 * @returns the output, its places portable
 * @throws MountError where a folder is not known here or holds something else; what the job throws
 */
export async function runSharedJob(data: JobData, { folders, hostFor, options }: SharedJobParts): Promise<unknown> {
  const here = (text: string) => {
    try {
      return isPortable(text) ? fromPortable(text, folders) : text;
    } catch (error) {
      throw error instanceof SegmenterError ? new MountError(error.code, error.message, error.details) : error;
    }
  };
  const host = hostFor(here(data.models), data.language);
  await compareFiles(data.files, here, host, options.signal);
  const input = await withOwnVersions(withTexts(data.input, here));
  // Whoever takes the job up where another machine was lost asks the same again.
  const asked = data.job === 'train' ? { ...(input as JobInput<'train'>), request: data.id } : input;
  const output = await host.run(data.job, asked as JobInput<ComputingJobName>, options);
  const portable = (text: string) => (isPlace(text) ? (toPortable(text, folders) ?? text) : text);
  if (data.job !== 'predict') return withTexts<unknown>(output, portable);
  return publish(data, output as JobOutput<'predict'>, here(data.results), portable);
}

/** Puts the map of a prediction among the results, under a name of what it depends on. */
async function publish(
  data: JobData,
  output: JobOutput<'predict'>,
  results: string,
  portable: (text: string) => string,
): Promise<unknown> {
  const name = nameOfResult(data, output);
  const file = 'probability.ome.tiff';
  const uri = toUri(resultPlace(results, name, file));
  const moved = { ...output, probability: { ...output.probability, uri } };
  const from = pathOfImage(output.probability);
  const counts = await keepResult(results, name, [{ name: file, from }], withTexts(moved, portable));
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
