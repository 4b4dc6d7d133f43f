import type { Acquisition } from '../../../image/description';
import type { DType } from '../../../image/dtype';
import type { WriteInfo } from '../../source';
import { escapeXml } from '../../xml';
import { wellPlace } from './acquisition';
import { SCALE_NAMESPACE, STAGE_AT_NAMESPACES, UNCOVERED_NAMESPACE } from './xml';

const OME = 'http://www.openmicroscopy.org/Schemas/OME/2016-06';
/** More fields than any well has; each is an element. */
const MOST_FIELDS = 10_000;
const OME_TYPES: Record<DType, string> = {
  uint8: 'uint8',
  int8: 'int8',
  uint16: 'uint16',
  int16: 'int16',
  uint32: 'uint32',
  int32: 'int32',
  float32: 'float',
  float64: 'double',
};

/**
 * Writes OME-XML (schema 2016-06; elements and their order as it asks) for planes stored z fastest, then c, then t, one
 * channel each. The scale of stored integers, and how many pixels the image did not hold that this is a copy of, are
 * annotations that other readers pass over, and so is the pixel that the stage position is of. A well needs a name of letters and a number ("B3") to have a place on a
 * plate; plate and field are kept only with one.
 * @param name the image's name
 */
export function omeXml(info: WriteInfo, name: string): string {
  const { acquisition = {} } = info;
  const annotations = annotationsOf(info);
  const date = xmlDate(acquisition.date);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!-- Warning: this comment is an OME-XML metadata block, which contains crucial dimensional parameters and other' +
      ' important metadata. Please edit cautiously (if at all), and back up the original data before doing so.' +
      ' For more information, see the OME-TIFF web site: https://docs.openmicroscopy.org/latest/ome-model/ome-tiff/. -->',
    `<OME xmlns="${OME}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"` +
      ` xsi:schemaLocation="${OME} ${OME}/ome.xsd" Creator="@segmenter/node-red-segmenter">` +
      `${plateElement(acquisition)}<Image ID="Image:0" Name="${escapeXml(name)}">` +
      `${date === null ? '' : `<AcquisitionDate>${date}</AcquisitionDate>`}${pixelsElement(info)}` +
      `${annotations.map(({ id }) => `<AnnotationRef ID="${id}"/>`).join('')}</Image>${annotationsElement(annotations)}</OME>`,
  ].join('\n');
}

function pixelsElement({ shape, dtype, channels, pixelSize, acquisition = {} }: WriteInfo): string {
  const [t, c, z, y, x] = shape;
  const lengths = pixelSize
    ? (['X', 'Y', 'Z'] as const)
        .map((axis) => ({ axis, size: pixelSize[axis.toLowerCase() as 'x' | 'y' | 'z'] }))
        .filter(({ size }) => size !== null)
        .map(({ axis, size }) => ` PhysicalSize${axis}="${size}" PhysicalSize${axis}Unit="µm"`)
        .join('')
    : '';
  const { timeIncrement } = acquisition;
  const time = timeIncrement === undefined ? '' : ` TimeIncrement="${timeIncrement}" TimeIncrementUnit="s"`;
  const channelElements = channels
    .map(({ name }, i) => `<Channel ID="Channel:0:${i}" Name="${escapeXml(name)}" SamplesPerPixel="1"/>`)
    .join('');
  return (
    `<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="${OME_TYPES[dtype]}" BigEndian="false" Interleaved="false"` +
    ` SizeX="${x}" SizeY="${y}" SizeZ="${z}" SizeC="${c}" SizeT="${t}"${lengths}${time}>${channelElements}` +
    `<TiffData IFD="0" PlaneCount="${t * c * z}"/>${planeElement(acquisition)}</Pixels>`
  );
}

/** The stage stood so for the first plane; what it did afterwards is not known. */
function planeElement({ stage }: Acquisition): string {
  if (!stage) return '';
  const positions = (['X', 'Y', 'Z'] as const)
    .map((axis) => ({ axis, at: stage[axis.toLowerCase() as 'x' | 'y' | 'z'] }))
    .filter(({ at }) => at !== null)
    .map(({ axis, at }) => ` Position${axis}="${at}" Position${axis}Unit="µm"`)
    .join('');
  return positions === '' ? '' : `<Plane TheZ="0" TheC="0" TheT="0"${positions}/>`;
}

/** A reader counts a well's fields, so the fields before this one are there as samples without an image. */
function plateElement({ plate, well, field = 0 }: Acquisition): string {
  const place = well === undefined ? null : wellPlace(well);
  if (!place || field > MOST_FIELDS) return '';
  const { row, column } = place;
  const samples = Array.from({ length: field + 1 }, (_, i) => {
    const reference = i === field ? '<ImageRef ID="Image:0"/>' : '';
    return `<WellSample ID="WellSample:0:0:${i}" Index="${i}">${reference}</WellSample>`;
  }).join('');
  return (
    `<Plate ID="Plate:0" Name="${escapeXml(plate ?? 'Plate')}" RowNamingConvention="letter"` +
    ` ColumnNamingConvention="number"><Well ID="Well:0:0" Row="${row}" Column="${column}">${samples}</Well></Plate>`
  );
}

/** A number that other readers pass over. */
interface Annotation {
  id: string;
  kind: 'LongAnnotation' | 'DoubleAnnotation';
  namespace: string;
  description: string;
  value: number;
}

/** In the order of kinds that older schemas ask for. */
function annotationsOf({ uncovered, scale, acquisition }: WriteInfo): Annotation[] {
  const found: Annotation[] = [];
  if (uncovered !== undefined) {
    const description = 'Pixels that were not in the file that this is a copy of';
    const namespace = UNCOVERED_NAMESPACE;
    found.push({ id: 'Annotation:1', kind: 'LongAnnotation', namespace, description, value: uncovered });
  }
  if (scale !== undefined) {
    const description = 'Stored value x scale = quantity';
    const namespace = SCALE_NAMESPACE;
    found.push({ id: 'Annotation:0', kind: 'DoubleAnnotation', namespace, description, value: scale });
  }
  const { stageAt } = acquisition ?? {};
  for (const [i, axis] of (['y', 'x'] as const).entries()) {
    if (!stageAt) break;
    const description = `Pixel along ${axis} that the stage position is of`;
    const what = { kind: 'DoubleAnnotation', namespace: STAGE_AT_NAMESPACES[axis], value: stageAt[axis] } as const;
    found.push({ id: `Annotation:${2 + i}`, description, ...what });
  }
  return found;
}

function annotationsElement(annotations: readonly Annotation[]): string {
  if (annotations.length === 0) return '';
  const elements = annotations.map(
    ({ id, kind, namespace, description, value }) =>
      `<${kind} ID="${id}" Namespace="${namespace}">` +
      `<Description>${description}</Description><Value>${value}</Value></${kind}>`,
  );
  return `<StructuredAnnotations>${elements.join('')}</StructuredAnnotations>`;
}

/** XML Schema's dateTime has a time to the second; a day alone begins at midnight. Null for what is no date. */
function xmlDate(date: string | undefined): string | null {
  if (date === undefined) return null;
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/.exec(date.trim());
  if (!parts || Number.isNaN(Date.parse(date.trim()))) return null;
  const [, day, minutes = '00:00', seconds = ':00', zone = ''] = parts;
  return `${day}T${minutes}${seconds}${zone.replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2')}`;
}
