import type { SubBlock } from './directory-entry';

/** A sub-block at its place in a level of a scene, in pixels of the level. */
export interface PlacedBlock extends Rectangle {
  block: SubBlock;
  /** blocks with higher numbers lie on top */
  order: number;
}

export interface Rectangle {
  y: number;
  x: number;
  height: number;
  width: number;
}

/** The blocks of one plane; a slide has tens of thousands, so they are sorted into bands of rows. */
export class PlaneBlocks {
  /** by where a block begins: number of the band, which is as high as the highest block */
  private readonly bands = new Map<number, PlacedBlock[]>();
  private readonly bandHeight: number;

  constructor(readonly blocks: readonly PlacedBlock[]) {
    this.bandHeight = blocks.reduce((most, { height }) => Math.max(most, height), 1);
    for (const block of blocks) {
      const band = Math.floor(block.y / this.bandHeight);
      const others = this.bands.get(band);
      if (others) others.push(block);
      else this.bands.set(band, [block]);
    }
  }

  /** The blocks that have pixels in a window, lowest first. */
  touching(window: Rectangle): PlacedBlock[] {
    const first = Math.floor(window.y / this.bandHeight) - 1;
    const last = Math.floor((window.y + window.height - 1) / this.bandHeight);
    const numbers =
      last - first < this.bands.size
        ? Array.from({ length: last - first + 1 }, (_, i) => first + i)
        : [...this.bands.keys()].filter((band) => band >= first && band <= last);
    return numbers
      .flatMap((band) => (this.bands.get(band) ?? []).filter((block) => overlap(block, window)))
      .sort((a, b) => a.order - b.order);
  }

  /** Whether the blocks leave no pixel of a window uncovered. */
  cover(window: Rectangle): boolean {
    let open = [window];
    for (const block of this.touching(window)) {
      open = open.flatMap((part) => without(part, block));
      if (open.length === 0) return true;
    }
    return open.length === 0;
  }
}

export function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** What is left of a rectangle outside another: up to four. */
function without(whole: Rectangle, hole: Rectangle): Rectangle[] {
  if (!overlap(whole, hole)) return [whole];
  const top = Math.max(whole.y, hole.y);
  const bottom = Math.min(whole.y + whole.height, hole.y + hole.height);
  const right = hole.x + hole.width;
  const end = whole.x + whole.width;
  const parts = [
    { ...whole, height: top - whole.y },
    { ...whole, y: bottom, height: whole.y + whole.height - bottom },
    { x: whole.x, y: top, width: hole.x - whole.x, height: bottom - top },
    { x: right, y: top, width: end - right, height: bottom - top },
  ];
  return parts.filter(({ width, height }) => width > 0 && height > 0);
}
