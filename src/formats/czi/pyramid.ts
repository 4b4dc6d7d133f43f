import { UnsupportedError } from '../../base/errors';
import { isDecodable } from './decode-block';
import { commonType, knownPixelType } from './pixel-types';
import type { PlaneBlocks } from './plane-blocks';
import { type CziScene, placeBlocks, planeOf, type SceneLevel } from './scene';
import { isFullSize, type SubBlock } from './sub-block';

/** What each level may shrink the one before it by. */
const STEPS = [2, 3];
const MOST_FACTOR = 2 ** 24;
/** Comparisons of blocks that a scene is worth: some for each tile of the largest slides. */
const MOST_EFFORT = 2 ** 24;

/**
 * Finds the smaller versions of a scene that the file holds. A level counts where its blocks cover, in every plane,
 * whatever the full-size blocks cover; others are left out, for a reader would find holes. So are those whose blocks lie
 * over each other by thousands, which takes too long to find out. The entries' pyramid byte is not looked at: writers
 * set it as they like.
 * @throws UnsupportedError for a plane of which the file holds only a smaller version
 */
export function findLevels(blocks: readonly SubBlock[], scene: CziScene, path: string): SceneLevel[] {
  const smaller = blocks.filter((block) => !isFullSize(block));
  const full = scene.levels[0].planes;
  for (const block of smaller) {
    const plane = planeOf(block, scene);
    if (plane !== undefined && full.has(plane)) continue;
    throw new UnsupportedError(
      path,
      `holds the plane T${block.t} C${block.c} Z${block.z} only sub-sampled (${block.storedHeight} x ${block.storedWidth} pixels stored for ${block.height} x ${block.width}), which is not read`,
    );
  }
  const usable = smaller.filter((block) => fits(block, scene));
  const byStep = STEPS.map((step) => levelsOf(usable, step));
  const [most] = byStep.sort((a, b) => storedPixels(b) - storedPixels(a));
  const effort = { left: MOST_EFFORT };
  return most.flatMap(({ factor, blocks: chosen }) => arrangeLevel(chosen, factor, scene, effort) ?? []);
}

interface Candidate {
  factor: number;
  /** those that could belong to other levels too first, so that they lie below */
  blocks: SubBlock[];
}

/** Blocks by the factor that their sizes tell; that of a tiny block at the edge can be read in several ways. */
function levelsOf(blocks: readonly SubBlock[], step: number): Candidate[] {
  const levels: Candidate[] = [];
  for (let factor = step; factor <= MOST_FACTOR; factor *= step) {
    const matching = blocks.filter((block) => isShrunk(block, factor));
    const certain = matching.filter((block) => !isShrunk(block, factor / step) && !isShrunk(block, factor * step));
    if (certain.length === 0) continue;
    const others = new Set(certain);
    levels.push({ factor, blocks: [...matching.filter((block) => !others.has(block)), ...certain] });
  }
  return levels;
}

function storedPixels(levels: Candidate[]): number {
  let sum = 0;
  for (const { blocks } of levels)
    for (const { storedWidth, storedHeight } of blocks) sum += storedWidth * storedHeight;
  return sum;
}

/** Whether the stored size is the covered size by `factor`, rounded either way. */
function isShrunk({ width, height, storedWidth, storedHeight }: SubBlock, factor: number): boolean {
  return Math.abs(width / factor - storedWidth) < 1 && Math.abs(height / factor - storedHeight) < 1;
}

/** Whether a block can be given as pixels of the scene. */
function fits(block: SubBlock, { dtype, groups }: CziScene): boolean {
  const type = knownPixelType(block.pixelType);
  const group = groups.groups[groups.numberOf(block) ?? -1];
  if (!type || !isDecodable(block.compression)) return false;
  return type.samples === group.samples && commonType([dtype, type.dtype]) === dtype;
}

function arrangeLevel(
  blocks: SubBlock[],
  factor: number,
  scene: CziScene,
  effort: { left: number },
): SceneLevel | null {
  const planes = placeBlocks(blocks, scene, factor);
  const [{ planes: full }] = scene.levels;
  const side = (length: number, ends: number[]): number =>
    Math.min(
      Math.ceil(length / factor),
      ends.reduce((most, end) => Math.max(most, end), 0),
    );
  const placed = [...planes.values()].flatMap((plane) => plane.blocks);
  const width = side(
    scene.width,
    placed.map((each) => each.x + each.width),
  );
  const height = side(
    scene.height,
    placed.map((each) => each.y + each.height),
  );
  if (width < Math.floor(scene.width / factor) || height < Math.floor(scene.height / factor)) return null;
  if (width < 1 || height < 1) return null;
  for (const [number, plane] of full) {
    const shrunk = planes.get(number);
    if (!shrunk || !coversAll(shrunk, plane, { factor, width, height }, effort)) return null;
  }
  return { factor, width, height, planes };
}

function coversAll(
  shrunk: PlaneBlocks,
  full: PlaneBlocks,
  { factor, width, height }: { factor: number; width: number; height: number },
  effort: { left: number },
): boolean {
  return full.blocks.every((block) => {
    const x = Math.floor(block.x / factor);
    const y = Math.floor(block.y / factor);
    const right = Math.min(width, Math.ceil((block.x + block.width) / factor));
    const bottom = Math.min(height, Math.ceil((block.y + block.height) / factor));
    return shrunk.cover({ x, y, width: right - x, height: bottom - y }, effort);
  });
}
