import { LruCache } from '../../base/lru-cache';
import type { ZarrNode } from './node';
import type { ZarrScene } from './scenes';
import type { ZarrStore } from './store';

/** Hierarchies of many images whose list is kept. */
const MOST_KEPT = 4;
/** Wells below can change without a trace in the metadata of the top, so the list is made anew after this time. */
const KEPT_MS = 30_000;

/** The top of a hierarchy and the images below it. */
export interface Hierarchy {
  top: ZarrNode;
  scenes: ZarrScene[];
}

/** Module state on purpose: each image of a plate is opened by one job after another, and to list them takes every well. */
const kept = new LruCache<string, { stamp: string; until: number; hierarchy: Hierarchy }>(MOST_KEPT);

/**
 * The images of a hierarchy as `find` lists them, or as it listed them a moment ago where the top's metadata are the same.
 * @param location path or address of the hierarchy
 */
export async function keptHierarchy(
  location: string,
  store: ZarrStore,
  find: () => Promise<Hierarchy>,
): Promise<Hierarchy> {
  const stamp = await store.stamp();
  const known = kept.get(location);
  if (known?.stamp === stamp && known.until > Date.now()) return known.hierarchy;
  kept.delete(location);
  const hierarchy = await find();
  // One image is as quickly found again.
  if (hierarchy.scenes.length === 1) return hierarchy;
  const entry = { stamp, until: Date.now() + KEPT_MS, hierarchy };
  kept.set(location, entry);
  setTimeout(() => kept.get(location) === entry && kept.delete(location), KEPT_MS).unref();
  return hierarchy;
}
