import { SegmenterError } from '../../base/errors';
import type { Acquisition, StagePosition } from '../../image/description';
import type { RandomAccessFile } from '../random-access-file';
import type { SubBlock } from './directory-entry';
import type { CziMetadata } from './metadata';
import { readSubBlockMetadata } from './sub-block';

/**
 * How and where a scene was taken; undefined where the file tells nothing.
 * @param number of the scene in the directory
 * @param first block of the scene, whose own metadata may tell of the stage
 */
export async function acquisitionOf(
  file: RandomAccessFile,
  metadata: CziMetadata,
  number: number,
  first: SubBlock,
): Promise<Acquisition | undefined> {
  const { date, timeIncrement, scenes } = metadata;
  const scene = scenes.get(number);
  const stage = await stageOf(file, first);
  const [y, x] = scene?.centre ?? [stage.y, stage.x];
  const { well = null, field = 0 } = scene ?? {};
  const acquisition: Acquisition = {
    ...(date === null ? {} : { date }),
    ...(timeIncrement === null ? {} : { timeIncrement }),
    ...(x === null && y === null && stage.z === null ? {} : { stage: { z: stage.z, y, x } }),
    ...(well === null ? {} : { well, field }),
  };
  return Object.keys(acquisition).length > 0 ? acquisition : undefined;
}

/** Micrometres, from a sub-block's tags; its XML is often not well-formed, so that only the tags are looked for. */
async function stageOf(file: RandomAccessFile, block: SubBlock): Promise<StagePosition> {
  let xml = '';
  try {
    xml = await readSubBlockMetadata(file, block);
  } catch (error) {
    // A damaged block tells so when its pixels are read.
    if (!(error instanceof SegmenterError)) throw error;
  }
  const tag = (name: string): number | null => {
    const [, behind = ''] = xml.split(`<${name}>`, 2);
    const [value] = behind.split(`</${name}>`, 1);
    return value.length < behind.length && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : null;
  };
  return { z: tag('FocusPosition'), y: tag('StageYPosition'), x: tag('StageXPosition') };
}
