import { count as voxelsOf, type Zyx } from '../image/region';
import { TallyByNumber } from '../metrics/tally-by-number';
import type { LabelledVolume } from '../thresholding/labelled-volume';
import type { RunRoom } from '../thresholding/runs';
import { around, type Block, planBlocks } from './block-plan';
import { type Evidence, type Grown, grow, type OpenSides } from './grow';
import { JoinedNumbers } from './joined';
import { LabelRuns } from './label-runs';
import { type Box, LabelStore } from './label-store';

/** Labels of larger volumes lie in a file while blocks are put together. */
const MOST_IN_MEMORY = 2 ** 25;
/** Voxels after which others have their turn. */
const PAUSE = 2 ** 22;
/** Two labels below it fit into one number. */
const PAIR = 2 ** 26;

/** A block may see so many times the voxels it was planned with, for objects that reach far. */
const WIDEST = 2;

/** Where the evidence of a volume comes from. */
export interface EvidenceSource {
  readonly shape: Readonly<Zyx>;
  /** voxels along z, y and x that a block shall see beyond what it decides: about the width of an object; of wider ones it sees more */
  readonly margin: Readonly<Zyx>;
  /** Gives what is known of a box; a voxel's seed must not depend on the box. */
  evidence(box: Box): Promise<Evidence>;
}

/** How a volume is worked on. */
export interface BlockWork {
  /** voxels of a block */
  most: number;
  /** smaller objects go */
  minimumSize: number;
  /** for the runs of the result */
  room: RunRoom;
  /** for labels that are too many for memory; null: all fit */
  folder: string | null;
  /** Goes through work with a turn for others in its pauses. */
  through<T>(work: Generator<void, T, void>): Promise<T>;
  /** Told of each block. */
  done?(block: number, of: number): Promise<void>;
  /** Told of each block in which objects reach further than it can see: where they lie against others they may be cut at its border. */
  cut?(core: Box): void;
}

/**
 * Tells the objects of a volume of any size apart, block by block. Each block grows the seeds that it sees and decides its
 * core; no object is cut at a border, for what it grew from is known in both blocks: labels are joined where a seed's voxel has one
 * of another block, and of a piece without a seed where it overlaps the other block's the most. A block that cannot say whose its
 * core is sees twice as far, again and again up to {@link WIDEST}. So the objects are those of the volume as a whole, but for
 * voxels that two reach at once, and for what `cut` is told of.
 */
export async function tellApart(source: EvidenceSource, work: BlockWork): Promise<LabelledVolume> {
  const { shape } = source;
  const blocks = planBlocks(shape, source.margin, work.most);
  const numbers = new JoinedNumbers();
  const store = new LabelStore(shape, voxelsOf(shape) > MOST_IN_MEMORY ? work.folder : null);
  try {
    const stitches = new Stitches(store, numbers);
    for (const [i, block] of blocks.entries()) {
      const { seen, seedVoxels, grown } = await settled(block, source, work);
      const before = blocks.length > 1 ? { stored: store.read(seen), seedVoxels } : null;
      stitches.add({ core: block.core, seen }, grown, before);
      await work.done?.(i + 1, blocks.length);
    }
    return await work.through(numbered(store, shape, numbers, work));
  } finally {
    store.close();
  }
}

/** What a block that sees far enough says. */
interface Settled {
  seen: Box;
  /** voxels of seeds */
  seedVoxels: number[];
  grown: Grown;
}

/** Grows the seeds of a block that sees as far as it takes to know whose its core is. */
async function settled({ core, seen }: Block, source: EvidenceSource, work: BlockWork): Promise<Settled> {
  const { shape, margin } = source;
  const growIn = async (box: Box, open: OpenSides): Promise<Settled> => {
    const evidence = await source.evidence(box);
    const seedVoxels: number[] = [];
    for (let i = 0; i < evidence.seeds.length; i++) if (evidence.seeds[i] !== 0) seedVoxels.push(i);
    return { seen: box, seedVoxels, grown: await work.through(grow(evidence, box.size, open)) };
  };
  const most = WIDEST * Math.max(work.most, voxelsOf(seen.size));
  let box = seen;
  for (let times = 2; voxelsOf(box.size) <= most; times *= 2) {
    const found = await growIn(box, openSides(box, shape));
    const { labels, beyond } = found.grown;
    if (beyond === 0 || !cropped(labels, box, core).includes(beyond)) {
      for (let i = 0; i < labels.length; i++) if (labels[i] === beyond) labels[i] = 0;
      return found;
    }
    box = around(core, margin.map((by) => by * times) as Zyx, shape);
  }
  work.cut?.(core);
  return growIn(seen, []);
}

function openSides({ start, size }: Box, shape: Readonly<Zyx>): OpenSides {
  return start.map((at, axis) => [at > 0, at + size[axis] < shape[axis]] as const);
}

