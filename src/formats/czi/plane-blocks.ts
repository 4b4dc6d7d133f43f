import type { SubBlock } from './sub-block';

/** A sub-block at its place in a level of a scene, in pixels of the level. */
export interface PlacedSubBlock extends Rectangle {
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

/** The blocks of one plane; a slide has tens of thousands, so they are sorted into cells. */
export class PlaneBlocks {
  /** by where a block begins: row and column of a cell, which is as large as the largest block */
  private readonly cells = new Map<number, Map<number, PlacedSubBlock[]>>();
  private readonly cellHeight: number;
  private readonly cellWidth: number;

  constructor(readonly blocks: readonly PlacedSubBlock[]) {
    this.cellHeight = blocks.reduce((most, { height }) => Math.max(most, height), 1);
    this.cellWidth = blocks.reduce((most, { width }) => Math.max(most, width), 1);
    for (const block of blocks) {
      const row = Math.floor(block.y / this.cellHeight);
      const column = Math.floor(block.x / this.cellWidth);
      const columns = this.cells.get(row) ?? new Map<number, PlacedSubBlock[]>();
      this.cells.set(row, columns);
      const others = columns.get(column);
      if (others) others.push(block);
      else columns.set(column, [block]);
    }
  }

  /** Finds the blocks that have pixels in a window, lowest first. */
  touching(window: Rectangle): PlacedSubBlock[] {
    const found: PlacedSubBlock[] = [];
    for (const columns of cellsAlong(this.cells, window.y, window.height, this.cellHeight)) {
      for (const blocks of cellsAlong(columns, window.x, window.width, this.cellWidth)) {
        for (const block of blocks) if (overlap(block, window)) found.push(block);
      }
    }
    return found.sort((a, b) => a.order - b.order);
  }

  /**
   * Tells whether the blocks leave no pixel of a window uncovered.
   * @param effort comparisons that may still be made; each is taken off
   * @returns also false where there is no effort left
   */
  cover(window: Rectangle, effort: { left: number }): boolean {
    let open = [window];
    const blocks = this.touching(window);
    effort.left -= blocks.length;
    for (const block of blocks) {
      effort.left -= open.length;
      if (effort.left < 0) return false;
      open = open.flatMap((part) => without(part, block));
      if (open.length === 0) return true;
    }
    return open.length === 0;
  }
}

/** The cells in which blocks begin that reach into `start .. start + length`. */
function* cellsAlong<T>(cells: ReadonlyMap<number, T>, start: number, length: number, side: number): Generator<T> {
  const first = Math.floor(start / side) - 1;
  const last = Math.floor((start + length - 1) / side);
  if (last - first >= cells.size) {
    for (const [number, cell] of cells) if (number >= first && number <= last) yield cell;
    return;
  }
  for (let number = first; number <= last; number++) {
    const cell = cells.get(number);
    if (cell !== undefined) yield cell;
  }
}

/** Tells whether two rectangles have a pixel in common. */
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
