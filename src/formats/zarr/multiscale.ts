import { InvalidInputError, show, UnsupportedError } from '../../base/errors';
import { isRecord } from '../../base/plain-json';
import type { PixelSize } from '../../image/description';
import { AXES } from '../../image/region';
import { micrometresInNgff, notesOnUnits, pixelSizeOf, secondsInNgff } from '../units';
import { inside, list, number, type Place, record, text, wrong } from './json';
import type { ZarrNode } from './node';

/** Resolutions that an image may have. */
const MAX_LEVELS = 64;
const MAX_AXES = 8;

/** An axis of the stored arrays, and which of t, c, z, y, x it is; null for another one. */
export interface Axis {
  name: string;
  place: 't' | 'c' | 'z' | 'y' | 'x' | null;
  unit: string | null;
}

/** What a group's `multiscales` says of its first image (NGFF 0.1 to 0.5). */
export interface Multiscale {
  version: string;
  axes: Axis[];
  /** where the arrays lie below the group, largest first */
  paths: string[];
  pixelSize: PixelSize | null;
  /** seconds between time points */
  timeIncrement: number | null;
  /** units that are not understood */
  notes: string[];
}

/** Finds the metadata of NGFF: below `ome` since 0.5, on top before. */
export function ngffOf({ attributes }: ZarrNode): Record<string, unknown> {
  return isRecord(attributes.ome) ? attributes.ome : attributes;
}

/**
 * Reads axes, levels, pixel size and time increment of an image from the metadata of its group.
 * @throws CorruptFileError naming the place; UnsupportedError for another version or an axis that has no place
 */
export function parseMultiscale(node: ZarrNode): Multiscale {
  const ngff = ngffOf(node);
  const top: Place = { file: node.file, name: 'multiscales' };
  const [first] = list(ngff.multiscales, top, 1000);
  const place = inside(top, 0);
  const image = record(first, place);
  const version = String(ngff.version ?? image.version ?? '0.4');
  if (!/^0\.[1-5](?![0-9])/.test(version)) {
    throw new UnsupportedError(node.file, `NGFF version ${show(version)} is not read; 0.1 to 0.5 are`);
  }
  const axes = parseAxes(image.axes, version, inside(place, 'axes'));
  const datasets = list(image.datasets, inside(place, 'datasets'), MAX_LEVELS);
  if (datasets.length === 0) throw wrong(inside(place, 'datasets'), 'at least one', datasets);
  const paths = datasets.map((dataset, i) => {
    const at = inside(inside(place, 'datasets'), i);
    return text(record(dataset, at).path, inside(at, 'path'));
  });
  const at = inside(inside(place, 'datasets'), 0);
  const own = scaleOf(record(datasets[0], at), axes.length, at);
  const common = scaleOf(image, axes.length, place);
  const scales = axes.map((_, i) => (own?.[i] ?? 1) * (common?.[i] ?? 1));
  return { version, axes, paths, ...physical(axes, own || common ? scales : null) };
}

/** The scale of a pixel along each axis, or null where nothing is said. */
function scaleOf(owner: Record<string, unknown>, rank: number, place: Place): number[] | null {
  const { coordinateTransformations: given } = owner;
  if (given === undefined || given === null) return null;
  const all = inside(place, 'coordinateTransformations');
  let scale: number[] | null = null;
  for (const [i, entry] of list(given, all, 16).entries()) {
    const at = inside(all, i);
    const { type, scale: values } = record(entry, at);
    if (type === 'identity' || type === 'translation') continue;
    if (type !== 'scale') throw new UnsupportedError(at.file, `${at.name}: a transformation ${show(type)} is not read`);
    if (values === undefined)
      throw new UnsupportedError(at.file, `${at.name}: a scale in an array of its own is not read`);
    const numbers = list(values, inside(at, 'scale'), MAX_AXES).map((value, k) =>
      number(value, inside(at, `scale[${k}]`)),
    );
    if (numbers.length !== rank) throw wrong(inside(at, 'scale'), `${rank} numbers, one an axis`, values);
    scale = scale ? scale.map((value, k) => value * numbers[k]) : numbers;
  }
  return scale;
}

