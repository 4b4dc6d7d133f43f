import type { Progress } from '../base/progress';
import type { Decision } from '../curation/decision';
import type { ExportResult } from '../curation/export-review';
import type { CheckReport, Picture, TileRequest } from '../curation/page-api';
import type { EngineChoice } from '../engines/choosing/choice';
import type { EngineOptions } from '../engines/engine';
import type { Completeness } from '../formats/completeness';
import type { ImageDescription, PageAxis } from '../image/description';
import type { DType } from '../image/dtype';
import type { ModelReference } from '../models/card';
import type { ModelRequest } from '../models/wanted';
import type { FileContents } from '../samples/look-into';
import type { UnopenedScene } from '../samples/open-sample';
import type { SampleEntry, SampleRequest } from '../samples/request';
import type { PatchPlan, Sample } from '../samples/sample';
import type { TrainProgress, TrainSettings } from '../training/settings';

/** Where the work runs: the compute node's settings. */
export interface ComputeSettings {
  engine: EngineOptions['engine'];
  device: EngineOptions['device'];
  /** 0: physical cores */
  threads: number;
  precision: EngineOptions['precision'];
  /** MB a prediction or training may plan with; 0: half of the machine's memory */
  memoryMB: number;
  /** jobs that may wait before new ones are refused with `busy` */
  queue: number;
}

/** What the host decides for every job: Node-RED's settings. */
export interface HostSettings {
  /** folders that reading and writing is confined to */
  roots: string[];
  /** http(s) addresses below which Zarr images may be read; none where it is missing */
  servers?: string[];
  modelsFolder: string;
  scratchFolder: string;
  scratchQuotaMB: number;
}

export type { EngineChoice } from '../engines/choosing/choice';
export type { EngineSurvey } from '../engines/choosing/survey';
export type { FileContents } from '../samples/look-into';
export type { ChannelChoice, SampleEntry, SampleRequest } from '../samples/request';
export type { TrainProgress, TrainSettings } from '../training/settings';

export interface ThresholdSettings {
  method: 'model' | 'value' | 'otsu' | 'li' | 'yen' | 'isodata' | 'triangle' | 'minimum' | 'mean';
  value: number;
  /** objects with fewer pixels go */
  minSize: number;
  fillHoles: boolean;
  label: boolean;
  connectivity: 'faces' | 'full';
}

export interface SaveSettings {
  folder: string;
  /** file name without folder; null: `<id>_<image>` and the format's extension */
  filename: string | null;
  format: 'ome-tiff' | 'tiff' | 'ome-zarr' | 'ome-zarr-v2' | 'png';
  existing: 'error' | 'replace' | 'skip';
  compression: 'none' | 'deflate' | 'zstd';
  /** auto: strips, but tiles with a pyramid for a large plane of an OME-TIFF */
  layout: 'auto' | 'strips' | 'tiles' | 'pyramid';
  /** also return a PNG rendering */
  png: boolean;
}

/** What a person asked to see of an image. */
interface PictureOf {
  image: ImageDescription;
  /** a segmentation comes as uint8, 0 or 1 */
  isMask: boolean;
  tile: Omit<TileRequest, 'image'>;
}

/** The pixels of one tile, little-endian, rows of x: a file that whoever asked removes; shape [y, x]. */
interface TileFile {
  path: string;
  dtype: DType;
  shape: [number, number];
}

