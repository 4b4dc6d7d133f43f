import type { DType } from '../../image/dtype';
import type { WriteInfo } from '../source';
import { escapeXml } from '../xml';
import { SCALE_NAMESPACE } from './ome-xml';

const OME = 'http://www.openmicroscopy.org/Schemas/OME/2016-06';
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
 * OME-XML (schema 2016-06) for planes stored z fastest, then c, then t, one channel each.
 * The scale of stored integers is an annotation that other readers pass over.
 * @param name the image's name
 */
export function omeXml({ shape: [t, c, z, y, x], dtype, channels, pixelSize, scale }: WriteInfo, name: string): string {
  const sizes = pixelSize
    ? (['x', 'y', 'z'] as const)
        .filter((axis) => pixelSize[axis] !== null)
        .map(
          (axis) =>
            ` PhysicalSize${axis.toUpperCase()}="${pixelSize[axis]}" PhysicalSize${axis.toUpperCase()}Unit="µm"`,
        )
        .join('')
    : '';
  const channelElements = channels
    .map(({ name: channel }, i) => `<Channel ID="Channel:0:${i}" Name="${escapeXml(channel)}" SamplesPerPixel="1"/>`)
    .join('');
  const reference = scale === undefined ? '' : '<AnnotationRef ID="Annotation:0"/>';
  const annotation =
    scale === undefined
      ? ''
      : `<StructuredAnnotations><DoubleAnnotation ID="Annotation:0" Namespace="${SCALE_NAMESPACE}">` +
        `<Description>Stored value x scale = quantity</Description><Value>${scale}</Value>` +
        '</DoubleAnnotation></StructuredAnnotations>';
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!-- Warning: this comment is an OME-XML metadata block, which contains crucial dimensional parameters and other' +
      ' important metadata. Please edit cautiously (if at all), and back up the original data before doing so.' +
      ' For more information, see the OME-TIFF web site: https://docs.openmicroscopy.org/latest/ome-model/ome-tiff/. -->',
    `<OME xmlns="${OME}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"` +
      ` xsi:schemaLocation="${OME} ${OME}/ome.xsd" Creator="@segmenter/node-red-segmenter">` +
      `<Image ID="Image:0" Name="${escapeXml(name)}">` +
      `<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="${OME_TYPES[dtype]}" BigEndian="false" Interleaved="false"` +
      ` SizeX="${x}" SizeY="${y}" SizeZ="${z}" SizeC="${c}" SizeT="${t}"${sizes}>${channelElements}` +
      `<TiffData IFD="0" PlaneCount="${t * c * z}"/></Pixels>${reference}</Image>${annotation}</OME>`,
  ].join('\n');
}

/** The description that ImageJ writes, for planes stored c fastest, then z, then t. */
export function imageJDescription({ shape: [t, c, z], pixelSize, scale }: WriteInfo): string {
  const lines = ['ImageJ=1.54f', `images=${t * c * z}`];
  if (c > 1) lines.push(`channels=${c}`);
  if (z > 1) lines.push(`slices=${z}`);
  if (t > 1) lines.push(`frames=${t}`);
  if (c > 1 || t > 1) lines.push('hyperstack=true', 'mode=grayscale');
  if (scale !== undefined) lines.push('cf=0', 'c0=0', `c1=${scale}`, 'vunit=value');
  if (pixelSize) lines.push('unit=micron');
  if (pixelSize && pixelSize.z !== null) lines.push(`spacing=${pixelSize.z}`);
  lines.push('loop=false');
  return `${lines.join('\n')}\n`;
}
