import type { Picture, TileRequest } from '../image/picture';
import type { RUN_LENGTHS } from '../trust/control-chart';
import type { DrawnPoint, DriftGroup, SeriesName } from '../trust/drift';
import type { ReportEntry } from './report-index';
import type { Compared, ResultMetrics, ResultNode, ResultRole } from './result-entry';
import type { ResultRun } from './results-log';

/**
 * What the results page and its routes exchange. Routes lie below `segmenter/results/` of the editor's address; ids in
 * addresses are URI-encoded. Answers are JSON unless said otherwise; an error is `{ error: { code, message } }`.
 */

/** `GET runs` */
export interface Runs {
  /** the latest 500, the latest first */
  runs: ResultRun[];
}

/** `GET run/<run>`, and `GET files/<path>` for a file, a folder or a pattern in the allowed folders */
export interface Run {
  /** null: of files */
  node: ResultNode | null;
  /** in the order they came */
  rows: Row[];
  /** what a person should know of a listing of files */
  problems: string[];
  /** id of its report, at `segmenter/reports/entry/<id>`; null: there is none */
  report: string | null;
}

/** A sample in the strip. */
export interface Row {
  /** what its image, tiles and thumbnail are asked for by */
  id: string;
  /** id of the sample, or the name of a file */
  sample: string;
  metrics: ResultMetrics;
  /** why it failed; null: it did not */
  failed: string | null;
  /** name@version of the model that made what was found; null: nobody said */
  model: string | null;
}

/** A picture, and what its stored values mean. */
export interface ResultPicture extends Picture {
  /** stored value times scale is the quantity */
  scale: number;
}

/** `GET image/<id>` */
export interface ResultView {
  id: string;
  sample: string;
  pictures: { raw: ResultPicture } & Partial<Record<ResultRole, ResultPicture>>;
  /** images that cannot be looked at, and why */
  missing: Array<{ role: ResultRole; message: string }>;
  metrics: ResultMetrics;
  /** which of them a node compared; null: none */
  compared: Compared | null;
}

/** `GET tile/<id>?image=...`: the pixels of one tile; labels come with their numbers at level 0, else as a mask. */
export type ResultTile = TileRequest<ResultRole>;

/* `GET thumbnail/<id>`: the middle of what was found, over the image, as `image/png` */

/** `GET segmenter/reports/list`: the reports of compared sequences, the latest 100, the latest first */
export interface Reports {
  reports: Omit<ReportEntry, 'file'>[];
}

/** `GET drift` */
export interface DriftCharts {
  /** the one with the latest result first */
  charts: DriftChart[];
}

/** What a gate charted of one model on one instrument. */
export interface DriftChart extends DriftGroup {
  id: string;
  gate: ResultNode;
  /** milliseconds since 1970 of the last result */
  last: number;
  /** so far */
  results: number;
  /** quantities whose average is outside of its limits now */
  out: SeriesName[];
}

/** `GET drift/<id>` */
export interface DriftView {
  chart: DriftChart;
  /** results that said what is usual */
  baseline: number;
  runLengths: typeof RUN_LENGTHS;
  /** the last thousand, the oldest first */
  points: ChartedResult[];
}

/** A result as it was charted. */
export interface ChartedResult {
  /** milliseconds since 1970 */
  at: number;
  /** null: the message named none */
  sample: string | null;
  /** the run that the page shows it in; null: the log has it no more */
  run: string | null;
  series: Partial<Record<SeriesName, DrawnPoint>>;
}
