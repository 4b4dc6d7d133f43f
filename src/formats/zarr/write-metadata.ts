import { bytesPerPixel, type DType, isFloat } from '../../image/dtype';
import { AXES, type Shape5 } from '../../image/region';
import { OWN_MARK } from '../extensions';
import type { Compression, WriteInfo } from '../source';
import type { WriteLevel } from './write-level';

/**
 * The attribute of an image's group that holds what NGFF has no place for: `scale` (stored * scale = quantity),
 * `acquisition` as in an image's description, and `uncovered`, how many pixels were not in the file that it is a copy of.
 */
export const OWN_ATTRIBUTES = OWN_MARK;

/** NGFF 0.5 lies in Zarr 3; 0.4, which many tools still ask for, in Zarr 2. */
export type NgffVersion = '0.4' | '0.5';

/** What the metadata say of a written image beside what the caller gave. */
export interface WrittenFacts {
  name: string;
  levels: readonly WriteLevel[];
  /** smallest and largest pixel of each channel */
  ranges: ReadonlyArray<{ min: number; max: number }>;
}

/** Colours that viewers show channels in, as microscopists are used to. */
const COLOURS = ['0000FF', '00FF00', 'FF0000', 'FF00FF', '00FFFF', 'FFFF00'];

/** Names the file that holds the pixels of a chunk at a grid position of a level. */
export function chunkKeyOf(version: NgffVersion, level: number): (position: Shape5) => string {
  const folder = version === '0.5' ? `${level}/c` : `${level}`;
  return (position) => `${folder}/${position.join('/')}`;
}

/** Makes every metadata file of an image: its name and its JSON. */
export function metadataFiles(
  version: NgffVersion,
  info: WriteInfo,
  facts: WrittenFacts,
): Array<{ name: string; json: Record<string, unknown> }> {
  const own = ownAttributes(info);
  const ngff = {
    multiscales: [multiscale(version, info, facts)],
    omero: omero(version, info, facts),
    ...(info.labels ? { 'image-label': imageLabel(version, info.labels) } : {}),
  };
  if (version === '0.5') {
    const attributes = { ome: { version, ...ngff }, ...own };
    return [
      ...facts.levels.map((level, i) => ({ name: `${i}/zarr.json`, json: arrayV3(info, level) })),
      { name: 'zarr.json', json: { zarr_format: 3, node_type: 'group', attributes } },
    ];
  }
  return [
    ...facts.levels.map((level, i) => ({ name: `${i}/.zarray`, json: arrayV2(info, level) })),
    { name: '.zattrs', json: { ...ngff, ...own } },
    { name: '.zgroup', json: { zarr_format: 2 } },
  ];
}

function imageLabel(version: NgffVersion, labels: NonNullable<WriteInfo['labels']>): Record<string, unknown> {
  const source = typeof labels === 'object' ? { source: { image: labels.of } } : {};
  return { ...(version === '0.4' ? { version } : {}), ...source };
}

function ownAttributes({ scale, acquisition, uncovered }: WriteInfo): Record<string, unknown> {
  const given = Object.entries({ scale, acquisition, uncovered }).filter(([, value]) => value !== undefined);
  return { [OWN_ATTRIBUTES]: Object.fromEntries(given) };
}

function multiscale(version: NgffVersion, info: WriteInfo, { name, levels }: WrittenFacts): Record<string, unknown> {
  const { pixelSize, pyramid, acquisition } = info;
  const units = { t: acquisition?.timeIncrement ? 'second' : null, c: null, ...spaceUnits(info) };
  const datasets = levels.map((_, i) => {
    const factor = 2 ** i;
    const [y, x] = [(pixelSize?.y ?? 1) * factor, (pixelSize?.x ?? 1) * factor];
    const scale = [acquisition?.timeIncrement ?? 1, 1, pixelSize?.z ?? 1, y, x];
    // A mean of pixels lies between them, and half a pixel more with each level.
    const shift = (size: number): number => ((factor - 1) / 2) * (size / factor);
    const moved = i > 0 && pyramid === 'mean';
    const translation = moved ? [{ type: 'translation', translation: [0, 0, 0, shift(y), shift(x)] }] : [];
    return { path: `${i}`, coordinateTransformations: [{ type: 'scale', scale }, ...translation] };
  });
  const method = pyramid === 'mean' ? 'mean of 2 x 2 pixels' : 'upper left of 2 x 2 pixels';
  return {
    ...(version === '0.4' ? { version } : {}),
    name,
    type: pyramid ?? 'none',
    metadata: { description: pyramid ? `each resolution: ${method} of the one before` : 'one resolution' },
    axes: AXES.map((axis) => ({
      name: axis,
      type: axis === 't' ? 'time' : axis === 'c' ? 'channel' : 'space',
      ...(units[axis] === null ? {} : { unit: units[axis] }),
    })),
    datasets,
  };
}

