import { SegmenterError } from '../../base/errors';
import type { ImageReader, WriteInfo } from '../../formats';
import { aboutImages } from '../../formats/described-file';
import { type Band, bandCount, imageBands } from '../../image/bands';
import { blankOthers, type Coverage, heldCount, heldPixels, ofAnyChannel, ofBoth } from '../../image/coverage';
import type { ImageDescription, PixelSize } from '../../image/description';
import type { PixelArray } from '../../image/dtype';
import type { Region } from '../../image/region';
import { NON_ZERO } from '../../masks/foreground';
import { checkSameExtent } from '../../masks/planes';
import type { ModelCard } from '../../models/card';
import { foregroundMap, hasObjectMaps } from '../../objects/maps';
import { ObjectMeasures } from '../../objects/object-table';
import { DEFAULT_DECODING } from '../../objects/settings';
import { describePrograms } from '../../provenance/programs';
import { type ResultKey, readingOf, resultKey } from '../../samples/result-key';
import { applyThreshold } from '../../thresholding/apply';
import { ObjectPainter } from '../../thresholding/components';
import { fillHoles } from '../../thresholding/fill-holes';
import type { LabelledRows, LabelledVolume } from '../../thresholding/labelled-volume';
import { computeThreshold } from '../../thresholding/methods';
import { RunEncoder, RunRoom, type Runs } from '../../thresholding/runs';
import { BandCounter, requireOneChannel, rowsOfBands, secondsSince } from '../io/bands';
import { JobFiles, type ScratchImage } from '../io/job-files';
import { hashOfImage, knownOrMade } from '../io/known';
import { limitsOf } from '../io/limits';
import { findModel } from '../io/model-and-engine';
import { objectMetrics } from '../io/object-metrics';
import { type Division, objectsOfForeground } from '../io/objects-of-foreground';
import { type TrackedObjects, trackObjects } from '../io/tracked-objects';
import type { JobInput } from '../job-types';
import type { JobContext, JobImplementation } from '../protocol';
import type { ObjectRecord, ThresholdMetrics } from '../results';

/** Where neither a value nor a model says otherwise. */
const DEFAULT_THRESHOLD = 0.5;

type Context = JobContext<'threshold'>;

/** One thresholding: what is read, and how its bands are counted. */
interface Run {
  input: JobInput<'threshold'>;
  /** voxels; smaller objects go */
  minSize: number;
  reader: ImageReader;
  raw: ImageReader | null;
  /** rows of a band */
  rows: number;
  room: RunRoom;
  counter: BandCounter;
  context: Context;
  /** how many voxels of a time point the files hold, once it was counted */
  held: Map<number, number>;
}

/** What was found in a time point. */
interface Found {
  threshold: number;
  objects: LabelledVolume;
  measures: ObjectMeasures;
}

/**
 * Thresholds an image of one channel, or the foreground of what a model of objects predicted, each t on its own: mask uint8
 * [t, 1, z, y, x], 255 in the foreground; labels uint16, or uint32 beyond 65535 objects. In memory are one band and some
 * numbers for each object; the runs of the foreground wait in a file where they are too many.
 */
export const thresholdJob: JobImplementation<'threshold'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const { id, known: choice } = input;
    const reader = await files.open(foregroundMap(input.image));
    requireOneChannel(reader.shape, `image ${reader.desc.id} to threshold`);
    const raw = input.raw && (await files.open(input.raw));
    if (raw) checkSameExtent(raw.shape, 'raw', reader.shape, 'the image to threshold');
    const fixed = await fixedThreshold(files, input, reader.desc.scale ?? 1, context);
    const opened: Opened = { input, reader, raw, fixed, context };
    const key = choice ? await keyOf(files, opened) : null;
    const { signal } = context;
    const made = await knownOrMade(files, { key, choice, id, signal }, () => makeMask(files, opened));
    const { images, known } = made;
    const { warnings } = fixed;
    const metrics = {
      ...made.metrics,
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(known === null ? {} : { known }),
    };
    return { mask: images.mask, ...(images.labels ? { labels: images.labels } : {}), metrics, ...(key ? { key } : {}) };
  });

/** What a thresholding begins with. */
interface Opened extends Pick<Run, 'input' | 'reader' | 'raw' | 'context'> {
  fixed: Fixed;
}

