import { bandRows, imageBands } from '../../image/bands';
import { type Coverage, ofAnyChannel } from '../../image/coverage';
import type { PixelArray } from '../../image/dtype';
import { count, type Region, type Shape5 } from '../../image/region';
import type { OpenReader } from './open-part';

/**
 * The weights of an image of whose pixels its file may hold a part only: voxels of which it holds no channel have weight 0.
 * @param shape [t, c, z, y, x] of raw
 * @param weight as the sample has it; null: all voxels count
 * @param t the time point that is read
 */
export function weightOfHeld(
  raw: OpenReader,
  weight: OpenReader | null,
  [, channels, ...zyx]: Readonly<Shape5>,
  t: number,
): OpenReader | null {
  const held = ({ start: [, , ...corner], size }: Region): Coverage =>
    ofAnyChannel(raw, channels, { start: [t, 0, ...corner], size });
  const shape: Shape5 = [1, 1, ...zyx];
  const bands = [...imageBands(shape, bandRows(shape, []))];
  const isWhole = bands.every(
    ({ z, y, rows }) => held({ start: [t, 0, z, y, 0], size: [1, 1, 1, rows, shape[4]] }) === null,
  );
  if (isWhole) return weight;
  return {
    read: async (region, options) => {
      const stored = weight ? await weight.read(region, options) : new Uint8Array(count(region.size)).fill(1);
      return whereHeld(stored, held(region)) ?? stored;
    },
    close: async () => weight?.close(),
  };
}

/** Weights, 0 where pixels are not held; null: all pixels count. */
export function whereHeld(weight: PixelArray | null, coverage: Coverage): PixelArray | null {
  if (coverage === null) return weight;
  return weight === null ? coverage : coverage.map((held, i) => (held !== 0 && weight[i] !== 0 ? 1 : 0));
}