/** Every job: what goes in, what comes out, what it reports on the way. All of it JSON-safe. */
export interface JobTable {
  'list-samples': { input: SampleRequest; output: { entries: SampleEntry[]; problems: string[] }; progress: Progress };
  /** samples of Segmenter ML's tables: a file, or a folder that holds them; each raw image once */
  'list-tables': {
    input: { tables: string };
    output: { entries: SampleEntry[]; problems: string[] };
    progress: Progress;
  };
  'open-sample': {
    input: { entry: SampleEntry; request: SampleRequest };
    output: Array<Sample | UnopenedScene>;
    progress: Progress;
  };
  /** the first file that a path, folder or pattern stands for */
  'look-into': { input: { raw: string; pages?: PageAxis }; output: FileContents; progress: Progress };
  /** what is at a path in the allowed folders; for Node-RED's own process, which must not wait for a disk */
  'look-at-path': {
    /** judge: whether its structure is looked at, too */
    input: { path: string; judge?: boolean };
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
  'merge-masks': {
    /** regions: an ImageDescription, polygons, the path of a file of either, or null for none */
    input: { sample: Sample; base: 'seg1' | 'seg2'; regions: unknown };
    output: ImageDescription;
    progress: Progress;
  };
  'exclude-regions': { input: { sample: Sample; regions: unknown }; output: ImageDescription; progress: Progress };
  'list-patches': {
    /** where the patches of one sample lie; regions of `raw` */
    input: { sample: Sample; plan: PatchPlan };
    output: ImageDescription['region'][];
    progress: Progress;
  };
  train: {
    input: {
      samples: Sample[];
      settings: TrainSettings;
      compute: ComputeSettings;
      /** what befell the training so far, for the card */
      notes?: string[];
    };
    output: { model: ModelReference; metrics: Record<string, unknown> };
    progress: TrainProgress;
  };
  predict: {
    input: {
      image: ImageDescription;
      model: ModelRequest;
      overlap: number;
      /** average over mirrorings, also where the model's card does not ask for it */
      mirror?: boolean;
      /** predict on pixels of the size that the model was trained at */
      rescale?: boolean;
      compute: ComputeSettings;
    };
    output: { probability: ImageDescription; model: ModelReference; metrics: Record<string, unknown> };
    progress: Progress;
  };
  threshold: {
    input: {
      image: ImageDescription;
      settings: ThresholdSettings;
      /** the model that made a probability map, for method `model` */
      model: ModelRequest | null;
      /** for mean intensities in the object table */
      raw: ImageDescription | null;
      id: string;
    };
    output: { mask: ImageDescription; labels?: ImageDescription; metrics: Record<string, unknown> };
    progress: Progress;
  };
  evaluate: {
    input: { predicted: ImageDescription; truth: ImageDescription; weight: ImageDescription | null };
    output: Record<string, unknown>;
    progress: Progress;
  };
  'save-image': {
    /** `raw`: of the sample, whose file is never replaced */
    input: { image: ImageDescription; role: string; id: string; raw?: ImageDescription; settings: SaveSettings };
    /** `png`: path of a rendering in the scratch folder; `notes`: what the copy does not keep, for people */
    output: { path: string; skipped: boolean; png?: string; notes?: string[] };
    progress: Progress;
  };
  /** copies images of the scratch store into a folder */
  'keep-images': { input: { sample: Sample; folder: string }; output: Sample; progress: Progress };
  /** what is wrong with the samples of a review folder */
  'check-samples': { input: { folder: string }; output: CheckReport; progress: Progress };
  /** what people decided on a sample as `base`, masks, `target` and `weight` */
  'apply-decision': { input: { sample: Sample; decision: Decision }; output: Sample; progress: Progress };
  /** tables of the used samples, for this program and Segmenter ML; targets of those with brush strokes, by id */
  'export-review': {
    input: {
      folder: string;
      seed: number;
      paths: 'relative' | 'absolute';
      targets: Record<string, ImageDescription>;
    };
    output: ExportResult;
    progress: Progress;
  };
  'picture-info': { input: Pick<PictureOf, 'image' | 'isMask'>; output: Picture; progress: Progress };
  /** view `xy` */
  picture: { input: PictureOf; output: TileFile; progress: Progress };
  /** views `xz`, `yz` and `max`, whose first tile may take a pass over the stack */
  'stack-picture': { input: PictureOf; output: TileFile; progress: Progress };
}
export type JobName = keyof JobTable;
export type JobInput<K extends JobName> = JobTable[K]['input'];
export type JobOutput<K extends JobName> = JobTable[K]['output'];
export type JobProgress<K extends JobName> = JobTable[K]['progress'];

/** Where work is: on an engine and device (predict, train), not there yet as devices are being tried (null), or behind other work. */
export type WorkPlace = EngineChoice | 'waiting' | null;

export interface JobRunOptions<K extends JobName> {
  /** Ends the job with CancelledError; a waiting job leaves the queue, a running one is free within 5 s. */
  signal?: AbortSignal;
  /** train: finishes the step, publishes the best model so far and returns it. */
  stop?: AbortSignal;
  onProgress?: (progress: JobProgress<K>) => void;
  /** told where the work is, before it begins and again where it goes on elsewhere */
  onChoice?: (place: WorkPlace) => void;
  /** train: told how to have it save its state while it goes on; resolves when that is done, or it is over */
  offerSave?: (save: () => Promise<void>) => void;
  /** the processes that do the work; default: those of the input's `compute` */
  compute?: ComputeSettings;
}

/** How the nodes hand out work; implemented by the job host, replaced by a fake in unit tests. */
export interface JobRunner {
  run<K extends JobName>(job: K, input: JobInput<K>, options?: JobRunOptions<K>): Promise<JobOutput<K>>;
}
