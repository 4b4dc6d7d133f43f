import { InvalidInputError, UnsupportedError } from '../base/errors';
import { product } from '../base/numbers';
import type { CardFields } from '../models/publish';
import { roundUp } from '../patches/plan';

/** What is known of a network's axes of space, [(z,) y, x]. */
export interface KnownSizes {
  /** of the network's input; null: any */
  network: ReadonlyArray<number | null>;
  /** what a package says; null: nothing */
  said: ReadonlyArray<number | { min: number; step: number } | null>;
  /** of its test image; absent: there is none */
  tested?: readonly number[];
  /** what a person says */
  tile?: readonly number[];
  step?: readonly number[];
}

/** Where nobody says anything: what most networks take. */
const USUAL = { 2: { tile: [256, 256], step: [32, 32] }, 3: { tile: [32, 128, 128], step: [16, 32, 32] } };
/** A test image of more pixels is no size for tiles. */
const LARGEST_TILE = 2 ** 22;
/** Of all channels of a tile: 256 MiB. */
const MOST_VALUES = 2 ** 26;

/**
 * Settles which tiles a network from elsewhere is given.
 * @param file names it in errors
 * @throws InvalidInputError for other numbers of sizes than axes; UnsupportedError where package and network do not agree
 */
export function tileSizes(
  dimensions: 2 | 3,
  { network, said, tested, tile, step }: KnownSizes,
  file: string,
): Pick<CardFields, 'patch' | 'divisor' | 'fixedSize' | 'smallestTile'> {
  for (const [name, sizes] of [
    ['tile', tile],
    ['step', step],
  ] as const) {
    if (sizes && sizes.length !== dimensions) throw new InvalidInputError(name, `${dimensions} numbers`, sizes);
  }
  const usual = USUAL[dimensions];
  const axes = network.map((fixed, axis) => {
    const given = said[axis] ?? null;
    const series = typeof given === 'number' ? given : (given ?? null);
    if (fixed !== null && !fits(fixed, series)) {
      const letter = ['z', 'y', 'x'].slice(-dimensions)[axis];
      throw new UnsupportedError(
        file,
        `its network takes ${fixed} pixels along ${letter}, its description says ${JSON.stringify(series)}`,
      );
    }
    if (fixed !== null) return { fixed, least: fixed, unit: fixed };
    if (typeof series === 'number') return { fixed: series, least: series, unit: series };
    const unit = step?.[axis] ?? series?.step ?? usual.step[axis];
    return { fixed: null, least: series?.min ?? unit, unit };
  });
  const isTested = tested !== undefined && tested.reduce((all, n) => all * n, 1) <= LARGEST_TILE;
  const wanted = tile ?? (isTested ? tested : usual.tile);
  const patch = axes.map(
    ({ fixed, least, unit }, axis) => fixed ?? least + roundUp(Math.max(0, wanted[axis] - least), unit),
  );
  const [z, y, x] = dimensions === 3 ? patch : [null, ...patch];
  const isFixed = axes.some(({ fixed }) => fixed !== null);
  const units = isFixed ? patch : axes.map(({ unit }) => unit);
  const smallest = axes.map(({ least }) => least);
  const isMore = !isFixed && smallest.some((n, axis) => n !== units[axis]);
  return {
    patch: { z: z as number | null, y: y as number, x: x as number },
    divisor: units.every((unit) => unit === units[0]) ? units[0] : units,
    ...(isFixed ? { fixedSize: true } : {}),
    ...(isMore ? { smallestTile: smallest } : {}),
  };
}

/**
 * Requires that a tile can be tried at all, whatever a file says of its sizes.
 * @param channels of the input
 * @param file names it in errors
 * @throws UnsupportedError
 */
export function requireTriable(channels: number, patch: CardFields['patch'], file: string): void {
  const sizes = [channels, patch.z ?? 1, patch.y, patch.x];
  const values = product(sizes);
  if (values <= MOST_VALUES) return;
  throw new UnsupportedError(file, `tiles of ${sizes.join(' x ')} = ${values} values; expected at most ${MOST_VALUES}`);
}

function fits(size: number, series: number | { min: number; step: number } | null): boolean {
  if (series === null) return true;
  if (typeof series === 'number') return size === series;
  return size >= series.min && (size - series.min) % series.step === 0;
}
