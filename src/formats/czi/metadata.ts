import { CorruptFileError, SegmenterError } from '../../base/errors';
import type { Acquisition, PixelSize, StagePosition } from '../../image/description';
import type { RandomAccessFile } from '../random-access-file';
import { pixelSizeOf } from '../units';
import { attribute, children, parseXml, textOf, type XmlElement } from '../xml';
import type { SceneGrid } from './scene';
import { expectSegment, type FileHeader, type Note } from './segments';
import { readSubBlockMetadata, type SubBlock } from './sub-block';
import { sliceElements } from './xml-slices';

/** What the metadata of a CZI file say; nothing in it is needed to read the pixels. */
export interface CziMetadata {
  pixelSize: PixelSize | null;
  /** in the order of the channels; null where one has no name */
  channelNames: Array<string | null>;
  /** by their number in the directory */
  scenes: ReadonlyMap<number, SceneFacts>;
  /** ISO 8601, without a zone where the file states none */
  date: string | null;
  /** seconds from one time point to the next */
  timeIncrement: number | null;
}

export interface SceneFacts {
  name: string | null;
  /** row as a letter and column from 1 */
  well: string | null;
  /** how many scenes of the well come before it */
  field: number;
  /** [y, x] on the stage in micrometres */
  centre: [y: number, x: number] | null;
}

/** Bytes of metadata before the XML. */
const LEAD = 256;
const MOST_XML = 2 ** 26;
const NOTHING: CziMetadata = { pixelSize: null, channelNames: [], scenes: new Map(), date: null, timeIncrement: null };
const WANTED = ['Information', 'Scaling', 'DisplaySetting'];

/** Reads the metadata; damaged ones give a note and no names, never an error. */
export async function readMetadata(file: RandomAccessFile, header: FileHeader, note: Note): Promise<CziMetadata> {
  if (header.metadata === 0) return NOTHING;
  try {
    return parseMetadata(await readXml(file, header.metadata), file.path);
  } catch (error) {
    if (!(error instanceof SegmenterError) || error.code !== 'corrupt-file') throw error;
    note(`the metadata cannot be read, so there are no names, dates and pixel sizes: ${error.message}`);
    return NOTHING;
  }
}

async function readXml(file: RandomAccessFile, position: number): Promise<string> {
  const { data } = expectSegment(file, position, 'ZISRAWMETADATA', 'the metadata');
  const size = file.peek(data, 4, 'the metadata').getInt32(0, true);
  file.check(data + LEAD, size, 'the metadata');
  if (size > MOST_XML) throw new CorruptFileError(file.path, `its metadata take ${size} bytes`);
  const bytes = Buffer.allocUnsafe(size);
  await file.read(data + LEAD, bytes, 'the metadata');
  return withoutPadding(bytes)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}

