import { SegmenterError } from '../../base/errors';
import type { ImageReader, WriteInfo } from '../../formats';
import { aboutImages } from '../../formats/about-images';
import { type Band, bandCount, imageBands } from '../../image/bands';
import type { Shape5 } from '../../image/region';
import { checkSameExtent } from '../../masks/planes';
import { applyThreshold } from '../../thresholding/apply';
import { labelObjects, type Objects } from '../../thresholding/components';
import { fillHoles } from '../../thresholding/fill-holes';
import { computeThreshold } from '../../thresholding/methods';
import { ObjectMeasures } from '../../thresholding/object-table';
import { ObjectPainter } from '../../thresholding/paint';
import { RunRoom } from '../../thresholding/run-room';
import { RunEncoder, type Runs } from '../../thresholding/runs';
import type { JobInput } from '../job-types';
import type { JobContext, JobImplementation } from '../protocol';
import { BandCounter, requireOneChannel, rowsOfBands, secondsSince } from './bands';
import { findModel } from './find-model';
import { JobFiles, type ScratchImage } from './job-files';
import { limitsOf } from './limits';
import { type ObjectRecord, objectMetrics } from './object-metrics';

/** Where neither a value nor a model says otherwise. */
const DEFAULT_THRESHOLD = 0.5;

type Context = JobContext<'threshold'>;

/** One thresholding: what is read, and how its bands are counted. */
interface Run {
  input: JobInput<'threshold'>;
  reader: ImageReader;
  raw: ImageReader | null;
  /** rows of a band */
  rows: number;
  room: RunRoom;
  counter: BandCounter;
  context: Context;
}

/** What was found in a time point. */
interface Found {
  threshold: number;
  objects: Objects;
  measures: ObjectMeasures;
}

/**
 * Thresholds an image of one channel, each t on its own: mask uint8 [t, 1, z, y, x], 255 in the foreground; labels uint16,
 * or uint32 beyond 65535 objects. In memory are one band and some numbers for each object; the runs of the foreground
 * wait in a file where they are too many.
 */
export const thresholdJob: JobImplementation<'threshold'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const start = performance.now();
    const { settings, id } = input;
    const reader = await files.open(input.image, 'image to threshold');
    requireOneChannel(reader.shape, `image ${reader.desc.id} to threshold`);
    const raw = input.raw && (await files.open(input.raw, `raw of sample ${id}`));
    if (raw) checkSameExtent(raw.shape, 'raw', reader.shape, 'the image to threshold');
    const scale = reader.desc.scale ?? 1;
    const fixed = await fixedThreshold(files, input, scale, context);

    const rows = rowsOfBands(raw ? [reader, raw] : [reader], reader.shape, context);
    const passes = 2 + (fixed === null ? 1 : 0) + (settings.label ? 1 : 0);
    const counter = new BandCounter(bandCount(reader.shape, rows) * passes, 'thresholding', context);
    const room = new RunRoom(limitsOf(context).runBytes, files.scratch.folder);
    const run: Run = { input, reader, raw, rows, room, context, counter };
    try {
      const found: Found[] = [];
      const mask = await files.create(`${id}-mask`, maskInfo(reader, 'mask', 'uint8'));
      for (let t = 0; t < reader.shape[0]; t++) {
        const threshold = fixed ?? (await automatic(run, t));
        const runs = await foreground(run, t, threshold);
        const { connectivity, minSize } = settings;
        const objects = await counter.through(labelObjects(runs, connectivity, minSize));
        found.push({ threshold, objects, measures: await writeMask(run, t, objects, mask) });
        if (!settings.label) runs.close();
      }
      const output = { mask: await mask.finish(id) };
      const labels = settings.label ? await writeLabels(files, run, found) : undefined;
      const metrics = await metricsOf(files, run, found);
      const all = { ...metrics, seconds: secondsSince(start) };
      return labels ? { ...output, labels, metrics: all } : { ...output, metrics: all };
    } finally {
      room.close();
    }
  });

/** The threshold in stored numbers where the settings or the model state it; null: to be found in the pixels. */
async function fixedThreshold(
  files: JobFiles,
  { settings, model }: JobInput<'threshold'>,
  scale: number,
  context: Context,
): Promise<number | null> {
  if (settings.method === 'value') return settings.value / scale;
  if (settings.method !== 'model') return null;
  if (model === null) return DEFAULT_THRESHOLD / scale;
  return (await findModel(files, context.settings, model)).card.threshold / scale;
}

