import type { PictureKind } from './pictures';
import type { CalibrationPoint } from './pooling';

/** What one image scored: a row of the tables that every report has. */
export interface ScoreRow {
  id: string;
  /** images of one file resemble each other: what they are counted together by */
  file: string;
  dice: number;
  iou: number;
  precision: number;
  recall: number;
  /** the truth has no foreground */
  emptyReference: boolean;
  /** null: objects were not compared */
  objectAp: number | null;
  objectApMean: number | null;
  panopticQuality: number | null;
  splits: number | null;
  merges: number | null;
  /** predicted objects less true ones */
  countError: number | null;
  /** null: outlines were not compared */
  nsd: number | null;
  /** null: infinite, or not compared */
  hd95: number | null;
  /** null: there is no probability map */
  ece: number | null;
  brier: number | null;
  /** of the probability; absent: one for all, or not known */
  threshold?: number;
}

/** Images that were compared with their truth, as every report shows them. */
export interface ScoredImages {
  rows: readonly ScoreRow[];
  /** of the NSD; null: outlines were not compared */
  surface: { tolerance: number; unit: 'µm' | 'pixel' } | null;
  /** outlines were compared at several tolerances, as images differ in pixel size */
  surfacesDiffer: boolean;
  /** null: no image has a probability map */
  probability: {
    images: number;
    calibration: readonly CalibrationPoint[];
    /** mean Dice of the images with foreground at each threshold from 0.05 to 0.95 in steps of 0.01; null: none has */
    diceAt: readonly number[] | null;
  } | null;
}

/** Gives the images that means are over: those whose truth has foreground, where there are any. */
export function judgedRows<T extends Pick<ScoreRow, 'emptyReference'>>(rows: readonly T[]): readonly T[] {
  const full = rows.filter(({ emptyReference }) => !emptyReference);
  return full.length > 0 ? full : rows;
}

/** Of each kind. */
const PICTURES = 3;

/**
 * Chooses the images of the lowest Dice, of the middle ones and of the highest, none twice. An empty image in which nothing
 * was found shows nothing.
 * @returns indices, with what they are shown as
 */
export function imagesToShow(
  rows: readonly Pick<ScoreRow, 'dice' | 'emptyReference'>[],
): { kind: PictureKind; row: number }[] {
  const order = [...rows.keys()]
    .filter((i) => !(rows[i].emptyReference && rows[i].dice === 1))
    .sort((a, b) => rows[a].dice - rows[b].dice);
  const each = Math.min(PICTURES, Math.ceil(order.length / 3));
  const middle = Math.max(0, Math.floor((order.length - each) / 2));
  const places = {
    worst: order.slice(0, each),
    best: order.slice(each).slice(-each).reverse(),
    median: order.slice(middle, middle + each),
  };
  const taken = new Set<number>();
  const take = (kind: PictureKind) =>
    places[kind].flatMap((row) => {
      if (taken.has(row)) return [];
      taken.add(row);
      return [{ kind, row }];
    });
  const [worst, best] = [take('worst'), take('best')];
  return [...worst, ...take('median'), ...best];
}

/** Says what unit tolerances and distances have, and whether all images share one tolerance. */
export function surfacesOf(
  surfaces: readonly NonNullable<ScoredImages['surface']>[],
): Pick<ScoredImages, 'surface' | 'surfacesDiffer'> {
  const [first] = surfaces;
  return {
    surface: first ? { tolerance: first.tolerance, unit: first.unit } : null,
    surfacesDiffer: surfaces.some(({ tolerance, unit }) => tolerance !== first.tolerance || unit !== first.unit),
  };
}
