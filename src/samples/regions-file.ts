import { InvalidInputError, UnsupportedError } from '../base/errors';
import { describeSource } from '../formats/describe-image';
import { fileVersion } from '../formats/described-file';
import { PROVENANCE_ENDING } from '../formats/extensions';
import { asLabels } from '../formats/label-view';
import { parseNpy } from '../formats/numpy/npy';
import { PickledArray, type PickleValue } from '../formats/numpy/pickle-values';
import { openImage } from '../formats/open-image';
import type { ImageDescription } from '../image/description';
import { type Mask, parseMask } from '../masks/mask';
import { parseRegions, type Regions } from '../masks/regions';
import { fileError } from '../storage/file-error';
import { readFile, stat } from '../storage/outside-files';
import { resolveSpelt } from './spelling';

/**
 * A mask in any form a flow may give it: an image description, polygons, JSON text of either, or the path of a polygon
 * file (.npy, .json, .geojson) or mask image; null, undefined and blank stand for no mask.
 * @param options.name what the value is called in errors
 * @param options.id the id that a mask image read from a path gets
 * @throws SegmenterError naming the value or the file that does not fit; `not-allowed` outside the roots
 */
export async function loadMask(
  value: unknown,
  { name, id, roots }: { name: string; id: string; roots: readonly string[] },
): Promise<Mask | null> {
  if (typeof value !== 'string' || value.trim() === '' || /^\s*[[{]/.test(value)) return parseMask(value, name);
  const file = await resolveSpelt(value, roots);
  if (isRegionsFile(file)) return { kind: 'regions', regions: await readRegionsFile(file) };
  return { kind: 'image', image: await describeMask(file, id) };
}

/** @throws InvalidInputError for a file of several scenes: a path says nothing of which is meant */
async function describeMask(file: string, id: string): Promise<ImageDescription> {
  const version = await fileVersion(file);
  const source = asLabels(await openImage(file));
  try {
    const { scenes } = source.info;
    if (scenes > 1) throw new InvalidInputError(`scenes of the mask ${file}`, '1', scenes);
    return describeSource(source.info, file, { id, version });
  } finally {
    await source.close();
  }
}

/** Endings of files that hold polygons. */
const REGION_EXTENSIONS = ['.npy', '.json', '.geojson'] as const;

/** Far above any drawn mask; a file beyond is something else. */
const MAX_BYTES = 64 * 2 ** 20;
const MAX_NUMBERS = 1_000_000;

/** Whether the file's ending is one of polygons; what lies beside results of ours is none. */
export function isRegionsFile(file: string): boolean {
  if (file.endsWith(PROVENANCE_ENDING)) return false;
  return REGION_EXTENSIONS.some((extension) => file.toLowerCase().endsWith(extension));
}

/**
 * Reads polygons from a .npy file of Segmenter ML (or any array of [y, x] or [z, y, x] vertices), from JSON or GeoJSON.
 * @throws SegmenterError `not-found`, `corrupt-file`, `unsupported` or `invalid-input`, naming the file
 */
export async function readRegionsFile(file: string): Promise<Regions> {
  const bytes = await readSmallFile(file);
  if (file.toLowerCase().endsWith('.npy')) return npyRegions(bytes, file);
  // Some editors begin a JSON file with a byte order mark.
  return parseRegions(bytes.toString('utf8').replace(/^\uFEFF/, ''), file);
}

/**
 * The polygons of a .npy file: (vertices, 2 or 3) for one, (polygons, vertices, 2 or 3) for several of one length,
 * an object array of such arrays for several of any length, an empty array for none.
 */
export function npyRegions(bytes: Uint8Array, file: string): Regions {
  const { shape, items } = parseNpy(bytes, file);
  if (items instanceof Float64Array && items.length > 0 && !isVertexShape(shape)) {
    const expected = 'polygons of shape (vertices, 2 or 3) or (polygons, vertices, 2 or 3); a mask image goes as TIFF';
    throw new InvalidInputError(`${file}, array shape`, expected, shape);
  }
  if (items.length === 0) return { polygons: [] };
  return parseRegions(nest(shape, items, { items: MAX_NUMBERS, depth: 3, file }), file);
}

function isVertexShape(shape: number[]): boolean {
  const columns = shape[shape.length - 1];
  return (shape.length === 2 || shape.length === 3) && (columns === 2 || columns === 3);
}

/** How much of nested arrays is unfolded: a file may refer to its parts many times, or to itself. */
interface Budget {
  items: number;
  depth: number;
  file: string;
}

/** Arrays as lists of lists of numbers. */
function nest(shape: number[], items: ArrayLike<PickleValue>, budget: Budget): unknown[] {
  const build = (axis: number, offset: number): unknown => {
    if (axis === shape.length) return unfold(items[offset], budget);
    const list: unknown[] = [];
    for (let i = 0; i < shape[axis]; i++) {
      spend(budget);
      list.push(build(axis + 1, offset * shape[axis] + i));
    }
    return list;
  };
  const result = build(0, 0);
  if (!Array.isArray(result)) throw new UnsupportedError(budget.file, 'an array without axes in its polygons');
  return result;
}

function unfold(value: PickleValue, budget: Budget): unknown {
  if (typeof value === 'number') return value;
  const inner = { ...budget, depth: budget.depth - 1 };
  if (inner.depth < 0) throw new UnsupportedError(budget.file, 'polygons nested more than three deep');
  try {
    if (value instanceof PickledArray) return nest(value.shape, value.items, inner);
    if (Array.isArray(value)) return nest([value.length], value, inner);
  } finally {
    budget.items = inner.items;
  }
  throw new UnsupportedError(budget.file, 'something else than numbers in its polygons');
}

function spend(budget: Budget): void {
  if (--budget.items < 0) throw new UnsupportedError(budget.file, `more than ${MAX_NUMBERS} numbers in its polygons`);
}

async function readSmallFile(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new UnsupportedError(file, `${size} bytes; polygon files may have up to ${MAX_BYTES}`);
    return await readFile(file);
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}