async function automatic({ input, reader, rows, counter, context }: Run, t: number): Promise<number> {
  const { method } = input.settings;
  if (method === 'model' || method === 'value')
    throw new SegmenterError('internal', `"${method}" is no automatic method`);
  const { signal } = context;
  const [, , depth, height, width] = reader.shape;
  let counted = false;
  const chunks = async function* () {
    for (const band of bandsOf(reader, t, rows)) {
      yield await reader.readRows(band, { signal });
      // The number of passes is the method's own affair: the first one counts.
      await (counted ? counter.turn() : counter.next());
    }
    counted = true;
  };
  return aboutImages([reader.desc], () =>
    computeThreshold(method, { dtype: reader.dtype, count: depth * height * width, chunks }),
  );
}

async function foreground(run: Run, t: number, threshold: number): Promise<Runs> {
  const { input, reader, rows, room, counter, context } = run;
  const { signal } = context;
  const [, , depth, height, width] = reader.shape;
  const encoder = new RunEncoder([depth, height, width], room);
  const mask = new Uint8Array(rows * width);
  for (const band of bandsOf(reader, t, rows)) {
    const pixels = await reader.readRows(band, { signal });
    const part = mask.subarray(0, pixels.length);
    encoder.add(await aboutImages([reader.desc], () => applyThreshold(pixels, threshold, part)));
    await counter.next();
  }
  const runs = encoder.finish();
  if (!input.settings.fillHoles) return runs;
  const filled = await counter.through(fillHoles(runs, room));
  runs.close();
  return filled;
}

/** Writes a time point of the mask, and measures its objects on the way. */
async function writeMask(run: Run, t: number, objects: Objects, mask: ScratchImage): Promise<ObjectMeasures> {
  const { reader, raw, rows, counter, context } = run;
  const { signal } = context;
  const [, , , height, width] = reader.shape;
  const measures = new ObjectMeasures(objects, raw !== null);
  const painter = new ObjectPainter(objects);
  for (const band of bandsOf(reader, t, rows)) {
    const out = new Uint8Array(band.rows * width);
    const pixels = raw && (await raw.readRows(band, { signal }));
    const first = band.z * height + band.y;
    painter.mask(out, (runs, row) => measures.add(runs, pixels, (row - first) * width));
    await mask.writer.write(out);
    await counter.next();
  }
  return measures;
}

async function writeLabels(files: JobFiles, run: Run, found: readonly Found[]) {
  const { reader, rows, counter, input } = run;
  const wide = found.some(({ objects }) => objects.count > 65535);
  const labels = await files.create(`${input.id}-labels`, maskInfo(reader, 'labels', wide ? 'uint32' : 'uint16'));
  const width = reader.shape[4];
  for (const [t, { objects }] of found.entries()) {
    const painter = new ObjectPainter(objects);
    for (const band of bandsOf(reader, t, rows)) {
      const out = wide ? new Uint32Array(band.rows * width) : new Uint16Array(band.rows * width);
      painter.labels(out);
      await labels.writer.write(out);
      await counter.next();
    }
    objects.runs.close();
  }
  return labels.finish(input.id);
}

async function metricsOf(files: JobFiles, { input, reader, raw, counter }: Run, found: readonly Found[]) {
  const { pixelSize, scale = 1 } = reader.desc;
  const thresholds = found.map(({ threshold }) => threshold * scale);
  const records = function* (): Generator<ObjectRecord, void, void> {
    for (const [t, { measures }] of found.entries()) {
      for (const row of measures.rows(pixelSize)) yield found.length > 1 ? { t, ...row } : row;
    }
  };
  const total = found.reduce((sum, { objects }) => sum + objects.count, 0);
  return {
    method: input.settings.method,
    threshold: thresholds.every((value) => value === thresholds[0]) ? thresholds[0] : null,
    thresholds,
    foreground: foregroundShare(found, reader.shape),
    objects: await objectMetrics(files, input.id, total, records, () => counter.turn()),
    intensityChannel: raw ? raw.desc.channels[0].name : null,
  };
}

/** The bands of one time point. */
function* bandsOf({ shape: [, , ...zyx] }: ImageReader, t: number, rows: number): Generator<Band> {
  for (const band of imageBands([1, 1, ...zyx], rows)) yield { ...band, t };
}

function maskInfo<D extends 'uint8' | 'uint16' | 'uint32'>({ shape, desc }: ImageReader, name: string, dtype: D) {
  const { pixelSize, acquisition } = desc;
  return { shape, dtype, channels: [{ index: 0, name }], pixelSize, acquisition } satisfies WriteInfo;
}

function foregroundShare(found: readonly Found[], shape: Readonly<Shape5>): number {
  let pixels = 0;
  for (const { objects } of found) for (let label = 1; label <= objects.count; label++) pixels += objects.size[label];
  return pixels / (shape[0] * shape[2] * shape[3] * shape[4]);
}
