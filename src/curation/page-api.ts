import type { Picture, TileRequest } from '../image/picture';
import type { Decision, ReviewState } from './decision';

/**
 * What the curation page and its routes exchange. Routes lie below `segmenter/curate/<node>/` of the editor's address;
 * sample ids in addresses are URI-encoded. Answers are JSON unless said otherwise; an error is `{ error: { code, message } }`.
 */

/** `GET queue` */
export interface Queue {
  /** the node's name; '' of one without */
  title: string;
  /** in the order of the run */
  items: QueueItem[];
  /** null where the editor has no login */
  user: string | null;
  canWrite: boolean;
  /** whether the curated samples were sent on */
  finished: boolean;
  /** whether anything takes them, in the flow as it is deployed */
  isWired: boolean;
}

export interface QueueItem {
  id: string;
  state: ReviewState;
  /** why it was rejected */
  reason: string | null;
  /** who decided last */
  by: string | null;
  revision: number;
  /** findings of the checks, by severity */
  errors: number;
  warnings: number;
}

/** `GET image/<id>` */
export interface ImageView {
  id: string;
  revision: number;
  decision: Decision;
  /**
   * masks where the sample brings them as images; those that it brings as polygons are shapes of the decision. Numbers where a
   * segmentation tells its objects apart.
   */
  pictures: { raw: Picture } & Partial<Record<Exclude<CuratedRole, 'raw'>, Picture>>;
  findings: Finding[];
}

/** The images that a page shows of a sample, and that a decision is made on; `numbers1` is `seg1` by the numbers of its objects. */
export type CuratedRole = 'raw' | 'seg1' | 'seg2' | 'numbers1' | 'numbers2' | 'mergeMask' | 'excludeMask';

/** `GET tile/<id>?`{@link TileRequest} as `image=raw&view=...&t=&c=&at=&level=&row=&column=&version=`: the pixels of one tile. */
export type CuratedTile = TileRequest<CuratedRole>;

/** `PUT image/<id>`: answers SaveAnswer, or status 409 with the Conflict where someone else saved in between. */
export interface SaveRequest {
  /** the revision that this decision was made on */
  revision: number;
  decision: Decision;
}
export interface SaveAnswer {
  revision: number;
}
export interface Conflict {
  error: { code: 'exists'; message: string };
  /** who saved, and what */
  by: string | null;
  revision: number;
  decision: Decision;
}

/** `POST finish`: sends the used samples on and ends the run. */
export interface FinishAnswer {
  used: number;
  rejected: number;
  undecided: number;
}

/** One thing that a check found. */
export interface Finding {
  check: string;
  severity: 'error' | 'warning' | 'note';
  /** a sentence with the value and what was expected */
  message: string;
  /** the samples it is about */
  samples: string[];
}

/** `GET report` */
export interface CheckReport {
  samples: number;
  findings: Finding[];
  /** ISO 8601 */
  made: string;
}
