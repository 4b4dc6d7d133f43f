import { CorruptFileError } from '../../../base/errors';
import type { Acquisition, PixelSize } from '../../../image/description';
import type { Shape5 } from '../../../image/region';
import { notesOnUncovered } from '../../doubts';
import { micrometresIn, notesOnUnits, pixelSizeOf } from '../../units';
import { attribute, children, parseXml, textOf, type XmlElement } from '../../xml';
import { readAcquisition, readPlates } from './acquisition';

/** Names the annotation that holds an image's scale; ours, other readers pass it over. */
export const SCALE_NAMESPACE = 'segmenter/scale';
/** And that which counts the pixels that a copied image did not hold. */
export const UNCOVERED_NAMESPACE = 'segmenter/uncovered';
/** And those with the pixel that the stage position is of. */
export const STAGE_AT_NAMESPACES = { y: 'segmenter/stage-y', x: 'segmenter/stage-x' };

/** Which planes lie from directory `ifd` on. */
export interface OmeTiffData {
  ifd: number | null;
  planeCount: number | null;
  firstZ: number;
  firstC: number;
  firstT: number;
  /** the file that holds the planes, where stated */
  uuid: string | null;
  fileName: string | null;
}

/** One image of an OME document. */
export interface OmeImage {
  sizeX: number;
  sizeY: number;
  sizeZ: number;
  /** samples of colour channels are counted one by one */
  sizeC: number;
  sizeT: number;
  /** the three axes of the planes, fastest first, for example "ZCT" */
  planeOrder: string;
  channels: Array<{ name: string | null; samples: number }>;
  tiffData: OmeTiffData[];
  pixelSize: PixelSize | null;
  scale?: number;
  acquisition?: Acquisition;
  /** units that are not understood, pixels that a copied image did not hold */
  notes: string[];
}

export interface OmeMetadata {
  uuid: string | null;
  /** the file that holds the metadata, where this one only points to it */
  metadataFile: string | null;
  images: OmeImage[];
}

/** Tells whether a TIFF's description is an OME-XML document. */
export function isOmeXml(description: string): boolean {
  return /^\ufeff?\s*<(\?xml|!--|(\w+:)?OME\b)/.test(description) && /<(\w+:)?OME[\s>]/.test(description);
}

/**
 * Reads OME-XML (schemas 2008 to 2016: the elements used here did not change).
 * @param path the file, for messages
 * @throws CorruptFileError
 */
export function parseOmeXml(xml: string, path: string): OmeMetadata {
  const uuid = rootUuid(xml);
  const at = uuid === null ? 0 : xml.indexOf(uuid);
  const text = uuid === null ? xml : xml.slice(0, at) + xml.slice(at + uuid.length);
  if (last?.text === text && last.at === at) return { ...last.metadata, uuid };
  const metadata = parseDocument(xml, path);
  last = text.length > LONGEST_KEPT ? null : { text, at, metadata };
  return metadata;
}

/**
 * Module state on purpose: each file of a set holds the metadata of all, the same text but for the file's own UUID, which
 * begins at `at`. The files of a plate are opened one after the other.
 */
let last: { text: string; at: number; metadata: OmeMetadata } | null = null;
const LONGEST_KEPT = 2 ** 23;

function parseDocument(xml: string, path: string): OmeMetadata {
  const root = children(parseXml(xml, path), 'OME')[0];
  if (!root) throw new CorruptFileError(path, 'its OME-XML has no OME element');
  const scales = readNumbers(root, 'DoubleAnnotation', SCALE_NAMESPACE);
  const uncovered = readNumbers(root, 'LongAnnotation', UNCOVERED_NAMESPACE);
  const stageAt = {
    y: readNumbers(root, 'DoubleAnnotation', STAGE_AT_NAMESPACES.y),
    x: readNumbers(root, 'DoubleAnnotation', STAGE_AT_NAMESPACES.x),
  };
  const plates = readPlates(root);
  const binaryOnly = children(root, 'BinaryOnly')[0];
  return {
    uuid: attribute(root, 'UUID'),
    metadataFile: binaryOnly ? (attribute(binaryOnly, 'MetadataFile') ?? 'another file') : null,
    images: children(root, 'Image').map((element, index) => {
      const image = readImage(element, `Image ${index}`, { scales, uncovered }, path);
      const place = plates.get(attribute(element, 'ID') ?? '');
      const acquisition = readAcquisition(element, children(element, 'Pixels')[0], place);
      if (!acquisition) return image;
      const [y, x] = [stageAt.y, stageAt.x].map((values) => annotated(element, values));
      const isStated = acquisition.stage !== undefined && y !== undefined && x !== undefined;
      return { ...image, acquisition: isStated ? { ...acquisition, stageAt: { y, x } } : acquisition };
    }),
  };
}

