import { type Static, Type } from '#typebox';
import { SegmenterError } from '../../base/errors';
import { validate, words } from '../../base/schema';
import type { DEVICES, ENGINES } from '../../engines/engine';
import { LANGUAGES } from '../../reports/texts';
import { FileMarkSchema } from '../io/file-marks';
import { COMPUTING_JOBS, type ComputeSettings, type ComputingJobName } from '../job-types';

/** Of what hosts and workers say to each other. */
const SCHEMA = 1;

/** How urgent work is: somebody waits at a microscope, work of the day, and what may take the night. */
export const LEVELS = ['high', 'normal', 'low'] as const;
export type Level = (typeof LEVELS)[number];

const HashText = Type.String({ pattern: '^[0-9a-f]{64}$' });
const SentFile = Type.Object({ name: Type.String({ maxLength: 200 }), sha256: HashText });

/** What a worker that does not reach the asker's folders sent to it, to be put in its place there. */
const SentAnswerSchema = Type.Object({
  /** the map of a prediction, by all that it depends on */
  result: Type.Optional(
    Type.Object({
      name: HashText,
      files: Type.Array(Type.Object({ name: words(['probability.ome.tiff']), sha256: HashText }), { minItems: 1 }),
    }),
  ),
  /** all files of a model that was trained */
  model: Type.Optional(Type.Object({ name: Type.String(), files: Type.Array(SentFile, { maxItems: 10_000 }) })),
});
export type SentAnswer = Static<typeof SentAnswerSchema>;

/** What a job on the queue says. Paths only, never pixels: whoever reads the queue reads it. */
const JobDataSchema = Type.Object({
  schema: Type.Integer(),
  /** of the package */
  version: Type.String(),
  job: words(COMPUTING_JOBS),
  /** of this job alone, also where it is handed in again */
  id: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  /** for people: the machine that asks, and what the job works on */
  asker: Type.Object({ host: Type.String(), subject: Type.String() }),
  /** the job's input, its places portable */
  input: Type.Unknown(),
  /** portable: the models folder, and where results go */
  models: Type.String(),
  results: Type.String(),
  /** their places portable: a worker that sees others has a wrong mount */
  files: Type.Array(FileMarkSchema),
  /** what is sent to workers that do not reach it, by the machine that asks; absent: nothing is */
  sent: Type.Optional(
    Type.Object({
      /** under which workers reach that machine */
      address: Type.String({ pattern: '^https?://' }),
      id: Type.String({ pattern: '^[0-9a-f]{32,64}$' }),
      /** opens what this job names while it is at work, and takes what comes of it */
      token: Type.String({ minLength: 32 }),
      /** by their bundles; bytes of all files */
      places: Type.Array(Type.Object({ place: Type.String(), bundle: HashText, bytes: Type.Integer({ minimum: 0 }) })),
    }),
  ),
  language: words(LANGUAGES),
  /** megabytes that results may take together */
  quotaMB: Type.Number(),
  /** see `Turns` */
  tag: Type.Integer(),
  /** turns that it takes, see `JobCosts` */
  cost: Type.Integer({ minimum: 1 }),
  level: words(LEVELS),
  /** what the host asked of it since */
  asked: Type.Optional(
    Type.Object({
      cancel: Type.Optional(Type.Boolean()),
      stop: Type.Optional(Type.Boolean()),
      saves: Type.Optional(Type.Integer()),
    }),
  ),
});
export type JobData = Static<typeof JobDataSchema>;
export type Asked = NonNullable<JobData['asked']>;

/** What comes back: the job's output with portable places. */
export interface Answer {
  worker: string;
  output: unknown;
  sent?: SentAnswer;
}

/** Checks what a worker says that it sent. @throws SegmenterError `invalid-input` */
export function checkSentAnswer(sent: unknown): SentAnswer {
  return validate(SentAnswerSchema, sent, 'answer of a worker');
}

/** What a worker tells while it works. */
export interface Told {
  worker: string;
  /** of the job, see `JobProgress` */
  progress: unknown;
  /** where it computes, see `EngineChoice` */
  choice: unknown;
  /** how many saves it was asked for that are done */
  saves: number;
}

/** Makes what every job of this package begins with. */
export function jobStamp(version: string): Pick<JobData, 'schema' | 'version'> {
  return { schema: SCHEMA, version };
}

/**
 * Checks a job that came from the queue.
 * @throws SegmenterError `unsupported` where another version of this package made it, `invalid-input`
 */
export function checkJobData(data: unknown, version: string): JobData {
  const { schema, version: theirs } = (data ?? {}) as Partial<JobData>;
  if (schema !== SCHEMA || theirs !== version) {
    const message = `this worker runs version ${version} of the package and the job is of version ${String(theirs)}: install the same on both`;
    throw new SegmenterError('unsupported', message, { version, theirs });
  }
  return validate(JobDataSchema, data, 'job of the queue');
}

/** Names the queue of jobs that ask for the same: there are no other labels that a worker could choose by. */
export function queueName(job: ComputingJobName, wanted: string, version: string): string {
  return `segmenter-${version.replaceAll(/[^A-Za-z0-9.-]/g, '_')}-${job}-${wanted}`;
}

/** Says which device a job asks for: `any`, `cuda`, `onnx-any`, `onnx-cpu`. */
export function wantedBy({ engine, device }: Pick<ComputeSettings, 'engine' | 'device'>): string {
  const where = device === 'auto' ? 'any' : device;
  return engine === 'auto' ? where : `${engine}-${where}`;
}

/** Gives all that a backend can be asked for by. */
export function wantedOf({
  engine,
  device,
}: {
  engine: (typeof ENGINES)[number];
  device: (typeof DEVICES)[number];
}): string[] {
  return ['any', device, `${engine}-any`, `${engine}-${device}`];
}
