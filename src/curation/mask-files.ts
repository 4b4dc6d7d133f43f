import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { formatNpy } from '../formats/numpy/npy';
import { writeFileAtomic } from '../storage/atomic-file';
import { fileError } from '../storage/file-error';
import { readFile } from '../storage/outside-files';
import { type Decision, isObjectChange, type Mark, type Point, type Shape } from './decision';

/**
 * The files beside a record that show its drawings to other programs: `NAME.merge.geojson`, `NAME.exclude.geojson` and
 * `NAME.corrections.geojson`; what nothing is drawn of has none. The record is the truth, these are made from it.
 */
const MASK_FILES: Record<string, (decision: Decision) => string | null> = {
  '.merge.geojson': ({ merge }) => (merge.length > 0 ? geoJsonOfShapes(merge) : null),
  '.exclude.geojson': ({ exclude }) => (exclude.length > 0 ? geoJsonOfShapes(exclude) : null),
  '.corrections.geojson': ({ strokes }) => (strokes.length > 0 ? geoJsonOfStrokes(strokes) : null),
};

/**
 * Names the file beside a record that shows one kind of its drawings.
 * @param base path of the record's file without its ending
 */
export function maskFile(base: string, kind: 'merge' | 'exclude' | 'corrections'): string {
  return `${base}.${kind}.geojson`;
}

/**
 * Makes the files what the decision says; those that are so already stay as they are. So do files that another program
 * made or changed, which are nobody's to replace here.
 * @returns names of these
 */
export async function writeMaskFiles(base: string, decision: Decision): Promise<string[]> {
  const others: string[] = [];
  for (const [ending, textOf] of Object.entries(MASK_FILES)) {
    const [text, there] = [textOf(decision), await readText(base + ending)];
    if (text === there) continue;
    if (there !== null && !isOwn(there, text)) others.push(nameOf(base) + ending);
    else if (text === null) await remove(base + ending);
    else await writeFileAtomic(base + ending, text);
  }
  return others;
}

/** Lists the files beside a record that were made from it, by their names. */
export async function ownMaskFiles(base: string, decision: Decision): Promise<string[]> {
  const own: string[] = [];
  for (const [ending, textOf] of Object.entries(MASK_FILES)) {
    const there = await readText(base + ending);
    if (there !== null && isOwn(there, textOf(decision))) own.push(nameOf(base) + ending);
  }
  return own;
}

/**
 * Tells whether the files are what the decision says: a crash right after a record was saved leaves those of the one
 * before.
 */
export async function maskFilesMatch(base: string, decision: Decision, names: ReadonlySet<string>): Promise<boolean> {
  for (const [ending, textOf] of Object.entries(MASK_FILES)) {
    const text = textOf(decision);
    // Most records have no drawings: what the folder's listing lacks is not looked for.
    const isThere = names.has(nameOf(base) + ending);
    if (isThere !== (text !== null)) return false;
    if (isThere && text !== (await readText(base + ending))) return false;
  }
  return true;
}

/** @param text of the decision as it is: versions before left no mark in a file */
function isOwn(there: string, text: string | null): boolean {
  return isMadeHere(there) || (text !== null && there === withoutMaker(text));
}

function nameOf(base: string): string {
  return base.slice(Math.max(base.lastIndexOf('/'), base.lastIndexOf('\\')) + 1);
}

async function readText(file: string): Promise<string | null> {
  try {
    return (await readFile(file)).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError(error, 'read', file);
  }
}

async function remove(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
  } catch (error) {
    throw fileError(error, 'remove', file);
  }
}

/**
 * Writes shapes as the .npy file that Segmenter ML reads: float64 (polygons, vertices, 2), vertices [y, x]. An array has
 * room for polygons of one length, so the last vertex of shorter ones is repeated, which adds no pixel; no pickle is
 * needed. A hole is joined to its outline by a cut there and back, which even-odd filling does not see.
 * @param shapes that go through all planes: the file has no place for others
 */
export function npyOfShapes(shapes: readonly Shape[]): Uint8Array {
  const rings = shapes.map(({ rings }) => joined(rings));
  const vertices = Math.max(0, ...rings.map((ring) => ring.length));
  const numbers = new Float64Array(rings.length * vertices * 2);
  for (const [i, ring] of rings.entries()) {
    for (let v = 0; v < vertices; v++) {
      const [x, y] = ring[Math.min(v, ring.length - 1)];
      numbers.set([y, x], (i * vertices + v) * 2);
    }
  }
  return formatNpy([rings.length, vertices, 2], numbers);
}

/** One line through the outline and all holes, each begun and ended at its first point. */
function joined([outline, ...holes]: readonly Point[][]): Point[] {
  if (holes.length === 0) return outline;
  const [start] = outline;
  return [...outline, start, ...holes.flatMap((hole) => [...hole, hole[0], start])];
}

/** Writes a FeatureCollection of Polygons: positions [x, y], rings closed, planes as property `z`. */
export function geoJsonOfShapes(shapes: readonly Shape[]): string {
  return collection(
    shapes.map(({ rings, z }) => ({
      type: 'Feature',
      properties: z ? { z } : {},
      geometry: { type: 'Polygon', coordinates: rings.map(closed) },
    })),
  );
}

/**
 * Writes a FeatureCollection of strokes, LineStrings with a radius (pixels), filled ones Polygons, with value (1 foreground,
 * 0 background), planes and the object that they name; changes of objects have the two objects, and an outline where a part
 * of one is meant.
 */
export function geoJsonOfStrokes(strokes: readonly Mark[]): string {
  return collection(
    strokes.map((mark) => {
      const { z, t, object } = mark;
      const where = { ...(object ? { object } : {}), ...(z ? { z } : {}), ...(t === undefined ? {} : { t }) };
      if (isObjectChange(mark)) {
        const { becomes, outline } = mark;
        const geometry = outline ? { type: 'Polygon', coordinates: [closed(outline)] } : null;
        return { type: 'Feature', properties: { becomes, ...where }, geometry };
      }
      const { points, radius, value, filled } = mark;
      return {
        type: 'Feature',
        properties: { ...(filled ? {} : { radius }), value, ...where },
        geometry: filled
          ? { type: 'Polygon', coordinates: [closed(points)] }
          : // A line has two positions at least.
            { type: 'LineString', coordinates: points.length === 1 ? [points[0], points[0]] : points },
      };
    }),
  );
}

/**
 * Whether a text is what one of these functions gave and nobody has changed since: other programs leave out the member
 * that says so, or what it says fits no longer.
 */
function isMadeHere(text: string): boolean {
  const [, hash, features] =
    /^\{"type":"FeatureCollection","madeBy":"node-red-segmenter ([0-9a-f]{16})",(.*)$/s.exec(text) ?? [];
  return hash !== undefined && hash === hashOf(features);
}

/** Gives the text without that member, as versions before wrote it. */
export function withoutMaker(text: string): string {
  return text.replace(/"madeBy":"[^"]*",/, '');
}

/** Features a line each. */
function collection(features: readonly object[]): string {
  const lines = features.map((feature) => JSON.stringify(feature));
  const rest = `"features":[\n${lines.join(',\n')}\n]}\n`;
  return `{"type":"FeatureCollection","madeBy":"node-red-segmenter ${hashOf(rest)}",${rest}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function closed(ring: readonly Point[]): Point[] {
  const [first, last] = [ring[0], ring[ring.length - 1]];
  return first[0] === last[0] && first[1] === last[1] ? [...ring] : [...ring, first];
}
