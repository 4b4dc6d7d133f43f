import { LruCache } from '../../base/collections';
import { CorruptFileError, UnsupportedError } from '../../base/errors';
import { mapConcurrently } from '../../base/long-work';
import type { Acquisition } from '../../image/description';
import { inside, list, type Place, record, text, wrong } from './json';
import { ngffOf } from './multiscale';
import { readNode, type ZarrNode } from './node';
import { joinKey, type ZarrStore } from './store';

/** Wells of a plate, fields of a well, series of a collection: the largest plates have 3456 wells. */
const MAX_MEMBERS = 10_000;
const MAX_SCENES = 100_000;
/** Metadata files that are read at a time. */
const AT_ONCE = 16;

/** An image of a hierarchy: the key of its group, and what the way to it says. */
export interface ZarrScene {
  key: string;
  acquisition: Acquisition;
}

/**
 * Finds the images below a group: itself, the fields of a plate or well, the series of a bioformats2raw collection, or
 * the label images of a `labels` group. Labels of an image are no images of their own.
 * @throws UnsupportedError for a group without images
 */
export async function findScenes(store: ZarrStore, top: ZarrNode): Promise<ZarrScene[]> {
  const ngff = ngffOf(top);
  const { file, key } = top;
  if (ngff.plate !== undefined) return plateScenes(store, top, ngff.plate);
  if (ngff.multiscales !== undefined) return [{ key, acquisition: {} }];
  if (ngff.well !== undefined)
    return wellFields(ngff.well, top).map((field) => ({ key: field.key, acquisition: { field: field.number } }));
  if (ngff.labels !== undefined) {
    const names = list(ngff.labels, { file, name: 'labels' }, MAX_MEMBERS);
    const keys = names.map((name, i) => joinKey(key, text(name, { file, name: `labels[${i}]` }), file));
    if (keys.length > 0) return keys.map((one) => ({ key: one, acquisition: {} }));
  }
  if (ngff['bioformats2raw.layout'] !== undefined) return seriesScenes(store, top);
  throw new UnsupportedError(
    store.nameOf(key),
    'is a Zarr group without an image: its attributes hold no multiscales, plate, well, labels or bioformats2raw.layout',
  );
}

async function plateScenes(store: ZarrStore, top: ZarrNode, given: unknown): Promise<ZarrScene[]> {
  const place: Place = { file: top.file, name: 'plate' };
  const plate = record(given, place);
  const name = typeof plate.name === 'string' && plate.name !== '' ? { plate: plate.name } : {};
  const wells = list(plate.wells, inside(place, 'wells'), MAX_MEMBERS).map((entry, i) => {
    const at = inside(inside(place, 'wells'), i);
    return text(record(entry, at).path, inside(at, 'path'));
  });
  let found = 0;
  const read = async (wellPath: string): Promise<ZarrScene[]> => {
    const key = joinKey(top.key, wellPath, top.file);
    const node = await readNode(store, key);
    // A well without images should have no group.
    if (!node) return [];
    const { well } = ngffOf(node);
    if (well === undefined) throw new CorruptFileError(node.file, 'expected the metadata of a well');
    const label = wellPath
      .split('/')
      .filter((part) => part !== '')
      .join('');
    const fields = wellFields(well, node);
    // A well may be listed many times.
    found += fields.length;
    if (found > MAX_SCENES) throw wrong(place, `at most ${MAX_SCENES} fields`, found);
    return fields.map((field) => ({
      key: field.key,
      acquisition: { ...name, ...(label === '' ? {} : { well: label }), field: field.number },
    }));
  };
  const scenes = (await mapConcurrently(wells, AT_ONCE, read)).flat();
  if (scenes.length === 0) throw new CorruptFileError(top.file, 'the plate has no fields in any well');
  return scenes;
}

function wellFields(given: unknown, { file, key }: ZarrNode): Array<{ key: string; number: number }> {
  const place: Place = { file, name: 'well' };
  const images = list(record(given, place).images, inside(place, 'images'), MAX_MEMBERS);
  if (images.length === 0) throw wrong(inside(place, 'images'), 'at least one', images);
  return images.map((entry, i) => {
    const at = inside(inside(place, 'images'), i);
    return { key: joinKey(key, text(record(entry, at).path, inside(at, 'path')), file), number: i };
  });
}

/** As the group OME lists them, else groups 0, 1, 2 and so on. */
async function seriesScenes(store: ZarrStore, top: ZarrNode): Promise<ZarrScene[]> {
  const ome = await readNode(store, joinKey(top.key, 'OME', top.file));
  const series = ome ? ngffOf(ome).series : undefined;
  if (ome && series !== undefined) {
    const paths = list(series, { file: ome.file, name: 'series' }, MAX_MEMBERS);
    const keys = paths.map((path, i) =>
      joinKey(top.key, text(path, { file: ome.file, name: `series[${i}]` }), ome.file),
    );
    if (keys.length === 0) throw wrong({ file: ome.file, name: 'series' }, 'at least one', series);
    return keys.map((key) => ({ key, acquisition: {} }));
  }
  const scenes: ZarrScene[] = [];
  for (let i = 0; i < MAX_MEMBERS; i++) {
    const key = joinKey(top.key, `${i}`, top.file);
    if (!(await readNode(store, key))) break;
    scenes.push({ key, acquisition: {} });
  }
  if (scenes.length === 0) throw new CorruptFileError(store.nameOf(top.key), 'the collection has no image "0"');
  return scenes;
}

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
 * Lists the images of a hierarchy as `find` lists them, or as it listed them a moment ago where the top's metadata are
 * the same.
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