async function keyOf(files: JobFiles, { input, reader, raw, fixed, context }: Opened): Promise<ResultKey | null> {
  const { signal } = context;
  const hash = await hashOfImage(files, reader, signal);
  const rawHash = raw && (await hashOfImage(files, raw, signal));
  if (hash === null || (raw && rawHash === null)) return null;
  const { objects, smallestObject, pixelSize } = fixed.card ?? {};
  return resultKey('threshold', hash, fixed.model, {
    settings: input.settings,
    ...{ threshold: fixed.fixed, card: { objects, smallestObject, pixelSize } },
    image: [input.image, reader.desc].map(readingOf),
    raw: raw && { hash: rawHash, image: readingOf(raw.desc) },
    limits: limitsOf(context),
    programs: await describePrograms(),
  });
}

async function makeMask(files: JobFiles, { input, reader, raw, fixed: { fixed, card }, context }: Opened) {
  const start = performance.now();
  const { settings, id } = input;
  const division = await divisionOf(files, input, card);
  const minSize = settings.minSize ?? smallestObject(card, division, reader.desc.pixelSize);

  const rows = rowsOfBands(raw ? [reader, raw] : [reader], reader.shape, context);
  const passes = 2 + (fixed === null ? 1 : 0) + (settings.label ? 1 : 0);
  const counter = new BandCounter(bandCount(reader.shape, rows) * passes, 'thresholding', context);
  const room = new RunRoom(limitsOf(context).runBytes, files.scratch.folder);
  const run: Run = { input, minSize, reader, raw, rows, room, context, counter, held: new Map() };
  const { signal } = context;
  const folder = files.scratch.folder;
  const work = { reader, minSize, counter, room, folder, blockVoxels: limitsOf(context).objectVoxels, signal };
  try {
    const found: Found[] = [];
    const mask = await files.create(`${id}-mask`, maskInfo(reader, 'mask', 'uint8'), { foreground: NON_ZERO });
    for (let t = 0; t < reader.shape[0]; t++) {
      const threshold = fixed ?? (await automatic(run, t));
      const runs = await foreground(run, t, threshold);
      const objects = await objectsOfForeground(runs, t, division, work);
      found.push({ threshold, objects, measures: await writeMask(run, t, objects, mask) });
      if (!settings.label) objects.close();
    }
    const images: Record<string, ImageDescription> = { mask: await mask.finish(id) };
    const tracked =
      settings.label && settings.track && found.length > 1 ? await trackObjects(reader.desc, found, counter) : null;
    const volumes: LabelledRows[] = tracked?.volumes ?? found.map(({ objects }) => objects);
    if (settings.label) images.labels = await writeLabels(files, run, volumes);
    const measured = await metricsOf(files, run, found, tracked);
    const metrics: ThresholdMetrics = { ...measured, seconds: secondsSince(start) };
    const { file } = metrics.objects;
    return { images, metrics, others: file === null ? [] : [file] };
  } finally {
    room.close();
  }
}

/** A threshold in stored numbers that settings or a model state; null: to be found in the pixels. */
interface Fixed {
  fixed: number | null;
  /** of the model that states it */
  card: ModelCard | null;
  /** hash of that model */
  model: string | null;
  /** of finding the model */
  warnings: string[];
}

async function fixedThreshold(
  files: JobFiles,
  { image, settings, model }: JobInput<'threshold'>,
  scale: number,
  context: Context,
): Promise<Fixed> {
  const stated = (value: number): Fixed => ({ fixed: value / scale, card: null, model: null, warnings: [] });
  if (settings.method === 'value') return stated(settings.value);
  if (settings.method !== 'model') return { fixed: null, card: null, model: null, warnings: [] };
  if (model === null) return stated(DEFAULT_THRESHOLD);
  const { card, content, warnings } = await findModel(files, context.settings, model);
  // What tells objects apart was tuned with a threshold of its own.
  const own = hasObjectMaps(image) && (settings.touching ?? 'auto') === 'auto' ? card.objects?.foreground : undefined;
  return { ...stated(own ?? card.threshold), card, model: content, warnings };
}

