import type { DriftChart, DriftView, ResultPicture, ResultView, Run } from '../../../src/results/page-api';
import type { ResultRole } from '../../../src/results/result-entry';
import type { ResultRun } from '../../../src/results/results-log';
import type { LayerStyle } from '../../shared/logic/overlay-paint';
import type { BarState } from '../../shared/ui/bars';
import type { Store as AnyStore } from '../../shared/ui/store';
import { FIRST_VIEW, type ViewState } from '../../shared/ui/view-state';
import type { Order } from '../logic/order';
import { DEFAULT_THRESHOLD } from '../logic/threshold';

/** What would become foreground in the plane that is seen. */
export interface Foreground {
  pixels: number;
  of: number;
  /** whether every pixel of the plane was counted, or a smaller copy of it */
  exact: boolean;
}

/** Everything the page shows. */
export interface State extends ViewState, BarState {
  /** null: not known yet */
  runs: ResultRun[] | null;
  /** the run that is shown, or the path of files; null: none */
  shown: { run: string } | { files: string } | null;
  content: Run | null;
  order: Order;
  search: string;
  image: ResultView | null;
  /** why nothing is seen */
  problem: string | null;
  /** why the sample failed whose raw image is seen */
  failure: string | null;

  probability: boolean;
  found: LayerStyle;
  truth: LayerStyle;
  preview: LayerStyle;
  difference: boolean;
  hidden: boolean;
  opacity: number;
  /** in probabilities */
  threshold: number;
  foreground: Foreground | null;

  /** whether charts of drift are shown */
  drift: boolean;
  /** null: not known yet */
  driftCharts: DriftChart[] | null;
  driftView: DriftView | null;
  /** place of the result that is looked at */
  driftAt: number | null;
}

export type Store = AnyStore<State>;

export const FIRST_STATE: State = {
  ...FIRST_VIEW,
  runs: null,
  shown: null,
  content: null,
  order: 'name',
  search: '',
  image: null,
  problem: null,
  failure: null,
  notice: null,
  loggedOut: false,
  probability: false,
  found: 'outline',
  truth: 'off',
  preview: 'off',
  difference: false,
  hidden: false,
  opacity: 0.6,
  threshold: DEFAULT_THRESHOLD,
  foreground: null,
  drift: false,
  driftCharts: null,
  driftView: null,
  driftAt: null,
};

/** Which image of a sample a layer shows; null where it has none. */
export interface Roles {
  found: ResultRole | null;
  truth: ResultRole | null;
  probability: ResultRole | null;
  weight: ResultRole | null;
}

/** Labels rather than the mask they were made with: they show where objects touch. */
export function rolesOf(image: ResultView | null): Roles {
  const first = (...roles: ResultRole[]) => roles.find((role) => image?.pictures[role]) ?? null;
  const { found, truth } = image?.compared ?? {};
  const ofMask = found === undefined || found === 'mask';
  return {
    found: ofMask ? first('labels', 'mask') : first(found),
    truth: truth ? first(truth) : first('target', 'seg1', 'seg2'),
    probability: first('probability'),
    weight: first('weight'),
  };
}

/** The picture of a map; null where the image has none. */
export function mapOf(image: ResultView | null): ResultPicture | null {
  return image?.pictures.probability ?? null;
}

/** Whether there is something to compare with a truth. */
export function canCompare(image: ResultView | null): boolean {
  const { found, truth, probability } = rolesOf(image);
  return truth !== null && (found ?? probability) !== null;
}

/** The probability that the mask of an image was made at; null where nobody said it, or it was made of something else. */
export function ownThreshold(image: ResultView | null): number | null {
  const { threshold } = image?.metrics ?? {};
  return threshold !== undefined && threshold >= 0 && threshold <= 1 ? threshold : null;
}