function physical(
  axes: readonly Axis[],
  scales: number[] | null,
): Pick<Multiscale, 'pixelSize' | 'timeIncrement' | 'notes'> {
  /** the scale of an axis in units of one kind; a scale without a unit is no length */
  const along = (place: Axis['place'], unitOf: (unit: string) => number | null): number | null => {
    const i = axes.findIndex((axis) => axis.place === place);
    const unit = i < 0 || axes[i].unit === null ? null : unitOf(axes[i].unit);
    return unit === null || !scales ? null : scales[i] * unit;
  };
  const [z, y, x] = (['z', 'y', 'x'] as const).map((place) => along(place, micrometresInNgff));
  const seconds = along('t', secondsInNgff);
  const units = axes.flatMap(({ place, unit }) => (unit !== null && 'zyx'.includes(place ?? '-') ? [unit] : []));
  return {
    notes: scales ? notesOnUnits(units, micrometresInNgff) : [],
    pixelSize: pixelSizeOf(z, y, x),
    timeIncrement: seconds !== null && Number.isFinite(seconds) && seconds > 0 ? seconds : null,
  };
}

const NAMES: ReadonlyMap<string, NonNullable<Axis['place']>> = new Map([
  ['t', 't'],
  ['time', 't'],
  ['c', 'c'],
  ['channel', 'c'],
  ['z', 'z'],
  ['y', 'y'],
  ['x', 'x'],
]);

function parseAxes(given: unknown, version: string, place: Place): Axis[] {
  // Before 0.3 nothing was said: always five, in this order.
  if (given === undefined && /^0\.[12]/.test(version)) return axesOfNames(AXES) as Axis[];
  const axes = list(given, place, MAX_AXES).map((entry, i): Axis & { type: unknown } => {
    const at = inside(place, i);
    if (typeof entry === 'string') return { name: entry, place: null, unit: null, type: undefined };
    const { name, type, unit } = record(entry, at);
    return { name: text(name, inside(at, 'name')), place: null, unit: typeof unit === 'string' ? unit : null, type };
  });
  for (const axis of axes) {
    const named = NAMES.get(axis.name.toLowerCase()) ?? null;
    if (axis.type === 'time') axis.place = 't';
    else if (axis.type === 'channel') axis.place = 'c';
    else if (axis.type === undefined || axis.type === null || axis.type === 'space') axis.place = named;
  }
  nameSpaceAxes(axes);
  return checkAxes(
    axes.map(({ type: _, ...axis }) => axis),
    place,
  );
}

/** Space axes of other names than z, y, x are these in their order. */
function nameSpaceAxes(axes: ReadonlyArray<Axis & { type: unknown }>): void {
  const space = axes.filter(({ type }) => type === 'space');
  if (space.every(({ place }) => place === 'z' || place === 'y' || place === 'x')) return;
  if (space.length !== 2 && space.length !== 3) return;
  for (const [i, axis] of space.entries()) axis.place = (['z', 'y', 'x'] as const)[i + 3 - space.length];
}

function checkAxes(axes: Axis[], place: Place): Axis[] {
  const places = axes.flatMap((axis) => axis.place ?? []);
  if (new Set(places).size < places.length || !places.includes('y') || !places.includes('x')) {
    const names = axes.map(({ name }) => name);
    throw wrong(place, 'axes y and x and at most one each of t, c, z', names);
  }
  return axes;
}

/** Gives the axes of an array that only names its dimensions, or null where a name is unknown or y or x is missing. */
export function axesOfNames(names: readonly string[]): Axis[] | null {
  const axes = names.map((name): Axis => ({ name, place: NAMES.get(name.toLowerCase()) ?? null, unit: null }));
  const places = axes.map(({ place }) => place);
  const clear = !places.includes(null) && new Set(places).size === places.length;
  return clear && places.includes('y') && places.includes('x') ? axes : null;
}

/** Checks the number of a scene, from 0. @throws InvalidInputError listing how many scenes there are */
export function checkScene(scene: number, scenes: number, file: string): void {
  if (Number.isInteger(scene) && scene >= 0 && scene < scenes) return;
  throw new InvalidInputError('scene', `an integer from 0 to ${scenes - 1} for ${file}`, scene);
}
