import type { Zyx } from '../image/region';
import type { LabelledRow } from './row-labeller';

/** The objects of a volume, to be gone through row by row as often as wanted. */
export interface LabelledVolume {
  readonly shape: Readonly<Zyx>;
  /** number of objects; their labels are 1 to this, by first appearance in C order */
  readonly count: number;
  /** voxels of each object, by label; element 0 is unused */
  readonly size: Float64Array<ArrayBuffer>;
  /** The rows, y fastest, then z; each is valid until the next. */
  rows(): Generator<LabelledRow, void, void>;
  /** Frees what they take. */
  close(): void;
}

/** Labels of a volume, whatever their objects' sizes. */
export type LabelledRows = Omit<LabelledVolume, 'size'>;