/** A unit only where a length is known: a scale of 1 without one is a number of pixels. */
function spaceUnits({ pixelSize }: WriteInfo): Record<'z' | 'y' | 'x', string | null> {
  const unit = (size: number | null | undefined): string | null => (size ? 'micrometer' : null);
  return { z: unit(pixelSize?.z), y: unit(pixelSize?.y), x: unit(pixelSize?.x) };
}

/** Names of channels, and how viewers show them: from the smallest to the largest pixel. */
function omero(
  version: NgffVersion,
  { channels, shape, dtype }: WriteInfo,
  facts: WrittenFacts,
): Record<string, unknown> {
  const one = channels.length === 1;
  return {
    ...(version === '0.4' ? { version } : {}),
    name: facts.name,
    channels: channels.map(({ name }, i) => ({
      label: name,
      color: one ? 'FFFFFF' : COLOURS[i % COLOURS.length],
      active: true,
      coefficient: 1,
      family: 'linear',
      inverted: false,
      window: windowOf(facts.ranges[i], dtype),
    })),
    rdefs: { defaultT: 0, defaultZ: Math.floor(shape[2] / 2), model: one ? 'greyscale' : 'color' },
  };
}

function windowOf({ min, max }: { min: number; max: number }, dtype: DType): Record<string, number> {
  // A channel of nothing but NaN has no range.
  const [start, end] = min <= max ? [min, max] : [0, 0];
  const bits = 8 * bytesPerPixel(dtype);
  const [low, high] =
    isFloat(dtype) || bits === 32
      ? [start, end]
      : dtype.startsWith('u')
        ? [0, 2 ** bits - 1]
        : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return { min: low, max: high > low ? high : low + 1, start, end: end > start ? end : start + 1 };
}

function shapes({ shape }: WriteInfo, level: WriteLevel): { shape: number[]; chunks: number[] } {
  const [t, c, z] = shape;
  return { shape: [t, c, z, level.height, level.width], chunks: [1, 1, 1, level.chunkHeight, level.chunkWidth] };
}

function arrayV3(info: WriteInfo, level: WriteLevel): Record<string, unknown> {
  const { shape, chunks } = shapes(info, level);
  const compressors: Record<Compression, object[]> = {
    none: [],
    deflate: [{ name: 'gzip', configuration: { level: 1 } }],
    zstd: [{ name: 'zstd', configuration: { level: 3, checksum: false } }],
  };
  return {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: info.dtype,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: chunks } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [{ name: 'bytes', configuration: { endian: 'little' } }, ...compressors[info.compression ?? 'deflate']],
    dimension_names: [...AXES],
    attributes: {},
  };
}

function arrayV2(info: WriteInfo, level: WriteLevel): Record<string, unknown> {
  const { dtype } = info;
  const compressors: Record<Compression, object | null> = {
    none: null,
    deflate: { id: 'gzip', level: 1 },
    zstd: { id: 'zstd', level: 3 },
  };
  const kind = isFloat(dtype) ? 'f' : dtype[0];
  const bytes = bytesPerPixel(dtype);
  return {
    zarr_format: 2,
    ...shapes(info, level),
    dtype: `${bytes === 1 ? '|' : '<'}${kind}${bytes}`,
    compressor: compressors[info.compression ?? 'deflate'],
    fill_value: 0,
    order: 'C',
    filters: null,
    dimension_separator: '/',
  };
}
