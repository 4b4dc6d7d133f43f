import { SegmenterError } from '../../base/errors';
import { checkSameExtent } from '../../curation/planes';
import type { ImageReader } from '../../formats';
import type { Shape5 } from '../../image/region';
import { applyThreshold } from '../../thresholding/apply';
import { cleanUp } from '../../thresholding/clean-up';
import { labelRuns, type Objects, paintLabels } from '../../thresholding/components';
import { computeThreshold } from '../../thresholding/methods';
import { IntensityMeans, measureObjects } from '../../thresholding/object-table';
import { paintMask, RunEncoder, type Runs } from '../../thresholding/runs';
import type { JobInput } from '../job-types';
import type { JobContext, JobImplementation } from '../protocol';
import { findModel } from './find-model';
import { JobFiles } from './job-files';
import { type ObjectRecord, objectMetrics } from './object-metrics';
import { PlaneCounter, readPlane, requireOneChannel, secondsSince } from './planes';

/** Where neither a value nor a model says otherwise. */
const DEFAULT_THRESHOLD = 0.5;

type Context = JobContext<'threshold'>;

/** One thresholding: what is read, and how its planes are counted. */
interface Run {
  input: JobInput<'threshold'>;
  reader: ImageReader;
  raw: ImageReader | null;
  counter: PlaneCounter;
  context: Context;
}

/**
 * Thresholds an image of one channel, each t on its own: mask uint8 [t, 1, z, y, x], 255 in the foreground; labels uint16,
 * or uint32 beyond 65535 objects. In memory are one plane and the runs of the foreground, never the image.
 */
export const thresholdJob: JobImplementation<'threshold'> = (input, context) =>
  JobFiles.use(context.settings, async (files) => {
    const start = performance.now();
    const { settings, id } = input;
    const reader = await files.open(input.image, 'image to threshold');
    requireOneChannel(reader.shape, `image ${reader.desc.id} to threshold`);
    const raw = input.raw && (await files.open(input.raw, `raw of sample ${id}`));
    if (raw) checkSameExtent(raw.shape, 'raw', reader.shape, 'the image to threshold');
    const scale = reader.desc.scale ?? 1;
    const fixed = await fixedThreshold(files, input, scale, context);

    const [times, , depth] = reader.shape;
    const passes = 2 + (fixed === null ? 1 : 0) + (raw ? 1 : 0) + (settings.label ? 1 : 0);
    const run: Run = {
      input,
      reader,
      raw,
      context,
      counter: new PlaneCounter(times * depth * passes, 'thresholding', context),
    };
    const thresholds: number[] = [];
    const objects: Objects[] = [];
    const records: ObjectRecord[] = [];
    const mask = await files.create(`${id}-mask`, maskInfo(reader, 'mask', 'uint8'));
    for (let t = 0; t < times; t++) {
      const threshold = fixed ?? (await automatic(run, t));
      const found = labelRuns(await foreground(run, t, threshold), settings.connectivity);
      await writePlanes(run, (z, plane) => paintMask(found.runs, z, 1, plane), mask.writer.write.bind(mask.writer));
      const rows = measureObjects(found, reader.desc.pixelSize, await intensities(run, found, t));
      for (const row of rows) records.push(times > 1 ? { t, ...row } : row);
      thresholds.push(threshold * scale);
      objects.push(found);
    }
    const output = { mask: await mask.finish(id) };
    const labels = settings.label ? await writeLabels(files, run, objects) : undefined;
    const metrics = {
      method: settings.method,
      threshold: thresholds.every((value) => value === thresholds[0]) ? thresholds[0] : null,
      thresholds,
      foreground: foregroundShare(objects, reader.shape),
      objects: await objectMetrics(files, id, records),
      intensityChannel: raw ? raw.desc.channels[0].name : null,
      seconds: secondsSince(start),
    };
    return labels ? { ...output, labels, metrics } : { ...output, metrics };
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

async function automatic({ input, reader, counter, context }: Run, t: number): Promise<number> {
  const { method } = input.settings;
  if (method === 'model' || method === 'value')
    throw new SegmenterError('internal', `"${method}" is no automatic method`);
  const [, , depth, height, width] = reader.shape;
  let counted = false;
  const chunks = async function* () {
    for (let z = 0; z < depth; z++) {
      yield await readPlane(reader, { t, c: 0, z }, context.signal);
      // The number of passes is the method's own affair: the first one counts.
      await (counted ? counter.turn() : counter.next());
    }
    counted = true;
  };
  return named(reader, () => computeThreshold(method, { dtype: reader.dtype, count: depth * height * width, chunks }));
}

async function foreground({ input, reader, counter, context }: Run, t: number, threshold: number): Promise<Runs> {
  const [, , depth, height, width] = reader.shape;
  const encoder = new RunEncoder([depth, height, width]);
  const plane = new Uint8Array(height * width);
  for (let z = 0; z < depth; z++) {
    const pixels = await readPlane(reader, { t, c: 0, z }, context.signal);
    encoder.add(await named(reader, async () => applyThreshold(pixels, threshold, plane)));
    await counter.next();
  }
  const { minSize, fillHoles, connectivity } = input.settings;
  return cleanUp(encoder.finish(), { minSize, fillHoles, connectivity });
}

/** Mean of the raw image's first channel by label; null without a raw image. */
async function intensities({ raw, counter, context }: Run, objects: Objects, t: number): Promise<Float64Array | null> {
  if (!raw) return null;
  const means = new IntensityMeans(objects);
  for (let z = 0; z < raw.shape[2]; z++) {
    means.add(await readPlane(raw, { t, c: 0, z }, context.signal));
    await counter.next();
  }
  return means.finish();
}

async function writeLabels(files: JobFiles, run: Run, objects: Objects[]) {
  const { id } = run.input;
  const wide = objects.some(({ count }) => count > 65535);
  const labels = await files.create(`${id}-labels`, maskInfo(run.reader, 'labels', wide ? 'uint32' : 'uint16'));
  const [, , , height, width] = run.reader.shape;
  for (const found of objects) {
    for (let z = 0; z < run.reader.shape[2]; z++) {
      const plane = wide ? new Uint32Array(height * width) : new Uint16Array(height * width);
      paintLabels(found, z, 1, plane);
      await labels.writer.write(plane);
      await run.counter.next();
    }
  }
  return labels.finish(id);
}

async function writePlanes(
  { reader, counter }: Run,
  paint: (z: number, plane: Uint8Array) => void,
  write: (plane: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<void> {
  const [, , depth, height, width] = reader.shape;
  for (let z = 0; z < depth; z++) {
    const plane = new Uint8Array(height * width);
    paint(z, plane);
    await write(plane);
    await counter.next();
  }
}

function maskInfo<D extends 'uint8' | 'uint16' | 'uint32'>({ shape, desc }: ImageReader, name: string, dtype: D) {
  const channels = [{ index: 0, name }];
  return { shape, dtype, channels, pixelSize: desc.pixelSize };
}

function foregroundShare(objects: readonly Objects[], shape: Readonly<Shape5>): number {
  let pixels = 0;
  for (const { size } of objects) for (let label = 1; label < size.length; label++) pixels += size[label];
  return pixels / (shape[0] * shape[2] * shape[3] * shape[4]);
}

/** Errors about pixels, with the name of the image they are in. */
async function named<T>({ desc }: ImageReader, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SegmenterError) || error.code === 'cancelled') throw error;
    throw new SegmenterError(
      error.code,
      `${desc.id}: ${error.message}`,
      { ...error.details, image: desc.id },
      { cause: error },
    );
  }
}
