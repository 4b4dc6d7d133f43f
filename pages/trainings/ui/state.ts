import type { TrainingList, TrainingView } from '../../../src/training/page-api';
import type { BarState } from '../../shared/ui/bars';
import type { Axis } from '../logic/curves';

/** Trainings that are laid over each other at most: so many colours keep apart. */
export const MOST_SHOWN = 8;

export interface State extends BarState {
  /** null: not known yet */
  list: TrainingList | null;
  /** ids of what is shown, the first in detail */
  shown: readonly string[];
  views: Readonly<Record<string, TrainingView>>;
  axis: Axis;
  /** a part of a name that the list is narrowed to */
  search: string;
}

export const FIRST_STATE: State = {
  ...{ list: null, shown: [], views: {}, axis: 'steps', search: '', loggedOut: false, notice: null },
};

/** What is shown and known, in its order, which is that of the colours. */
export function shownViews({ shown, views }: Pick<State, 'shown' | 'views'>): TrainingView[] {
  return shown.flatMap((id) => views[id] ?? []);
}
