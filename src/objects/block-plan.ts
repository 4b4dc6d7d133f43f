import { count, type Zyx } from '../image/region';
import type { Box } from './label-store';

/** A block of a volume: the voxels that it decides, and those that it looks at to do so. */
export interface Block {
  core: Box;
  /** the core and a margin on each side where the volume goes on */
  seen: Box;
}

/**
 * Divides a volume into blocks, in C order. A volume that is small enough is one block; a larger one is halved along its
 * longest side, in margins, until what a block sees is small enough or no wider than its margins.
 * @param margin of voxels that a block sees beyond its core along z, y and x
 * @param most voxels that a block sees
 */
export function planBlocks(shape: Readonly<Zyx>, margin: Readonly<Zyx>, most: number): Block[] {
  const core: Zyx = [...shape];
  const seen = () => core.map((n, axis) => Math.min(shape[axis], n + 2 * margin[axis]));
  while (count(seen()) > most) {
    const ratios = core.map((n, axis) => (n > Math.max(1, margin[axis]) ? n / (margin[axis] + 1) : 0));
    const axis = ratios.indexOf(Math.max(...ratios));
    if (ratios[axis] === 0) break;
    core[axis] = Math.ceil(core[axis] / 2);
  }
  const blocks: Block[] = [];
  for (let z = 0; z < shape[0]; z += core[0]) {
    for (let y = 0; y < shape[1]; y += core[1]) {
      for (let x = 0; x < shape[2]; x += core[2]) blocks.push(blockAt([z, y, x], core, shape, margin));
    }
  }
  return blocks;
}

function blockAt(start: Zyx, core: Readonly<Zyx>, shape: Readonly<Zyx>, margin: Readonly<Zyx>): Block {
  const size = start.map((at, axis) => Math.min(core[axis], shape[axis] - at)) as Zyx;
  return { core: { start, size }, seen: around({ start, size }, margin, shape) };
}

/** Gives a box and a margin on each side where the volume goes on. */
export function around({ start, size }: Box, margin: Readonly<Zyx>, shape: Readonly<Zyx>): Box {
  const from = start.map((at, axis) => Math.max(0, at - margin[axis])) as Zyx;
  const to = start.map((at, axis) => Math.min(shape[axis], at + size[axis] + margin[axis]));
  return { start: from, size: to.map((end, axis) => end - from[axis]) as Zyx };
}
