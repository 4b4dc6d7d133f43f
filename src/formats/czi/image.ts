import { CorruptFileError, UnsupportedError } from '../../base/errors';
import type { Shape5 } from '../../image/region';
import { type DirectoryEntry, type Extent, extentOf } from './directory-entry';
import { type CziLevel, fullResolution, pyramidLevels } from './levels';
import { type CziPixelType, pixelTypeOf } from './pixel-types';

/** One image of a file: a scene, and of that the channels of one pixel type. */
export interface CziImage {
  /** its number in the file's S dimension; null where the file has no scenes */
  scene: number | null;
  type: CziPixelType;
  /** lowest C of the file, to which the metadata's list of channels is counted */
  firstChannel: number;
  /** C of each channel group; a group has one channel a phase and colour */
  channels: number[];
  /** each combination of further dimensions (phases, illuminations, ...), as a name: "", "H0", "H1" */
  phases: string[];
  sizeT: number;
  sizeZ: number;
  levels: CziLevel[];
}

/** Dimensions that become channels of their own, for nothing else in an image has room for them. */
const PHASE_LETTERS = ['H', 'R', 'I', 'V', 'B'] as const;
/** A plane that is missing reads as zeros; a damaged file must not claim planes without end. */
const MOST_PLANES_PER_BLOCK = 64;
const FEW_PLANES = 4096;

/**
 * Sorts the sub-blocks of a file into images: by scene, and where channels have different pixel types by these too.
 * @throws CorruptFileError, UnsupportedError
 */
export function findImages(entries: readonly DirectoryEntry[], path: string): CziImage[] {
  for (const entry of entries) refuseThickBlocks(entry, path);
  const hasScenes = entries.some(({ extents }) => extents.has('S'));
  const scenes = groupBy(entries, (entry) => (hasScenes ? extentOf(entry, 'S').start : 0));
  const images: CziImage[] = [];
  for (const [scene, ofScene] of [...scenes].sort(([a], [b]) => a - b)) {
    const types = groupBy(ofScene, (entry) => entry.pixelType);
    const sorted = [...types.values()].sort((a, b) => lowest(a, 'C') - lowest(b, 'C'));
    for (const group of sorted) images.push(imageOf(group, hasScenes ? scene : null, lowest(ofScene, 'C'), path));
  }
  return images;
}

function imageOf(entries: DirectoryEntry[], scene: number | null, firstChannel: number, path: string): CziImage {
  const type = pixelTypeOf(entries[0].pixelType, path);
  const place = scene === null ? 'the image' : `scene ${scene}`;
  const phases = phaseNames(entries);
  const [t, z] = (['T', 'Z'] as const).map((letter) => range(entries, letter));
  const channels = [...new Set(entries.map((entry) => extentOf(entry, 'C').start))].sort((a, b) => a - b);
  const planes = t.size * z.size * channels.length * phases.length;
  if (planes > Math.max(FEW_PLANES, MOST_PLANES_PER_BLOCK * entries.length)) {
    throw new CorruptFileError(path, `${place} states ${planes} planes, but has ${entries.length} sub-blocks`);
  }
  const planeOf = (entry: DirectoryEntry): number => {
    const c = channels.indexOf(extentOf(entry, 'C').start) * phases.length + phases.indexOf(phaseOf(entry, entries));
    return (
      ((extentOf(entry, 'T').start - t.start) * channels.length * phases.length + c) * z.size +
      (extentOf(entry, 'Z').start - z.start)
    );
  };
  const full = fullResolution(entries, planeOf, { path, place });
  const levels = [full, ...pyramidLevels(entries, planeOf, full)];
  return { scene, type, firstChannel, channels, phases, sizeT: t.size, sizeZ: z.size, levels };
}

/** [t, c, z, y, x] of a level; colours and phases are channels. */
export function levelShape({ type, channels, phases, sizeT, sizeZ }: CziImage, { height, width }: CziLevel): Shape5 {
  return [sizeT, channels.length * phases.length * type.order.length, sizeZ, height, width];
}

/** Line scans and the like keep several planes in a block. */
function refuseThickBlocks(entry: DirectoryEntry, path: string): void {
  for (const [letter, { size }] of entry.extents) {
    if (letter === 'X' || letter === 'Y' || size === 1) continue;
    throw new UnsupportedError(
      path,
      `the sub-block at byte ${entry.position} holds ${size} positions along ${letter}; expected one plane a block`,
    );
  }
}

/** Which of the further dimensions differ within the image, as a name. */
function phaseOf(entry: DirectoryEntry, all: readonly DirectoryEntry[]): string {
  return varying(all)
    .map((letter) => `${letter}${extentOf(entry, letter).start}`)
    .join(' ');
}

const varyingOf = new WeakMap<readonly DirectoryEntry[], string[]>();

function varying(all: readonly DirectoryEntry[]): string[] {
  const known = varyingOf.get(all);
  if (known) return known;
  const letters = PHASE_LETTERS.filter((letter) => range(all, letter).size > 1);
  varyingOf.set(all, letters);
  return letters;
}

function phaseNames(entries: readonly DirectoryEntry[]): string[] {
  const inOrder = groupBy(entries, (entry) => phaseOf(entry, entries));
  const letters = varying(entries);
  return [...inOrder]
    .sort(([, [a]], [, [b]]) => {
      const letter = letters.find((each) => extentOf(a, each).start !== extentOf(b, each).start) ?? 'H';
      return extentOf(a, letter).start - extentOf(b, letter).start;
    })
    .map(([name]) => name);
}

/** First position and number of positions along a dimension. */
function range(entries: readonly DirectoryEntry[], letter: string): Pick<Extent, 'start' | 'size'> {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const entry of entries) {
    const { start } = extentOf(entry, letter);
    first = Math.min(first, start);
    last = Math.max(last, start);
  }
  return { start: first, size: last - first + 1 };
}

function lowest(entries: readonly DirectoryEntry[], letter: string): number {
  return range(entries, letter).start;
}

function groupBy<K>(entries: readonly DirectoryEntry[], keyOf: (entry: DirectoryEntry) => K): Map<K, DirectoryEntry[]> {
  const groups = new Map<K, DirectoryEntry[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return groups;
}
