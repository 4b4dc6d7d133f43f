import type { DType } from '../image/dtype';
import type { Decision, ReviewState } from './decision';

/**
 * What the curation page and its routes exchange. Routes lie below `segmenter/curate/<node>/` of the editor's address;
 * sample ids in addresses are URI-encoded. Answers are JSON unless said otherwise; an error is `{ error: { code, message } }`.
 */

/** `GET queue` */
export interface Queue {
  /** the node's name */
  title: string;
  /** in the order of the run */
  items: QueueItem[];
  /** null where the editor has no login */
  user: string | null;
  canWrite: boolean;
  /** whether the curated samples were sent on */
  finished: boolean;
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
  /** masks where the sample brings them as images; those that it brings as polygons are shapes of the decision */
  pictures: { raw: Picture } & Partial<Record<Exclude<TileRequest['image'], 'raw'>, Picture>>;
  findings: Finding[];
}

/** An image as the page draws it: tiles of each level, level 0 the full size. */
export interface Picture {
  /** of all pictures of a sample: another where a later sample of the same id has other pixels */
  version?: string;
  /** [t, c, z, y, x] of level 0 */
  shape: [number, number, number, number, number];
  dtype: DType;
  channels: Array<{ name: string; color?: string }>;
  /** micrometres */
  pixelSize: { z: number; y: number; x: number } | null;
  /** [y, x] of each level; a level is half of the one before */
  levels: Array<[number, number]>;
  /** side of a tile, pixels of its level */
  tile: number;
  /** of each channel, from a sample of pixels: value at these percentiles */
  ranges: Array<Record<'min' | 'p0.1' | 'p0.5' | 'p1' | 'p50' | 'p99' | 'p99.5' | 'p99.9' | 'max', number>>;
}

/**
 * `GET tile/<id>?image=raw|seg1|seg2|mergeMask|excludeMask&view=...&t=&c=&at=&level=&row=&column=&version=`: the pixels of one tile, little-endian, rows
 * of x, as `application/octet-stream`; headers `x-dtype` and `x-shape` (`y,x`; smaller at the far edges). A segmentation
 * or mask comes as uint8, 0 or 1. Views: `xy` (a plane at z = `at`), `xz` (at y), `yz` (at x; rows are z), `max` (along z).
 * xz, yz and max of large stacks may be coarser than level 0.
 */
export interface TileRequest {
  image: 'raw' | 'seg1' | 'seg2' | 'mergeMask' | 'excludeMask';
  view: 'xy' | 'xz' | 'yz' | 'max';
  t: number;
  c: number;
  at: number;
  level: number;
  row: number;
  column: number;
  /** that of the picture, so that tiles of earlier pixels are not taken for these */
  version?: string;
}

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
