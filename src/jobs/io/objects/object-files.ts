import { SegmenterError } from '../../../base/errors';
import { featureOf } from '../../../exchange/geojson';
import { encodeRoi } from '../../../exchange/imagej-roi';
import { measurementsOf } from '../../../exchange/qupath-measurements';
import type { ImageReader } from '../../../formats';
import { imageBands } from '../../../image/bands';
import type { PixelArray } from '../../../image/dtype';
import { ObjectMeasures, type ObjectRow } from '../../../objects/object-table';
import { type OutlinePolygon, outlineOf, type Stretch } from '../../../objects/outlines';
import { ZipParts } from '../../../storage/zip/zip-parts';
import type { LabelledVolume } from '../../../thresholding/labelled-volume';
import { RunRoom } from '../../../thresholding/runs';
import { kindsOf, OBJECT_FILE_ENDINGS, type ObjectFileKind, type ObjectFiles } from '../../object-files';
import type { ObjectRecord } from '../../results';
import { GrowingFile } from '../growing-file';
import { type NumberedReading, type NumberedVolume, numberedVolume } from './numbered-volume';
import { csvHeader, csvLines } from './object-metrics';

/** What writing needs. */
export interface ObjectFilesWork extends NumberedReading {
  /** for mean intensities; null: there are none */
  raw: ImageReader | null;
  /** QuPath's class of the objects; blank: none */
  className: string;
  /** for what is too much for memory */
  runBytes: number;
  folder: string;
}

/** One time point, as each file takes it. */
interface TimePoint extends NumberedVolume {
  t: number;
  /** measures by label; null where no file asks for them */
  rowOf: ((label: number) => ObjectRow) | null;
}

/** An outline of an object in a plane. */
interface PlaneOutline {
  label: number;
  z: number;
  polygons: OutlinePolygon[];
}

/** A file that is written of the objects, time point by time point. */
interface ObjectWriter {
  isMeasured: boolean;
  begin?(): string;
  /** once for a time point */
  rows?(time: TimePoint): Iterable<string>;
  /** once for each object in each plane */
  outline?(time: TimePoint, outline: PlaneOutline): string | Uint8Array;
  end?(): string | Uint8Array;
}

/**
 * Writes, of the objects of a label image, what is asked for beside it: a table (CSV), outlines (GeoJSON for QuPath), regions (of ImageJ).
 * Each value besides 0 is an object, at each time point. They replace those of an earlier result.
 * @throws InvalidInputError for pixels that are no numbers of objects; SegmenterError `unsupported` for too many regions
 */
export async function writeObjectFiles(saved: string, which: ObjectFiles, work: ObjectFilesWork): Promise<void> {
  const kinds = kindsOf(which);
  if (kinds.length === 0) return;
  const writers = kinds.map((kind) => WRITERS[kind](work));
  const room = new RunRoom(work.runBytes, work.folder);
  const files: GrowingFile[] = [];
  try {
    for (const kind of kinds) files.push(await GrowingFile.create(saved + OBJECT_FILE_ENDINGS[kind]));
    for (const [i, writer] of writers.entries()) await files[i].write(writer.begin?.() ?? '');
    for (let t = 0; t < work.labels.shape[0]; t++) {
      const numbered = await numberedVolume(t, work, room);
      const isMeasured = writers.some((writer) => writer.isMeasured);
      const rowOf = isMeasured ? await measure(numbered.volume, t, work) : null;
      await writeTime({ ...numbered, t, rowOf }, writers, files, work);
      numbered.volume.close();
    }
    for (const [i, writer] of writers.entries()) await files[i].write(writer.end?.() ?? '');
    for (const file of files) await file.commit();
  } catch (error) {
    for (const file of files) await file.abort();
    throw error;
  } finally {
    room.close();
  }
}

async function writeTime(
  time: TimePoint,
  writers: readonly ObjectWriter[],
  files: readonly GrowingFile[],
  { counter }: ObjectFilesWork,
): Promise<void> {
  for (const [i, writer] of writers.entries()) {
    for (const text of writer.rows?.(time) ?? []) {
      await files[i].write(text);
      await counter.turn();
    }
  }
  if (!writers.some((writer) => writer.outline)) return;
  for (const plane of planesOf(time.volume)) {
    for (const outline of plane) {
      for (const [i, writer] of writers.entries()) await files[i].write(writer.outline?.(time, outline) ?? '');
    }
    await counter.turn();
  }
}

