import { CorruptFileError } from '../../base/errors';
import type { PixelSize } from '../../image/description';
import type { RandomAccessFile } from '../random-access-file';
import { pixelSizeOf } from '../units';
import { attribute, children, parseXml, textOf, type XmlElement } from '../xml';
import { expectSegment } from './segments';

/** What is used of a file's XML; what it does not say is null. */
export interface CziMetadata {
  pixelSize: PixelSize | null;
  /** in the order of C, counted from the lowest */
  channelNames: Array<string | null>;
  date: string | null;
  /** seconds */
  timeIncrement: number | null;
  /** by S */
  scenes: Map<number, SceneMetadata>;
  /** what a person should know of it */
  notes: string[];
}

export interface SceneMetadata {
  /** such as "B3" */
  well: string | null;
  /** [y, x] in micrometres */
  centre: [y: number, x: number] | null;
}

const XML_HEAD = 256;
/** Half a megabyte is usual. */
const MOST_XML_BYTES = 2 ** 28;
/** Large, and nothing of it is used; other elements of the same names lie in them. */
const PASSED_OVER = ['Experiment', 'HardwareSetting', 'CustomAttributes', 'Layers'];

export const NO_METADATA: CziMetadata = {
  pixelSize: null,
  channelNames: [],
  date: null,
  timeIncrement: null,
  scenes: new Map(),
  notes: [],
};

/** Reads the XML of a file. Damaged XML costs names and pixel size, never the pixels: a note says so. */
export async function readMetadata(file: RandomAccessFile, position: number): Promise<CziMetadata> {
  if (position === 0) return NO_METADATA;
  try {
    const { start } = expectSegment(file, position, 'ZISRAWMETADATA', 'the metadata');
    const length = file.peek(start, 4, 'the metadata').getInt32(0, true);
    if (length < 0 || length > MOST_XML_BYTES) throw new CorruptFileError(file.path, `states ${length} bytes of XML`);
    file.check(start + XML_HEAD, length, 'the metadata');
    const bytes = Buffer.alloc(length);
    await file.read(start + XML_HEAD, bytes, 'the metadata');
    return parseMetadata(bytes.toString('utf8'), file.path);
  } catch (error) {
    if (!(error instanceof CorruptFileError)) throw error;
    return { ...NO_METADATA, notes: [`no pixel size and no channel names: ${error.message}`] };
  }
}

/** @throws CorruptFileError for XML that is not well-formed */
export function parseMetadata(text: string, path: string): CziMetadata {
  const xml = PASSED_OVER.reduce(withoutElement, text.replace(/\0+$/, ''));
  const root = children(children(parseXml(xml, path), 'ImageDocument')[0], 'Metadata')[0];
  const image = follow(root, 'Information', 'Image');
  const dimensions = follow(image, 'Dimensions');
  return {
    pixelSize: readScaling(follow(root, 'Scaling', 'Items')),
    channelNames: readChannelNames(follow(dimensions, 'Channels'), follow(root, 'DisplaySetting', 'Channels')),
    date: readDate(textOf(follow(image, 'AcquisitionDateAndTime'))),
    timeIncrement: positive(textOf(follow(dimensions, 'T', 'Positions', 'Interval', 'Increment'))),
    scenes: readScenes(follow(dimensions, 'S', 'Scenes')),
    notes: [],
  };
}

/** From its first beginning to its last end. */
function withoutElement(xml: string, name: string): string {
  const begin = xml.search(new RegExp(`<${name}[\\s>]`));
  const end = xml.lastIndexOf(`</${name}>`);
  return begin < 0 || end < begin ? xml : xml.slice(0, begin) + xml.slice(end + name.length + 3);
}

function follow(element: XmlElement | undefined, ...names: string[]): XmlElement | undefined {
  return names.reduce<XmlElement | undefined>((at, name) => children(at, name)[0], element);
}

/** Distances are metres, whatever unit they are shown in; 0 stands for unknown. */
function readScaling(items: XmlElement | undefined): PixelSize | null {
  const size = (axis: string): number | null => {
    const distance = children(items, 'Distance').find((element) => attribute(element, 'Id') === axis);
    const metres = positive(textOf(children(distance, 'Value')[0]));
    // 1e-7 x 1e6 is 0.09999999999999999.
    return metres === null ? null : Number((metres * 1e6).toPrecision(15));
  };
  return pixelSizeOf(size('Z'), size('Y'), size('X'));
}

function readChannelNames(listed: XmlElement | undefined, shown: XmlElement | undefined): Array<string | null> {
  const channels = children(listed, 'Channel');
  const others = children(shown, 'Channel');
  return Array.from({ length: Math.max(channels.length, others.length) }, (_, i) => {
    const id = attribute(channels[i], 'Id');
    const other = others.find((each) => id !== null && attribute(each, 'Id') === id) ?? others[i];
    const text = (element: XmlElement | undefined, name: string) => textOf(children(element, name)[0]);
    const names = [
      attribute(channels[i], 'Name'),
      attribute(other, 'Name'),
      text(channels[i], 'Fluor'),
      text(other, 'DyeName'),
    ];
    return names.map((name) => name?.trim() ?? '').find((name) => name !== '') ?? null;
  });
}

function readScenes(scenes: XmlElement | undefined): Map<number, SceneMetadata> {
  const found = new Map<number, SceneMetadata>();
  for (const [order, scene] of children(scenes, 'Scene').entries()) {
    const index = Number(attribute(scene, 'Index') ?? order);
    const shape = children(scene, 'Shape')[0];
    const name = textOf(children(scene, 'ArrayName')[0]) ?? attribute(shape, 'Name') ?? attribute(scene, 'Name');
    const centre = (textOf(children(scene, 'CenterPosition')[0]) ?? '').split(',').map(Number);
    found.set(index, {
      well: name !== null && /^([A-Z]|A[A-F])\d{1,2}$/.test(name.trim()) ? name.trim() : null,
      centre: centre.length === 2 && centre.every(Number.isFinite) ? [centre[1], centre[0]] : null,
    });
  }
  return found;
}

/** ISO 8601 without the digits beyond milliseconds that some writers add. */
function readDate(text: string | null): string | null {
  const time = Date.parse((text ?? '').replace(/(\.\d{3})\d+/, '$1'));
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

function positive(text: string | null): number | null {
  const value = Number(text ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : null;
}