/** How the foreground is divided into objects. */
async function divisionOf(
  files: JobFiles,
  { image, settings: { touching = 'auto', connectivity } }: JobInput<'threshold'>,
  card: ModelCard | null,
): Promise<Division> {
  if (touching === 'necks') return { by: 'necks' };
  if (touching === 'together' || !hasObjectMaps(image)) return { by: 'touching', connectivity };
  return { by: 'maps', maps: await files.open(image), settings: card?.objects ?? DEFAULT_DECODING };
}

/** What a model says is no object, in voxels of an image: as large as it was in those of the training, where both are known. */
function smallestObject(card: ModelCard | null, { by }: Division, pixelSize: PixelSize | null): number {
  const voxels = (by === 'maps' ? card?.objects?.minimumSize : card?.smallestObject) ?? 0;
  const [learned, here] = [card?.pixelSize, pixelSize].map((size) => size && (size.z ?? 1) * size.y * size.x);
  const isSameKind = (card?.pixelSize?.z == null) === (pixelSize?.z == null);
  return learned && here && isSameKind ? Math.round((voxels * learned) / here) : voxels;
}

async function automatic(run: Run, t: number): Promise<number> {
  const { input, reader, rows, counter, context } = run;
  const { method } = input.settings;
  if (method === 'model' || method === 'value')
    throw new SegmenterError('internal', `"${method}" is no automatic method`);
  const { signal } = context;
  const held = heldVoxels(run, t);
  // An image of which nothing is held is judged as it reads.
  const all = held === 0;
  const count = all ? voxelsOf(reader) : held;
  let counted = false;
  const chunks = async function* () {
    for (const band of bandsOf(reader, t, rows)) {
      const pixels = heldPixels(await reader.readRows(band, { signal }), all ? null : heldIn(run, band));
      if (pixels.length > 0) yield pixels;
      // The number of passes is the method's own affair: the first one counts.
      await (counted ? counter.turn() : counter.next());
    }
    counted = true;
  };
  return aboutImages([reader.desc], () => computeThreshold(method, { dtype: reader.dtype, count, chunks }));
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
    const inside = await aboutImages([reader.desc], () => applyThreshold(pixels, threshold, part));
    blankOthers(inside, heldIn(run, band));
    encoder.add(inside);
    await counter.next();
  }
  const runs = encoder.finish();
  if (!input.settings.fillHoles) return runs;
  const filled = await counter.through(fillHoles(runs, room));
  runs.close();
  return heldVoxels(run, t) === voxelsOf(reader) ? filled : withoutOthers(run, t, filled);
}

/** The runs without what is not held, which lies in holes where these were filled. */
async function withoutOthers(run: Run, t: number, runs: Runs): Promise<Runs> {
  const { reader, rows, room, counter } = run;
  const width = reader.shape[4];
  const encoder = new RunEncoder(runs.shape, room);
  const lines = runs.rows();
  for (const band of bandsOf(reader, t, rows)) {
    const mask = new Uint8Array(band.rows * width);
    for (let from = 0; from < mask.length; from += width) {
      const line = lines.next();
      if (line.done) break;
      const { data, from: first, count } = line.value;
      for (let i = first; i < first + 2 * count; i += 2) mask.fill(1, from + data[i], from + data[i + 1]);
    }
    blankOthers(mask, heldIn(run, band));
    encoder.add(mask);
    await counter.turn();
  }
  runs.close();
  return encoder.finish();
}

/** Writes a time point of the mask, and measures its objects on the way. */
async function writeMask(run: Run, t: number, objects: LabelledVolume, mask: ScratchImage): Promise<ObjectMeasures> {
  const { reader, raw, rows, counter, context } = run;
  const { signal } = context;
  const [, , , height, width] = reader.shape;
  // What costs more is measured where people want to know of each object.
  const shapes = run.input.settings.label;
  const channels = raw ? (shapes ? raw.shape[1] : 1) : 0;
  const measures = new ObjectMeasures(objects, { channels, shapes });
  const painter = new ObjectPainter(objects);
  for (const band of bandsOf(reader, t, rows)) {
    const out = new Uint8Array(band.rows * width);
    const pixels: PixelArray[] = [];
    for (let c = 0; raw && c < channels; c++) pixels.push(await raw.readRows({ ...band, c }, { signal }));
    const first = band.z * height + band.y;
    painter.mask(out, (runs, row) => measures.add(runs, pixels, (row - first) * width));
    await mask.writer.write(out);
    await counter.next();
  }
  return measures;
}