/** Reads the raw image along with the labels. */
async function measure(
  volume: LabelledVolume,
  t: number,
  { labels, raw, rows, counter, signal }: ObjectFilesWork,
): Promise<(label: number) => ObjectRow> {
  const channels = raw ? raw.shape[1] : 0;
  const measures = new ObjectMeasures(volume, { channels, shapes: true });
  const lines = volume.rows();
  const [depth, height, width] = volume.shape;
  for (const band of imageBands([1, 1, depth, height, width], rows)) {
    const pixels: PixelArray[] = [];
    for (let c = 0; raw && c < channels; c++) pixels.push(await raw.readRows({ ...band, t, c }, { signal }));
    for (let row = 0; row < band.rows; row++) {
      const line = lines.next();
      if (!line.done) measures.add(line.value, pixels, row * width);
    }
    await counter.turn();
  }
  return measures.rowOf(labels.desc.pixelSize);
}

/** The outlines of all objects, plane by plane. */
function* planesOf(volume: LabelledVolume): Generator<Iterable<PlaneOutline>, void, void> {
  const [, height] = volume.shape;
  let row = 0;
  let plane = new Map<number, Stretch[]>();
  for (const { data, count } of volume.rows()) {
    const y = row % height;
    const z = (row - y) / height;
    for (let i = 0; i < 3 * count; i += 3) {
      const stretches = plane.get(data[i + 2]) ?? [];
      plane.set(data[i + 2], stretches);
      stretches.push({ y, start: data[i], end: data[i + 1] });
    }
    row++;
    if (y + 1 < height) continue;
    yield outlinesOf(plane, z);
    plane = new Map();
  }
}

function* outlinesOf(plane: ReadonlyMap<number, Stretch[]>, z: number): Generator<PlaneOutline, void, void> {
  for (const [label, stretches] of plane) yield { label, z, polygons: outlineOf(stretches) };
}

const WRITERS: Record<ObjectFileKind, (work: ObjectFilesWork) => ObjectWriter> = {
  table: tableWriter,
  outlines: geoJsonWriter,
  rois: roiWriter,
};

function tableWriter({ labels, raw }: ObjectFilesWork): ObjectWriter {
  const isSeries = labels.shape[0] > 1;
  const { parents } = labels.desc;
  const parentOf = (track: number) => (parents ? { parent: parents[track] ?? 0 } : {});
  let isEmpty = true;
  return {
    isMeasured: true,
    *rows({ t, volume, rowOf, numberOf }) {
      const records = function* (): Generator<ObjectRecord, void, void> {
        for (let label = 1; rowOf && label <= volume.count; label++) {
          const number = numberOf(label);
          yield { ...(isSeries ? { t } : {}), ...rowOf(label), label: number, ...parentOf(number) };
        }
      };
      for (const text of csvLines(records(), isEmpty)) {
        isEmpty = false;
        yield text;
      }
    },
    end: () =>
      isEmpty ? `${csvHeader({ hasShapes: true, channels: raw?.shape[1] ?? 0, hasParents: !!parents })}\n` : '',
  };
}

function geoJsonWriter({ labels, raw, className }: ObjectFilesWork): ObjectWriter {
  const [times, , depth] = labels.shape;
  const channels = raw?.desc.channels.map(({ name }) => name) ?? [];
  let separator = '';
  return {
    isMeasured: true,
    begin: () => '{"type":"FeatureCollection","features":[\n',
    outline({ t, rowOf, numberOf }, { label, z, polygons }) {
      const isPlaneOfMany = depth > 1 || times > 1;
      const measurements = rowOf ? measurementsOf(rowOf(label), depth > 1, channels) : undefined;
      const feature = featureOf({
        ...{ t, z, polygons, isPlaneOfMany, className, measurements },
        label: numberOf(label),
      });
      const text = `${separator}${JSON.stringify(feature)}`;
      separator = ',\n';
      return text;
    },
    end: () => '\n]}\n',
  };
}

/** ImageJ's ROI Manager lists them all. */
const MOST_REGIONS = 1_000_000;

function roiWriter({ labels }: ObjectFilesWork): ObjectWriter {
  const [times, , depth] = labels.shape;
  const zip = new ZipParts();
  let count = 0;
  return {
    isMeasured: false,
    outline({ t, numberOf }, { label, z, polygons }) {
      if (++count > MOST_REGIONS) {
        const message = `objects of ${labels.desc.id}: expected at most ${MOST_REGIONS} regions for ImageJ, got more; write outlines (GeoJSON) instead`;
        throw new SegmenterError('unsupported', message, { id: labels.desc.id });
      }
      // As ImageJ counts, from 1; 0 stands for all planes.
      const place = { z: depth > 1 ? z + 1 : 0, t: times > 1 ? t + 1 : 0 };
      const name = `${numberOf(label)}${place.z ? `-z${place.z}` : ''}${place.t ? `-t${place.t}` : ''}`;
      return zip.add(`${name}.roi`, encodeRoi({ ...place, name, polygons }));
    },
    end: () => zip.end(),
  };
}
