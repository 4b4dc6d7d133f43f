import type { FolderNews } from '../acquisition/folder-events';
import type { LookResult } from '../acquisition/look';
import type { Progress } from '../base/long-work';
import type { ExportResult } from '../curation/export-review';
import type { CheckReport } from '../curation/page-api';
import type { EngineChoice } from '../engines/choosing/choice';
import type { Completeness } from '../formats/completeness';
import type { ImageDescription } from '../image/description';
import type { DType } from '../image/dtype';
import type { Picture } from '../image/picture';
import type { ModelReference } from '../models/card';
import type { ModelInventory } from '../models/inventory';
import type { Language } from '../reports/texts';
import type { FolderView } from '../samples/listing/folder-view';
import type { FileContents } from '../samples/listing/inspect-file';
import type { UnopenedScene } from '../samples/open-sample';
import type { SampleEntry } from '../samples/request';
import type { ResultKey } from '../samples/result-key';
import type { Sample } from '../samples/sample';
import type { Candidate } from '../stage/objects';
import type { DiskSpace } from '../storage/file-error';
import type { EpochRecord } from '../training/history';
import type { ListedTraining } from '../training/page-api';
import type { TrainProgress } from '../training/settings';
import type { InputOf } from './inputs';
import type { Offer } from './io/bundle';
import type { FileMark } from './io/file-marks';
import type { KnownTraining } from './io/training/known-trainings';
import type { EvaluateMetrics, PredictMetrics, PseudoLabelMetrics, ThresholdMetrics, TrainMetrics } from './results';
import type { RetrySettings } from './settings';

/** What the host decides for every job: Node-RED's settings. */
export interface HostSettings {
  /** folders that reading and writing is confined to */
  roots: string[];
  /** http(s) addresses below which Zarr images may be read; none where it is missing */
  servers?: string[];
  modelsFolder: string;
  scratchFolder: string;
  scratchQuotaMB: number;
  /** how often nodes try again what a lost worker, a full disk or a share that is away made fail; absent: as usual */
  retries?: RetrySettings;
  /** of reports; English where it is missing */
  language?: Language;
}

export type { EngineChoice } from '../engines/choosing/choice';
export type { EngineSurvey } from '../engines/choosing/survey';
export type { FileContents } from '../samples/listing/inspect-file';
export type { ChannelChoice, SampleEntry, SampleRequest } from '../samples/request';
export type { TrainProgress, TrainSettings } from '../training/settings';
export type { EvaluateMetrics, PredictMetrics, ThresholdMetrics, TrainMetrics } from './results';

export type { ComputeSettings, SaveSettings, ThresholdSettings } from './settings';

/** The pixels of one tile, little-endian, rows of x: a file that whoever asked removes; shape [y, x]. */
interface TileFile {
  path: string;
  dtype: DType;
  shape: [number, number];
}

