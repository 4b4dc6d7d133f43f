import type { LayerStyle } from '../../shared/logic/overlay-paint';
import { after, lookActions } from '../../shared/ui/look-actions';
import type { Viewer } from '../../shared/ui/viewer';
import type { Action } from '../logic/keymap';
import { ORDERS } from '../logic/order';
import type { Session } from './session';
import { canCompare, mapOf, rolesOf, type Store } from './state';
import { STEP, setThreshold } from './threshold-panel';

const STYLES: LayerStyle[] = ['off', 'outline', 'fill'];
/** With Shift. */
const FAR = 10;

/** What the page shows beside the image, as far as keys open it. */
interface Openers {
  search(): void;
  file(): void;
  drift(): void;
  help(): void;
}

/** Everything that keys do. @returns by action; far: with Shift */
export function actionsOf(
  store: Store,
  session: Session,
  viewer: Viewer,
  openers: Openers,
): Record<Action, (far: boolean) => void> {
  const nextStyle = (name: 'found' | 'truth' | 'preview') => () => {
    const role = rolesOf(store.state.image)[name === 'preview' ? 'probability' : name];
    if (role) store.set({ [name]: after(STYLES, store.state[name]), hidden: false });
  };
  const moveThreshold = (by: number) => (far: boolean) => {
    if (mapOf(store.state.image)) setThreshold(store, store.state.threshold + by * (far ? FAR : 1));
  };
  return {
    ...lookActions(store, viewer),
    next: () => void session.go(1),
    previous: () => void session.go(-1),
    nextOrder: () => store.set({ order: after(ORDERS, store.state.order) }),
    probability: () => {
      if (mapOf(store.state.image)) store.set({ probability: !store.state.probability, hidden: false });
    },
    found: nextStyle('found'),
    truth: nextStyle('truth'),
    preview: nextStyle('preview'),
    lower: moveThreshold(-STEP),
    higher: moveThreshold(STEP),
    difference: () => {
      if (canCompare(store.state.image)) store.set({ difference: !store.state.difference, hidden: false });
    },
    hideAll: () => store.set({ hidden: !store.state.hidden }),
    ...openers,
  };
}