/** What a block finds that other blocks wrote. */
interface Before {
  /** [z, y, x] of what the block sees */
  stored: Int32Array<ArrayBuffer>;
  /** voxels of seeds */
  seedVoxels: number[];
}

class Stitches {
  /** numbers of pieces that grew from no seed */
  private readonly seedless = new Set<number>();

  constructor(
    private readonly store: LabelStore,
    private readonly numbers: JoinedNumbers,
  ) {}

  add({ core, seen }: Block, { labels, count, seeded }: Grown, before: Before | null): void {
    const first = this.numbers.more(count);
    const numberOf = (label: number) => (label === 0 ? 0 : first + label - 1);
    for (let label = seeded + 1; label <= count; label++) this.seedless.add(numberOf(label));
    const all = Int32Array.from(labels, numberOf);
    if (before) {
      for (const i of before.seedVoxels) if (before.stored[i] !== 0) this.numbers.join(all[i], before.stored[i]);
      this.joinSeedless(all, before.stored);
      // So that a block that decides a seed finds the numbers of those that only saw it.
      for (const i of before.seedVoxels) if (before.stored[i] === 0) before.stored[i] = all[i];
      this.store.write(seen, before.stored);
    }
    this.store.write(core, cropped(all, seen, core));
  }

  private joinSeedless(all: Int32Array, stored: Int32Array): void {
    const pairs = new TallyByNumber();
    for (let i = 0; i < all.length; i++) {
      if (all[i] === 0 || stored[i] === 0) continue;
      if (this.seedless.has(all[i]) || this.seedless.has(stored[i])) pairs.add(all[i] * PAIR + stored[i], 1);
    }
    const best = new Map<number, { other: number; voxels: number }>();
    const offer = (piece: number, other: number, voxels: number) => {
      if (!this.seedless.has(piece)) return;
      const known = best.get(piece);
      if (!known || voxels > known.voxels) best.set(piece, { other, voxels });
    };
    for (let k = 0; k < pairs.length; k++) {
      const b = pairs.number(k) % PAIR;
      const a = (pairs.number(k) - b) / PAIR;
      offer(a, b, pairs.tally(k));
      offer(b, a, pairs.tally(k));
    }
    for (const [piece, { other }] of best) this.numbers.join(piece, other);
  }
}

/** The voxels of a box inside another. */
export function cropped<T extends Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>>(
  pixels: T,
  outer: Box,
  inner: Box,
): T {
  const out = new (pixels.constructor as new (length: number) => T)(voxelsOf(inner.size));
  const [depth, height, width] = inner.size;
  const offset = inner.start.map((at, axis) => at - outer.start[axis]);
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const from = ((z + offset[0]) * outer.size[1] + y + offset[1]) * outer.size[2] + offset[2];
      out.set(pixels.subarray(from, from + width), (z * height + y) * width);
    }
  }
  return out;
}

/** Joins, drops what is too small, numbers by first appearance, and keeps the rows as runs. */
function* numbered(
  store: LabelStore,
  shape: Readonly<Zyx>,
  numbers: JoinedNumbers,
  { minimumSize, room }: BlockWork,
): Generator<void, LabelledVolume, void> {
  const sizes = new Float64Array(numbers.length);
  for (const row of rowsOf(store, shape)) {
    if (row === null) yield;
    else for (let x = 0; x < row.length; x++) if (row[x] !== 0) sizes[row[x]]++;
  }
  const root = Int32Array.from({ length: numbers.length }, (_, i) => (i === 0 ? 0 : numbers.rootOf(i)));
  for (let i = 1; i < root.length; i++) if (root[i] !== i) sizes[root[i]] += sizes[i];
  const final = new Int32Array(numbers.length);
  const size = [0];
  const runs = new LabelRuns(room);
  for (const row of rowsOf(store, shape)) {
    if (row === null) {
      yield;
      continue;
    }
    for (let x = 0; x < row.length; x++) {
      if (row[x] === 0) continue;
      const of = root[row[x]];
      if (sizes[of] < minimumSize) row[x] = 0;
      else {
        if (final[of] === 0) final[of] = size.push(sizes[of]) - 1;
        row[x] = final[of];
      }
    }
    runs.add(row);
  }
  runs.finish();
  const count = size.length - 1;
  return { shape, count, size: Float64Array.from(size), rows: () => runs.rows(), close: () => runs.close() };
}

/** The rows of a volume, with null in between where others may have their turn. */
function* rowsOf(store: LabelStore, [depth, height, width]: Readonly<Zyx>): Generator<Int32Array<ArrayBuffer> | null> {
  const row = new Int32Array(width);
  let work = 0;
  for (let i = 0; i < depth * height; i++) {
    store.readRow(i * width, row);
    yield row;
    work += width;
    if (work < PAUSE) continue;
    work = 0;
    yield null;
  }
}