/** Every job: what comes out, and what it reports on the way, both JSON-safe; what goes in is a row of `JOB_INPUTS`. */
interface Results {
  'list-samples': { output: { entries: SampleEntry[]; problems: string[] }; progress: Progress };
  /** samples of Segmenter ML's tables: a file, or a folder that holds them; each raw image once */
  'list-tables': { output: { entries: SampleEntry[]; problems: string[] }; progress: Progress };
  'open-sample': { output: Array<Sample | UnopenedScene>; progress: Progress };
  /** the first file that a path, folder or pattern stands for */
  'inspect-file': { output: FileContents; progress: Progress };
  /** what is at a path in the allowed folders; for Node-RED's own process, which must not wait for a disk */
  'browse-folder': { output: FolderView; progress: Progress };
  'inspect-path': {
    output: {
      /** real path, links resolved */
      path: string;
      /** null: nothing is there */
      kind: 'file' | 'folder' | 'other' | null;
      size: number;
      /** milliseconds since 1970, by the clock of its disk */
      modified: number;
      /** of a file whose structure was looked at */
      completeness: Completeness | null;
    };
    progress: Progress;
  };
  /** what files are known by on another machine, in the order that was asked for, and where that finds them */
  'mark-files': { output: { marks: Array<FileMark & { given: string }> }; progress: Progress };
  /** all files that images and models lie in, in the order that was asked for; `warnings`: of what a name was taken to mean */
  'offer-files': {
    output: { images: Offer[]; models: Array<Offer & { warnings: string[] }> };
    progress: Progress;
  };
  /** of the disk of a folder, which need not be there yet; null: the system does not tell */
  'disk-space': { output: { space: DiskSpace | null }; progress: Progress };
  /** one look for acquisitions that are complete; those are not in the journal yet */
  'watch-folder': {
    output: LookResult & {
      /** acquisitions that the journal knows */
      known: number;
      /** lines of the journal that say nothing */
      damaged: number;
    };
    progress: Progress;
  };
  /** tells of what happens in a watched folder as its progress */
  'folder-events': { output: null; progress: Progress & { news: FolderNews } };
  'note-watched': { output: null; progress: Progress };
  /** the models of the folder with what their cards say, and what was deleted */
  'list-models': { output: ModelInventory; progress: Progress };
  /** the real path of a file of a version */
  'find-model-file': { output: { path: string }; progress: Progress };
  /** what a person should know of the change */
  'change-models': { output: { warnings: string[] }; progress: Progress };
  /** `path`: of a file that whoever asked removes; `filename`: what it is to be called; `notes`: what a person should know of it */
  'export-model': {
    output: { path: string; bytes: number; filename: string; notes: string[] };
    progress: Progress;
  };
  /** `tested`: the largest difference of its test output and how many values were compared; null: it came without a test */
  'import-model': {
    output: { model: ModelReference; warnings: string[]; tested: { difference: number; values: number } | null };
    progress: Progress;
  };
  'adopt-model': { output: { model: ModelReference; report?: string }; progress: Progress };
  'merge-masks': { output: ImageDescription; progress: Progress };
  'exclude-regions': { output: ImageDescription; progress: Progress };
  /** where the patches of one sample lie; regions of `raw` */
  'list-patches': { output: ImageDescription['region'][]; progress: Progress };
  /** `report`: path of an HTML file in the model's folder; absent: it could not be written, see the warnings */
  train: {
    output: { model: ModelReference; metrics: TrainMetrics; report?: string };
    progress: TrainProgress;
  };
  predict: {
    /** `key`: of what can be known again */
    output: { probability: ImageDescription; model: ModelReference; metrics: PredictMetrics; key?: ResultKey };
    progress: Progress;
  };
  'pseudo-label': { output: { target: ImageDescription; metrics: PseudoLabelMetrics }; progress: Progress };
  threshold: {
    output: { mask: ImageDescription; labels?: ImageDescription; metrics: ThresholdMetrics; key?: ResultKey };
    progress: Progress;
  };
  'rank-objects': {
    output: {
      /** the first in line */
      candidates: Candidate[];
      /** how many objects there are, and how many of them were left out at the border */
      total: number;
      atBorder: number;
    };
    progress: Progress;
  };
  evaluate: { output: EvaluateMetrics; progress: Progress };
  /** path of an HTML file that stands alone */
  report: { output: { path: string; bytes: number }; progress: Progress };
  /** a copy of a report, a file that whoever asked removes */
  'read-report': { output: { path: string }; progress: Progress };
  /**
   * `png`: path of a rendering in the scratch folder; `notes`: what the copy does not keep, for people; `known`: when it
   * was saved, where the same is there already
   */
  'save-image': {
    output: { path: string; skipped: boolean; known?: string; png?: string; notes?: string[] };
    progress: Progress;
  };
  /** copies images of the scratch store into a folder */
  'keep-images': { output: Sample; progress: Progress };
  /** what is wrong with the samples of a review folder */
  'check-samples': { output: CheckReport; progress: Progress };
  /** what people decided on a sample as `base`, masks, `target` and `weight` */
  'apply-decision': { output: Sample; progress: Progress };
  /** tables of the used samples, for this program and Segmenter ML; targets of those with brush strokes, by id */
  'export-review': { output: ExportResult; progress: Progress };
  overlay: {
    output: {
      /** of the PNG in the scratch store */
      path: string;
      bytes: number;
      /** [y, x] of it */
      size: [number, number];
      /** the plane that it shows; null: the maximum along z */
      z: number | null;
    };
    progress: Progress;
  };
  'picture-info': { output: Picture; progress: Progress };
  /** view `xy` */
  picture: { output: TileFile; progress: Progress };
  /** views `xz`, `yz` and `max`, whose first tile may take a pass over the stack */
  'stack-picture': { output: TileFile; progress: Progress };
  /** the newest first; without what only a look at one of them needs */
  'list-trainings': { output: { trainings: ListedTraining[] }; progress: Progress };
  training: { output: KnownTraining & { history: EpochRecord[] }; progress: Progress };
  /** a PNG: a file that whoever asked removes */
  'training-picture': { output: { path: string }; progress: Progress };
}
export type JobTable = { [K in keyof Results]: Results[K] & { input: InputOf<K> } };
export type JobName = keyof JobTable;
export type JobInput<K extends JobName> = JobTable[K]['input'];
export type JobOutput<K extends JobName> = JobTable[K]['output'];
export type JobProgress<K extends JobName> = JobTable[K]['progress'];

/** The jobs that compute on a backend, here or on another machine. */
export const COMPUTING_JOBS = ['predict', 'train'] as const satisfies readonly JobName[];
export type ComputingJobName = (typeof COMPUTING_JOBS)[number];

/** Tells whether a job computes on a backend. */
export function computes(job: JobName): job is ComputingJobName {
  return COMPUTING_JOBS.some((each) => each === job);
}

/** Work stands behind other work: what that is called, such as `train nuclei`. */
export interface WaitingPlace {
  waitsFor: string;
}

/** Where work is: on an engine and device (predict, train), not there yet as devices are being tried (null), or behind other work. */
export type WorkPlace = EngineChoice | WaitingPlace | null;

/** Who has a job done, for those who look at what runs. */
export interface JobAsker {
  /** id of the node */
  node: string;
  /** what the job works on, such as the id of a sample or the name of a model */
  subject: string | null;
  /** Ends all of the work that the job is a part of. */
  cancel(): void;
  /** train: finishes the step and keeps the best model so far */
  stop?(): void;
}

export interface JobRunOptions<K extends JobName> {
  /** Ends the job with CancelledError; a waiting job leaves the queue, a running one is free within 5 s. */
  signal?: AbortSignal;
  /** train: finishes the step, publishes the best model so far and returns it. */
  stop?: AbortSignal;
  onProgress?: (progress: JobProgress<K>) => void;
  /** told where the work is, before it begins and again where it goes on elsewhere */
  onChoice?: (place: WorkPlace) => void;
  /** who is named in the list of what runs; without one the job is not listed */
  asker?: JobAsker;
  /** train: told how to have it save its state while it goes on; resolves when that is done, or it is over */
  offerSave?: (save: () => Promise<void>) => void;
}

/**
 * Does the nodes' work: the seam behind which any host may stand. Implemented by the job host with processes of this
 * machine, replaced by a fake in unit tests.
 */
export interface JobRunner {
  /** Runs a job to its end. @throws SegmenterError, with the code of what went wrong */
  run<K extends JobName>(job: K, input: JobInput<K>, options?: JobRunOptions<K>): Promise<JobOutput<K>>;
}