/** Some writers fill what they reserved with zeros. */
function withoutPadding(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

/** Reads what the XML of a file says of its channels, pixel size, scenes and acquisition. @throws CorruptFileError */
export function parseMetadata(xml: string, subject: string): CziMetadata {
  const slices = sliceElements(xml, ['ImageDocument', 'Metadata'], WANTED, subject);
  const element = (name: string): XmlElement | undefined => {
    const slice = slices.get(name);
    return slice === undefined ? undefined : children(parseXml(slice, subject), name)[0];
  };
  const image = first(element('Information'), 'Image');
  const dimensions = first(image, 'Dimensions');
  return {
    pixelSize: readPixelSize(element('Scaling')),
    channelNames: readChannelNames(dimensions, element('DisplaySetting')),
    scenes: readScenes(children(first(dimensions, 'S', 'Scenes'), 'Scene')),
    date: readDate(text(image, 'AcquisitionDateAndTime')),
    timeIncrement: readIncrement(first(dimensions, 'T', 'Positions')),
  };
}

/** Distances are in metres, whatever unit they are to be shown in. */
function readPixelSize(scaling: XmlElement | undefined): PixelSize | null {
  const sizes = new Map<string, number>();
  for (const distance of children(first(scaling, 'Items'), 'Distance')) {
    const metres = positive(text(distance, 'Value'));
    // 1e-7 x 1e6 is 0.09999999999999999.
    if (metres !== null) sizes.set(attribute(distance, 'Id') ?? '', Number((metres * 1e6).toPrecision(15)));
  }
  return pixelSizeOf(sizes.get('Z') ?? null, sizes.get('Y') ?? null, sizes.get('X') ?? null);
}

function readChannelNames(dimensions: XmlElement | undefined, display: XmlElement | undefined): Array<string | null> {
  const channels = children(first(dimensions, 'Channels'), 'Channel');
  const shown = children(first(display, 'Channels'), 'Channel');
  /** the first of each */
  const byId = new Map([...shown].reverse().map((each) => [attribute(each, 'Id'), each]));
  return Array.from({ length: Math.max(channels.length, shown.length) }, (_, i) => {
    const channel = channels[i];
    const id = attribute(channel, 'Id');
    const sameId = id === null ? undefined : byId.get(id);
    const places = [sameId, shown[i]];
    return (
      [channel, ...places].map(nameOf).find((name) => name !== null) ??
      [text(channel, 'Fluor'), ...places.map((each) => text(each, 'DyeName'))].find((name) => name !== null) ??
      null
    );
  });
}

function nameOf(channel: XmlElement | undefined): string | null {
  return attribute(channel, 'Name')?.trim() || null;
}

function readScenes(elements: XmlElement[]): Map<number, SceneFacts> {
  const namesAreWells = !areDefaults(elements.flatMap((scene) => wellOf(nameOf(scene)) ?? []));
  const scenes = new Map(elements.map((scene, place) => readScene(scene, place, namesAreWells)));
  const fields = new Map<string, number>();
  for (const [, scene] of [...scenes].sort(([a], [b]) => a - b)) {
    if (scene.well === null) continue;
    scene.field = fields.get(scene.well) ?? 0;
    fields.set(scene.well, scene.field + 1);
  }
  return scenes;
}

/** @param namesAreWells whether a scene that states no well may be named like one */
function readScene(scene: XmlElement, place: number, namesAreWells: boolean): [number, SceneFacts] {
  const index = Number(attribute(scene, 'Index') ?? place);
  const name = nameOf(scene);
  const [x, y] = (text(scene, 'CenterPosition') ?? '').split(',').map((value) => (value.trim() ? Number(value) : NaN));
  const stated = [text(scene, 'ArrayName'), nameOf(first(scene, 'Shape'))];
  const wells = [...stated, namesAreWells ? name : null].map(wellOf);
  return [
    Number.isInteger(index) ? index : place,
    {
      name,
      well: wells.find((well) => well !== null) ?? null,
      field: 0,
      centre: Number.isFinite(x) && Number.isFinite(y) ? [y, x] : null,
    },
  ];
}

/** `B03` is the well B3; null for what names no well, as a tile region `TR2`. */
function wellOf(name: string | null): string | null {
  const parts = /^([A-Z]|A[A-F])0?([1-9]\d?)$/.exec(name ?? '');
  return parts ? `${parts[1]}${parts[2]}` : null;
}

/** What programs number positions ("P1"), scenes and tile regions by; as rows of wells they come with others. */
const DEFAULT_LETTERS: ReadonlySet<string> = new Set(['P', 'S', 'T']);

/** Whether names that could be wells are rather numbered by a program: all with one of its letters. */
function areDefaults(names: readonly string[]): boolean {
  const rows = new Set(names.map((name) => name.replace(/\d/g, '')));
  const [row] = rows;
  return rows.size === 1 && DEFAULT_LETTERS.has(row);
}

/** Seconds between time points that are evenly spaced, or the mean of those listed. */
function readIncrement(positions: XmlElement | undefined): number | null {
  const stated = positive(text(positions, 'Interval', 'Increment'));
  if (stated !== null) return stated;
  const offsets = (text(positions, 'List', 'Offsets') ?? '')
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);
  if (offsets.length < 2 || !offsets.every(Number.isFinite)) return null;
  return positive(String((offsets[offsets.length - 1] - offsets[0]) / (offsets.length - 1)));
}

/**
 * ISO 8601 without the digits beyond milliseconds that some writers add. A time with a zone is given as UTC; one without
 * is that of the microscope's clock, wherever it is read.
 */
function readDate(date: string | null): string | null {
  const short = (date ?? '').replace(/(\.\d{3})\d+/, '$1');
  const hasZone = short.includes(':') && /(?:Z|UTC|GMT|[+-]\d\d:?\d\d)$/i.test(short);
  if (/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(short)) return Number.isNaN(Date.parse(`${short}Z`)) ? null : short;
  const time = Date.parse(hasZone ? short : `${short} UTC`);
  if (Number.isNaN(time)) return null;
  const text = new Date(time).toISOString();
  return hasZone ? text : text.replace(/(\.000)?Z$/, '');
}

function positive(value: string | null): number | null {
  const number = Number(value ?? Number.NaN);
  return Number.isFinite(number) && number > 0 ? number : null;
}

/** The first element along a path of names. */
function first(element: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((inner, name) => children(inner, name)[0], element);
}

function text(element: XmlElement | undefined, ...path: string[]): string | null {
  return textOf(first(element, ...path))?.trim() || null;
}

/**
 * Says how and where a scene was taken; undefined where the file tells nothing.
 * @param number of the scene in the directory
 * @param first block of the scene, whose own metadata may tell of the stage
 * @param grid the scene's corner and size in the file's coordinates
 */
export async function acquisitionOf(
  file: RandomAccessFile,
  metadata: CziMetadata,
  number: number,
  first: SubBlock,
  grid: Pick<SceneGrid, 'x' | 'y' | 'width' | 'height'>,
): Promise<Acquisition | undefined> {
  const { date, timeIncrement, scenes } = metadata;
  const scene = scenes.get(number);
  const stage = await stageOf(file, first);
  const [y, x] = scene?.centre ?? [stage.y, stage.x];
  const { well = null, field = 0 } = scene ?? {};
  const centre = scene?.centre ? grid : first;
  const stageAt = {
    y: centre.y - grid.y + (centre.height - 1) / 2,
    x: centre.x - grid.x + (centre.width - 1) / 2,
  };
  const acquisition: Acquisition = {
    ...(date === null ? {} : { date }),
    ...(timeIncrement === null ? {} : { timeIncrement }),
    ...(x === null && y === null && stage.z === null ? {} : { stage: { z: stage.z, y, x } }),
    ...(x === null && y === null ? {} : { stageAt }),
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
