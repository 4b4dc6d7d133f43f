import { CorruptFileError, UnsupportedError } from '../../base/errors';
import type { Channel } from '../../image/description';
import { type PixelType, pixelTypeOf } from './pixel-types';
import type { FurtherDimension, SubBlock } from './sub-block';

/** What one channel number holds at one place along the further dimensions: a channel for each sample. */
export interface ChannelGroup {
  c: number;
  /** place along the further dimensions that matter; empty where none does */
  further: FurtherDimension[];
  /** number of its first channel in the image */
  first: number;
  samples: number;
}

/** The groups of a scene, by channel number, then along the further dimensions. */
const MOST_CHANNELS = 2 ** 16;
/** The format has a dozen letters. */
const MOST_LETTERS = 26;

export class ChannelGroups {
  readonly groups: ChannelGroup[] = [];
  readonly channels: number;
  private readonly numbers = new Map<string, number>();
  /** letters of the dimensions along which this scene has more than one plane */
  private readonly letters: string[];

  /**
   * @param blocks of full size, of one scene
   * @throws UnsupportedError where grey and coloured blocks share a channel
   */
  constructor(blocks: readonly SubBlock[], path: string) {
    this.letters = lettersThatMatter(blocks, path);
    const types = new Map<string, { block: SubBlock; type: PixelType }>();
    for (const block of blocks) {
      const key = this.keyOf(block);
      const known = types.get(key);
      if (known?.block.pixelType === block.pixelType) continue;
      const type = pixelTypeOf(block.pixelType, path);
      if (known && known.type.samples !== type.samples) {
        throw new UnsupportedError(path, `channel ${block.c} holds both ${known.type.name} and ${type.name} pixels`);
      }
      if (!known) types.set(key, { block, type });
    }
    const found = [...types.values()].map(({ block, type }) => ({
      c: block.c,
      further: this.letters.map((letter) => ({ letter, index: indexAlong(block, letter) })),
      samples: type.samples,
    }));
    const present = new Set(found.map(({ c }) => c));
    const [first, last] = found.reduce(
      ([low, high], { c }) => [Math.min(low, c), Math.max(high, c)],
      [found[0].c, found[0].c],
    );
    if (last - first + found.length > MOST_CHANNELS) {
      throw new UnsupportedError(path, `has channels from ${first} to ${last}; at most ${MOST_CHANNELS} are read`);
    }
    // A channel without any plane reads as 0, as other missing planes do; the caller has checked the range.
    for (let c = first; c <= last; c++) if (!present.has(c)) found.push({ c, further: [], samples: 1 });

    found.sort((a, b) => a.c - b.c || compareFurther(a.further, b.further));
    let next = 0;
    for (const group of found) {
      this.numbers.set(keyOfGroup(group), this.groups.length);
      this.groups.push({ ...group, first: next });
      next += group.samples;
    }
    this.channels = next;
  }

  /** Gives the number of the group that a block belongs to. */
  numberOf(block: SubBlock): number | undefined {
    return this.numbers.get(this.keyOf(block));
  }

  /**
   * Gives the channels with names such as `DAPI`, `Brightfield Red`, `Ch1 H0`.
   * @param names of the file's channel numbers from `lowest` on; null where the file has none
   */
  named(names: ReadonlyArray<string | null>, lowest: number): Channel[] {
    const single = this.groups.length === 1;
    return this.groups.flatMap(({ c, further, first, samples }) =>
      Array.from({ length: samples }, (_, sample) => {
        const given = names[c - lowest];
        const endings = [...further.map(({ letter, index }) => `${letter}${index}`), ...colour(sample, samples)];
        if (!given && single && endings.length > 0) return { index: first + sample, name: endings.join(' ') };
        return { index: first + sample, name: [given || `Channel ${c - lowest}`, ...endings].join(' ') };
      }),
    );
  }

  private keyOf(block: SubBlock): string {
    if (this.letters.length === 0) return String(block.c);
    return [block.c, ...this.letters.map((letter) => indexAlong(block, letter))].join();
  }
}

function keyOfGroup({ c, further }: Pick<ChannelGroup, 'c' | 'further'>): string {
  return [c, ...further.map(({ index }) => index)].join();
}

function colour(sample: number, samples: number): string[] {
  return samples >= 3 ? [['Red', 'Green', 'Blue', 'Alpha'][sample]] : [];
}

function indexAlong(block: SubBlock, letter: string): number {
  return block.further.find((dimension) => dimension.letter === letter)?.index ?? 0;
}

function lettersThatMatter(blocks: readonly SubBlock[], path: string): string[] {
  const indices = new Map<string, Set<number>>();
  for (const { further } of blocks) {
    for (const { letter } of further) if (!indices.has(letter)) indices.set(letter, new Set());
    if (indices.size > MOST_LETTERS) {
      throw new CorruptFileError(path, `names more than ${MOST_LETTERS} further dimensions in its directory`);
    }
  }
  for (const block of blocks) for (const [letter, set] of indices) set.add(indexAlong(block, letter));
  return [...indices]
    .filter(([, set]) => set.size > 1)
    .map(([letter]) => letter)
    .sort();
}

function compareFurther(a: FurtherDimension[], b: FurtherDimension[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i].index !== b[i].index) return a[i].index - b[i].index;
  }
  return 0;
}
