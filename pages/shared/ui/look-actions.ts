import { PRESETS } from '../logic/contrast';
import type { LookAction } from '../logic/keymap';
import { setComposite, setPreset } from './looks';
import type { Store } from './store';
import { lookOf, type ViewState } from './view-state';
import { type Viewer, ZOOM_STEP } from './viewer';

const VIEWS: Array<ViewState['view']> = ['xy', 'ortho', 'max'];
const PAN = 60;
/** With Shift. */
const FAR = 4;

/** What keys do to the view of an image. @returns by action; far: with Shift */
export function lookActions(store: Store<ViewState>, viewer: Viewer): Record<LookAction, (far: boolean) => void> {
  const pan = (dx: number, dy: number) => (far: boolean) =>
    viewer.pan(-dx * PAN * (far ? FAR : 1), -dy * PAN * (far ? FAR : 1));
  const step = (axis: 't' | 'c', by: number) => () => {
    const length = store.state.image?.pictures.raw.shape[axis === 't' ? 0 : 1] ?? 1;
    store.set({ [axis]: (store.state[axis] + by + length) % length });
  };
  return {
    left: pan(-1, 0),
    right: pan(1, 0),
    up: pan(0, -1),
    down: pan(0, 1),
    zoomIn: () => viewer.zoom(ZOOM_STEP),
    zoomOut: () => viewer.zoom(1 / ZOOM_STEP),
    fit: () => viewer.fit(),
    actualSize: () => viewer.zoom(1 / store.state.transform.scale),
    planeUp: () => viewer.stepPlane(1),
    planeDown: () => viewer.stepPlane(-1),
    nextTime: step('t', 1),
    previousTime: step('t', -1),
    nextChannel: step('c', 1),
    composite: () => setComposite(store, !store.state.composite),
    nextView: () => {
      const { image, view } = store.state;
      if ((image?.pictures.raw.shape[2] ?? 1) > 1) store.set({ view: after(VIEWS, view) });
    },
    nextContrast: () => setPreset(store, ((lookOf(store.state).preset ?? -1) + 1) % PRESETS.length),
  };
}

/** The value behind another in a list, the first behind the last. */
export function after<V>(values: readonly V[], value: V): V {
  return values[(values.indexOf(value) + 1) % values.length];
}