/**
 * Gives the UUID of an OME-XML document's root, without parsing it all: every file of a large set holds the whole text.
 */
export function rootUuid(xml: string): string | null {
  const root = /<(?:\w+:)?OME[\s>]/.exec(xml)?.index;
  if (root === undefined) return null;
  return /\sUUID\s*=\s*["']([^"']*)["']/.exec(xml.slice(root, xml.indexOf('>', root)))?.[1] ?? null;
}

/** Values of annotations by their ID. */
interface Annotations {
  scales: Map<string, number>;
  uncovered: Map<string, number>;
}

function readImage(image: XmlElement, name: string, { scales, uncovered }: Annotations, path: string): OmeImage {
  const pixels = children(image, 'Pixels')[0];
  if (!pixels) throw new CorruptFileError(path, `OME-XML: ${name} has no Pixels`);
  const size = (axis: string): number => integer(pixels, `Size${axis}`, name, path, 1);
  const order = attribute(pixels, 'DimensionOrder') ?? '';
  if (!/^XY(ZCT|ZTC|CZT|CTZ|TZC|TCZ)$/.test(order)) {
    throw new CorruptFileError(path, `OME-XML: ${name} has the DimensionOrder "${order}"`);
  }
  const scale = annotated(image, scales);
  const units = ['X', 'Y', 'Z'].flatMap((axis) => attribute(pixels, `PhysicalSize${axis}Unit`) ?? []);
  const shape: Shape5 = [size('T'), size('C'), size('Z'), size('Y'), size('X')];
  return {
    sizeX: size('X'),
    sizeY: size('Y'),
    sizeZ: size('Z'),
    sizeC: size('C'),
    sizeT: size('T'),
    planeOrder: order.slice(2),
    channels: children(pixels, 'Channel').map((channel) => ({
      name: attribute(channel, 'Name'),
      samples: attribute(channel, 'SamplesPerPixel') === null ? 1 : integer(channel, 'SamplesPerPixel', name, path, 1),
    })),
    tiffData: children(pixels, 'TiffData').map((data) => readTiffData(data, name, path)),
    pixelSize: pixelSizeOf(physicalSize(pixels, 'Z'), physicalSize(pixels, 'Y'), physicalSize(pixels, 'X')),
    ...(scale === undefined ? {} : { scale }),
    notes: [...notesOnUnits(units), ...notesOnUncovered(annotated(image, uncovered), shape)],
  };
}

/** The number that an image's annotations give, by the IDs of all such. */
function annotated(image: XmlElement, values: ReadonlyMap<string, number>): number | undefined {
  const ids = children(image, 'AnnotationRef').map((reference) => attribute(reference, 'ID') ?? '');
  return ids.map((id) => values.get(id)).find((value) => value !== undefined);
}

function readTiffData(data: XmlElement, name: string, path: string): OmeTiffData {
  const optional = (key: string): number | null =>
    attribute(data, key) === null ? null : integer(data, key, `${name}, TiffData`, path, 0);
  const uuid = children(data, 'UUID')[0];
  return {
    ifd: optional('IFD'),
    planeCount: optional('PlaneCount'),
    firstZ: optional('FirstZ') ?? 0,
    firstC: optional('FirstC') ?? 0,
    firstT: optional('FirstT') ?? 0,
    uuid: textOf(uuid)?.trim() ?? null,
    fileName: attribute(uuid, 'FileName'),
  };
}

/** Micrometres; null where absent or in no unit of length. OME's default unit is the micrometre. */
function physicalSize(pixels: XmlElement, axis: string): number | null {
  const value = attribute(pixels, `PhysicalSize${axis}`);
  const unit = micrometresIn(attribute(pixels, `PhysicalSize${axis}Unit`) ?? 'µm');
  return value === null || unit === null ? null : Number(value) * unit;
}

function readNumbers(root: XmlElement, kind: string, namespace: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const annotations of children(root, 'StructuredAnnotations')) {
    for (const annotation of children(annotations, kind)) {
      const value = Number(textOf(children(annotation, 'Value')[0]) ?? Number.NaN);
      const id = attribute(annotation, 'ID');
      const ours = attribute(annotation, 'Namespace') === namespace;
      if (ours && id !== null && Number.isFinite(value)) values.set(id, value);
    }
  }
  return values;
}

function integer(element: XmlElement, key: string, name: string, path: string, least: number): number {
  const text = attribute(element, key);
  const value = Number(text);
  if (text === null || text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
    throw new CorruptFileError(
      path,
      `OME-XML: ${name} has ${key}=${text === null ? 'nothing' : `"${text}"`}, expected an integer >= ${least}`,
    );
  }
  return value;
}
