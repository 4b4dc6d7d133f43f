import type { ChannelLook } from '../logic/channel-looks';
import { presetContrast } from '../logic/contrast';
import type { Store } from './store';
import { lookOf, type ViewState } from './view-state';

/** Changes how one channel looks. */
export function changeLook(store: Store<ViewState>, c: number, change: Partial<ChannelLook>): void {
  store.set({ looks: store.state.looks.map((look, i) => (i === c ? { ...look, ...change } : look)) });
}

/** Gives the open channel the contrast of a preset; its gamma stays. */
export function setPreset(store: Store<ViewState>, preset: number): void {
  const { image, c } = store.state;
  const ranges = image?.pictures.raw.ranges[c];
  if (!ranges) return;
  const { contrast } = lookOf(store.state);
  changeLook(store, c, { preset, contrast: presetContrast(ranges, preset, contrast.gamma) });
}

/** Shows several channels together, where there are several. */
export function setComposite(store: Store<ViewState>, composite: boolean): void {
  if (store.state.looks.length > 1) store.set({ composite });
}
