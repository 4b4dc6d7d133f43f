import type { ImageReader } from '../../../formats';
import { count as voxelsOf, type Zyx } from '../../../image/region';
import { tellApart } from '../../../objects/by-blocks';
import type { Distances } from '../../../objects/decode';
import type { Box } from '../../../objects/label-store';
import { type DecodingSettings, OBJECT_MAPS } from '../../../objects/settings';
import { fromDistances, fromNecks } from '../../../objects/sources';
import { labelObjects } from '../../../thresholding/components';
import type { LabelledVolume } from '../../../thresholding/labelled-volume';
import type { Connectivity } from '../../../thresholding/row-labeller';
import type { RunRoom, Runs } from '../../../thresholding/runs';
import type { BandCounter } from '../bands';
import { physicalSpacing } from '../objects/physical-spacing';

const BOUNDARY = OBJECT_MAPS.indexOf('boundary');
const CENTRE = OBJECT_MAPS.indexOf('centre');

/** How foreground is divided into objects: what touches is one; by the maps of a model of objects; at necks. */
export type Division =
  | { by: 'touching'; connectivity: Connectivity }
  | { by: 'maps'; maps: ImageReader; settings: DecodingSettings }
  | { by: 'necks' };

/** What dividing needs besides the foreground. */
export interface DivisionWork {
  /** of the image that the foreground is of */
  reader: ImageReader;
  minSize: number;
  counter: BandCounter;
  room: RunRoom;
  /** for labels that are too many for memory */
  folder: string;
  /** voxels of a block */
  blockVoxels: number;
  signal: AbortSignal;
  /** told of what a person should know of the objects */
  warn(warning: string): void;
}

/**
 * Divides the foreground of a time point into objects of at least `minSize` voxels.
 * @param runs [z, y, x]; closed with the result
 */
export async function objectsOfForeground(
  runs: Runs,
  t: number,
  division: Division,
  work: DivisionWork,
): Promise<LabelledVolume> {
  const { counter, minSize, room, folder, reader } = work;
  if (division.by === 'touching') return counter.through(labelObjects(runs, division.connectivity, minSize));
  const through = <T>(steps: Generator<void, T, void>) => counter.through(steps);
  const { spacing } = physicalSpacing([reader.desc], runs.shape[0]);
  const pixels = { shape: runs.shape, spacing, mask: async (box: Box) => through(maskOf(runs, box)) };
  const source =
    division.by === 'maps'
      ? fromDistances(
          { ...pixels, distances: (box) => readDistances(division.maps, t, box, work) },
          division.settings,
          through,
        )
      : fromNecks(pixels, through);
  const done = () => counter.turn();
  const cuts: Box[] = [];
  const cut = (core: Box) => cuts.push(core);
  const blocks = { most: work.blockVoxels, minimumSize: minSize, room, folder, through, done, cut };
  const found = await tellApart(source, blocks);
  if (cuts.length > 0) work.warn(noteOnCuts(cuts, t));
  runs.close();
  return found;
}

function noteOnCuts([{ start, size }, ...more]: readonly Box[], t: number): string {
  const place = `[z, y, x] = [${start}] to [${start.map((at, axis) => at + size[axis])}]`;
  const others = more.length > 0 ? ` and ${more.length} more blocks` : '';
  return `objects of time ${t} reach further than what fits into memory at once: in the block ${place}${others} they may be cut where they touch others; compare them there`;
}

/** The foreground in a box, 1 there. */
function* maskOf(runs: Runs, { start, size }: Box): Generator<void, Uint8Array<ArrayBuffer>, void> {
  const mask = new Uint8Array(voxelsOf(size));
  const height = runs.shape[1];
  let row = -1;
  for (const { data, from, count } of runs.rows()) {
    row++;
    const y = (row % height) - start[1];
    const z = Math.floor(row / height) - start[0];
    if (z >= size[0]) break;
    if (z < 0 || y < 0 || y >= size[1]) continue;
    const at = (z * size[1] + y) * size[2];
    for (let i = from; i < from + 2 * count; i += 2) {
      const first = Math.max(0, data[i] - start[2]);
      const end = Math.min(size[2], data[i + 1] - start[2]);
      if (first < end) mask.fill(1, at + first, at + end);
    }
    if (y === size[1] - 1) yield;
  }
  return mask;
}

async function readDistances(
  maps: ImageReader,
  t: number,
  { start, size }: Box,
  { counter, signal }: DivisionWork,
): Promise<Distances> {
  const scale = maps.desc.scale ?? 1;
  const read = async (c: number) => {
    const map = new Float32Array(voxelsOf(size));
    const plane: Zyx = [1, size[1], size[2]];
    for (let z = 0; z < size[0]; z++) {
      const pixels = await maps.read(
        { start: [t, c, start[0] + z, start[1], start[2]], size: [1, 1, ...plane] },
        { signal },
      );
      const at = z * size[1] * size[2];
      for (let i = 0; i < pixels.length; i++) map[at + i] = pixels[i] * scale;
      await counter.turn();
    }
    return map;
  };
  return { boundary: await read(BOUNDARY), centre: await read(CENTRE) };
}
