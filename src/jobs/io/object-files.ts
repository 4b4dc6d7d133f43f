import { InvalidInputError } from '../../base/errors';
import type { ImageReader } from '../../formats';
import { imageBands } from '../../image/bands';
import type { PixelArray } from '../../image/dtype';
import { TallyByNumber } from '../../metrics/tally-by-number';
import { featureOf } from '../../objects/geojson';
import { LabelRuns } from '../../objects/label-runs';
import { ObjectMeasures } from '../../objects/object-table';
import { outlineOf, type Stretch } from '../../objects/outlines';
import { AtomicFile } from '../../storage/atomic-file';
import type { LabelledVolume } from '../../thresholding/labelled-volume';
import { RunRoom } from '../../thresholding/runs';
import type { ObjectFiles } from '../object-files';
import type { ObjectRecord } from '../results';
import type { BandCounter } from './bands';
import { csvLines } from './object-metrics';

/** What writing needs. */
export interface ObjectFilesWork {
  labels: ImageReader;
  /** for mean intensities; null: there are none */
  raw: ImageReader | null;
  /** rows of a band */
  rows: number;
  counter: BandCounter;
  /** for what is too much for memory */
  runBytes: number;
  folder: string;
  signal: AbortSignal;
}

/**
 * Writes the table of the objects of a label image as CSV, `<saved>.objects.csv`, and their outlines as GeoJSON for QuPath,
 * `<saved>.objects.geojson`: each value besides 0 is an object, at each time point. Both replace those of an earlier result.
 * @throws InvalidInputError for pixels that are no numbers of objects
 */
export async function writeObjectFiles(saved: string, which: ObjectFiles, work: ObjectFilesWork): Promise<void> {
  if (which === 'none') return;
  const room = new RunRoom(work.runBytes, work.folder);
  try {
    const table = which === 'outlines' ? null : await TextFile.create(`${saved}.objects.csv`);
    const outlines = which === 'table' ? null : await TextFile.create(`${saved}.objects.geojson`);
    try {
      await outlines?.write('{"type":"FeatureCollection","features":[\n');
      const [times] = work.labels.shape;
      for (let t = 0; t < times; t++) {
        const objects = await labelledVolume(t, work, room);
        if (table) await writeTable(table, objects, t, work);
        if (outlines) await writeOutlines(outlines, objects, t, work);
        objects.volume.close();
      }
      await outlines?.write('\n]}\n');
      await table?.commit();
      await outlines?.commit();
    } catch (error) {
      await table?.abort();
      await outlines?.abort();
      throw error;
    }
  } finally {
    room.close();
  }
}

/** A time point with labels from 1 on without gaps, and the number that the image has for each. */
interface Numbered {
  volume: LabelledVolume;
  numbers: TallyByNumber;
}

async function labelledVolume(t: number, work: ObjectFilesWork, room: RunRoom): Promise<Numbered> {
  const { labels, rows, counter, signal } = work;
  const [, , depth, height, width] = labels.shape;
  const numbers = new TallyByNumber();
  const runs = new LabelRuns(room);
  const row = new Int32Array(width);
  for (const band of imageBands([1, 1, depth, height, width], rows)) {
    const pixels = await labels.readRows({ ...band, t }, { signal });
    for (let at = 0; at < pixels.length; at += width) {
      for (let x = 0; x < width; x++) {
        const value = pixels[at + x];
        if (value === 0) row[x] = 0;
        else if (Number.isInteger(value)) row[x] = numbers.add(value, 1) + 1;
        else throw new InvalidInputError(labels.desc.id, 'a label image of whole numbers to measure objects of', value);
      }
      runs.add(row);
    }
    await counter.turn();
  }
  runs.finish();
  const size = Float64Array.from({ length: numbers.length + 1 }, (_, i) => (i === 0 ? 0 : numbers.tally(i - 1)));
  const shape = [depth, height, width] as const;
  const volume = { shape: [...shape] as [number, number, number], count: numbers.length, size };
  return { volume: { ...volume, rows: () => runs.rows(), close: () => runs.close() }, numbers };
}

async function writeTable(file: TextFile, { volume, numbers }: Numbered, t: number, work: ObjectFilesWork) {
  const { labels, raw, rows, counter, signal } = work;
  const [depth, height, width] = volume.shape;
  const channels = raw ? raw.shape[1] : 0;
  const measures = new ObjectMeasures(volume, { channels, shapes: true });
  const lines = volume.rows();
  for (const band of imageBands([1, 1, depth, height, width], rows)) {
    const pixels: PixelArray[] = [];
    for (let c = 0; raw && c < channels; c++) pixels.push(await raw.readRows({ ...band, t, c }, { signal }));
    for (let row = 0; row < band.rows; row++) {
      const line = lines.next();
      if (!line.done) measures.add(line.value, pixels, row * width);
    }
    await counter.turn();
  }
  const several = labels.shape[0] > 1;
  const records = function* (): Generator<ObjectRecord, void, void> {
    for (const row of measures.rows(labels.desc.pixelSize)) {
      const label = numbers.number(row.label - 1);
      yield several ? { t, ...row, label } : { ...row, label };
    }
  };
  for (const text of csvLines(records(), t === 0 || file.isEmpty)) {
    await file.write(text);
    await counter.turn();
  }
}

async function writeOutlines(file: TextFile, { volume, numbers }: Numbered, t: number, work: ObjectFilesWork) {
  const [depth, height] = volume.shape;
  const isPlaneOfMany = depth > 1 || work.labels.shape[0] > 1;
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
    for (const [label, stretches] of plane) {
      const object = { label: numbers.number(label - 1), t, z, polygons: outlineOf(stretches), isPlaneOfMany };
      await file.write(`${file.items++ > 0 ? ',\n' : ''}${JSON.stringify(featureOf(object))}`);
    }
    plane = new Map();
    await work.counter.turn();
  }
}

/** A text that appears whole or not at all; small pieces are written together. */
class TextFile {
  items = 0;
  private waiting: string[] = [];
  private waitingLength = 0;
  private position = 0;

  private constructor(private readonly file: AtomicFile) {}

  static async create(path: string): Promise<TextFile> {
    return new TextFile(await AtomicFile.create(path, { existing: 'replace' }));
  }

  get isEmpty(): boolean {
    return this.position === 0 && this.waitingLength === 0;
  }

  async write(text: string): Promise<void> {
    this.waiting.push(text);
    this.waitingLength += text.length;
    if (this.waitingLength > 2 ** 20) await this.flush();
  }

  async commit(): Promise<void> {
    await this.flush();
    await this.file.commit();
  }

  async abort(): Promise<void> {
    await this.file.abort();
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.from(this.waiting.join(''), 'utf8');
    this.waiting = [];
    this.waitingLength = 0;
    await this.file.write(bytes, this.position);
    this.position += bytes.byteLength;
  }
}