async function writeLabels(files: JobFiles, run: Run, volumes: readonly LabelledRows[]) {
  const { reader, rows, counter, input } = run;
  const wide = volumes.some(({ count }) => count > 65535);
  const labels = await files.create(`${input.id}-labels`, maskInfo(reader, 'labels', wide ? 'uint32' : 'uint16'), {
    foreground: NON_ZERO,
  });
  const width = reader.shape[4];
  for (const [t, objects] of volumes.entries()) {
    const painter = new ObjectPainter(objects);
    for (const band of bandsOf(reader, t, rows)) {
      const out = wide ? new Uint32Array(band.rows * width) : new Uint16Array(band.rows * width);
      painter.labels(out);
      await labels.writer.write(out);
      await counter.next();
    }
    objects.close();
  }
  return labels.finish(input.id);
}

async function metricsOf(files: JobFiles, run: Run, found: readonly Found[], tracked: TrackedObjects | null) {
  const { input, reader, raw, counter } = run;
  const { pixelSize, scale = 1 } = reader.desc;
  const thresholds = found.map(({ threshold }) => threshold * scale);
  const records = function* (): Generator<ObjectRecord, void, void> {
    for (const [t, { measures }] of found.entries()) {
      for (const row of measures.rows(pixelSize)) {
        const track = tracked?.tracks[t][row.label - 1];
        const identity = tracked && track ? { label: track, parent: tracked.parents[track - 1] } : {};
        yield found.length > 1 ? { t, ...row, ...identity } : row;
      }
    }
  };
  const total = found.reduce((sum, { objects }) => sum + objects.count, 0);
  return {
    method: input.settings.method,
    threshold: thresholds.every((value) => value === thresholds[0]) ? thresholds[0] : null,
    thresholds,
    minSize: run.minSize,
    foreground: foregroundShare(run, found),
    objects: await objectMetrics(files, input.id, total, records, () => counter.turn()),
    ...(tracked ? { tracks: tracked.parents.length, reach: tracked.reach } : {}),
    intensityChannel: raw ? raw.desc.channels[0].name : null,
  };
}

/** Which voxels of a band the files of the image and of the raw image it came from hold. */
function heldIn({ reader, raw }: Run, { t, z, y, rows }: Band): Coverage {
  const of = (image: ImageReader): Coverage => {
    const block: Region = { start: [t, 0, z, y, 0], size: [1, 1, 1, rows, image.shape[4]] };
    return ofAnyChannel(image, image.shape[1], block);
  };
  return raw ? ofBoth(of(reader), of(raw)) : of(reader);
}

/** How many voxels of a time point are held. */
function heldVoxels(run: Run, t: number): number {
  const { reader, rows, held } = run;
  let sum = held.get(t) ?? 0;
  if (held.has(t)) return sum;
  for (const band of bandsOf(reader, t, rows)) sum += heldCount(heldIn(run, band), band.rows * reader.shape[4]);
  held.set(t, sum);
  return sum;
}

function voxelsOf({ shape: [, , depth, height, width] }: ImageReader): number {
  return depth * height * width;
}

/** The bands of one time point. */
function* bandsOf({ shape: [, , ...zyx] }: ImageReader, t: number, rows: number): Generator<Band> {
  for (const band of imageBands([1, 1, ...zyx], rows)) yield { ...band, t };
}

function maskInfo<D extends 'uint8' | 'uint16' | 'uint32'>({ shape, desc }: ImageReader, name: string, dtype: D) {
  const { pixelSize, acquisition } = desc;
  return { shape, dtype, channels: [{ index: 0, name }], pixelSize, acquisition } satisfies WriteInfo;
}

/** Of the voxels that are held. */
function foregroundShare(run: Run, found: readonly Found[]): number {
  let pixels = 0;
  for (const { objects } of found) for (let label = 1; label <= objects.count; label++) pixels += objects.size[label];
  const held = found.reduce((sum, _, t) => sum + heldVoxels(run, t), 0);
  return held > 0 ? pixels / held : 0;
}
