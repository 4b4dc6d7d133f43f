import type { ImageReader, WriteInfo } from '../../formats';
import { bandCount } from '../../image/bands';
import type { ImageDescription } from '../../image/description';
import type { PixelArray } from '../../image/dtype';
import { NON_ZERO } from '../../masks/foreground';
import { checkSameExtent } from '../../masks/planes';
import { foregroundMap } from '../../objects/maps';
import { ObjectMeasures } from '../../objects/object-table';
import { describePrograms } from '../../provenance/programs';
import { type ResultKey, readingOf, resultKey } from '../../samples/result-key';
import { ObjectPainter } from '../../thresholding/components';
import type { LabelledRows, LabelledVolume } from '../../thresholding/labelled-volume';
import { RunRoom } from '../../thresholding/runs';
import { BandCounter, requireOneChannel, rowsOfBands, secondsSince } from '../io/bands';
import { JobFiles, type ScratchImage } from '../io/job-files';
import { hashOfImage, knownOrMade } from '../io/known';
import { limitsOf } from '../io/limits';
import { objectMetrics } from '../io/objects/object-metrics';
import { type TrackedObjects, trackObjects } from '../io/objects/tracked-objects';
import { automaticThreshold, foregroundRuns } from '../io/thresholding/foreground-runs';
import { bandsOfTime, HeldVoxels } from '../io/thresholding/held-voxels';
import { objectsOfForeground } from '../io/thresholding/objects-of-foreground';
import {
  type StatedThreshold,
  smallestObject,
  statedDivision,
  statedThreshold,
} from '../io/thresholding/stated-threshold';
import type { JobInput } from '../job-types';
import type { JobContext, JobImplementation } from '../protocol';
import type { ObjectRecord, ThresholdMetrics } from '../results';

type Context = JobContext<'threshold'>;

/** Tracks of divisions that a message names. */
const MOST_DAUGHTERS = 10_000;

/** One thresholding: what is read, and how its bands are counted. */
interface Run {
  input: JobInput<'threshold'>;
  /** voxels; smaller objects go */
  minSize: number;
  reader: ImageReader;
  raw: ImageReader | null;
  /** rows of a band */
  rows: number;
  counter: BandCounter;
  signal: AbortSignal;
  held: HeldVoxels;
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
    const stated = await statedThreshold(files, input, reader.desc.scale ?? 1, context);
    const opened: Opened = { input, reader, raw, stated, context };
    const key = choice ? await keyOf(files, opened) : null;
    const made = await knownOrMade(files, { key, choice, id }, context, () => makeMask(files, opened));
    const { images, known } = made;
    const warnings = [...(made.metrics.warnings ?? []), ...stated.warnings];
    const metrics = {
      ...made.metrics,
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(known === null ? {} : { known }),
    };
    return { mask: images.mask, ...(images.labels ? { labels: images.labels } : {}), metrics, ...(key ? { key } : {}) };
  });

/** What a thresholding begins with. */
interface Opened extends Pick<Run, 'input' | 'reader' | 'raw'> {
  stated: StatedThreshold;
  context: Context;
}

async function keyOf(files: JobFiles, { input, reader, raw, stated, context }: Opened): Promise<ResultKey | null> {
  const { signal } = context;
  const hash = await hashOfImage(files, reader, signal);
  const rawHash = raw && (await hashOfImage(files, raw, signal));
  if (hash === null || (raw && rawHash === null)) return null;
  const { objects, smallestObject, pixelSize } = stated.card ?? {};
  return resultKey('threshold', hash, stated.model, {
    settings: input.settings,
    ...{ threshold: stated.value, card: { objects, smallestObject, pixelSize } },
    image: [input.image, reader.desc].map(readingOf),
    raw: raw && { hash: rawHash, image: readingOf(raw.desc) },
    limits: limitsOf(context),
    programs: await describePrograms(),
  });
}

async function makeMask(files: JobFiles, { input, reader, raw, stated: { value, card }, context }: Opened) {
  const start = performance.now();
  const { settings, id } = input;
  const { signal } = context;
  const division = await statedDivision(files, input, card);
  const minSize = settings.minSize ?? smallestObject(card, division, reader.desc);

  const rows = rowsOfBands(raw ? [reader, raw] : [reader], reader.shape, context);
  const passes = 2 + (value === null ? 1 : 0) + (settings.label ? 1 : 0);
  const isFollowed = settings.label && settings.track && reader.shape[0] > 1;
  const steps = bandCount(reader.shape, rows) * passes + (isFollowed ? reader.shape[0] : 0);
  const counter = new BandCounter(steps, 'thresholding', context);
  const { folder } = files.scratch;
  const room = new RunRoom(limitsOf(context).runBytes, folder);
  const held = new HeldVoxels(reader, raw, rows);
  const run: Run = { input, minSize, reader, raw, rows, counter, signal, held };
  const seek = { reader, settings, held, rows, room, counter, signal };
  const divide = { reader, minSize, counter, room, folder, blockVoxels: limitsOf(context).objectVoxels, signal };
  const warnings: string[] = [];
  const warn = (warning: string) => warnings.push(warning);
  try {
    const found: Found[] = [];
    const mask = await files.create(`${id}-mask`, maskInfo(reader, 'mask', 'uint8'), { foreground: NON_ZERO });
    for (let t = 0; t < reader.shape[0]; t++) {
      const threshold = value ?? (await automaticThreshold(seek, t));
      const runs = await foregroundRuns(seek, t, threshold);
      const objects = await objectsOfForeground(runs, t, division, { ...divide, warn });
      found.push({ threshold, objects, measures: await writeMask(run, t, objects, mask) });
      if (!settings.label) objects.close();
    }
    const images: Record<string, ImageDescription> = { mask: await mask.finish(id) };
    const tracked = isFollowed ? await trackObjects(reader.desc, found, counter) : null;
    const volumes: LabelledRows[] = tracked?.volumes ?? found.map(({ objects }) => objects);
    if (settings.label) {
      const labels = await writeLabels(files, run, volumes);
      images.labels = tracked ? { ...labels, ...parentsOf(tracked) } : labels;
    }
    const measured = await metricsOf(files, run, found, tracked);
    const told = warnings.length > 0 ? { warnings } : {};
    const metrics: ThresholdMetrics = { ...measured, ...told, seconds: secondsSince(start) };
    const { file } = metrics.objects;
    return { images, metrics, others: file === null ? [] : [file] };
  } finally {
    room.close();
  }
}

/** Writes a time point of the mask, and measures its objects on the way. */
async function writeMask(run: Run, t: number, objects: LabelledVolume, mask: ScratchImage): Promise<ObjectMeasures> {
  const { reader, raw, rows, counter, signal } = run;
  const [, , , height, width] = reader.shape;
  // What costs more is measured where people want to know of each object.
  const shapes = run.input.settings.label;
  const channels = raw ? (shapes ? raw.shape[1] : 1) : 0;
  const measures = new ObjectMeasures(objects, { channels, shapes });
  const painter = new ObjectPainter(objects);
  for (const band of bandsOfTime(reader, t, rows)) {
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
    for (const band of bandsOfTime(reader, t, rows)) {
      const out = wide ? new Uint32Array(band.rows * width) : new Uint16Array(band.rows * width);
      painter.labels(out);
      await labels.writer.write(out);
      await counter.next();
    }
    objects.close();
  }
  return labels.finish(input.id);
}

/** What a description of labels says of divisions: it is cloned at every fork of a wire. */
function parentsOf({ parents }: TrackedObjects): Pick<ImageDescription, 'parents' | 'notes'> {
  const divided: Record<string, number> = {};
  for (const [i, parent] of parents.entries()) if (parent > 0) divided[i + 1] = parent;
  const daughters = Object.keys(divided).length;
  if (daughters <= MOST_DAUGHTERS) return { parents: divided };
  return { notes: [`${daughters} tracks came of divisions; of which stands in the table of threshold alone`] };
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

function maskInfo<D extends 'uint8' | 'uint16' | 'uint32'>({ shape, desc }: ImageReader, name: string, dtype: D) {
  const { pixelSize, acquisition } = desc;
  return { shape, dtype, channels: [{ index: 0, name }], pixelSize, acquisition } satisfies WriteInfo;
}

/** Of the voxels that are held. */
function foregroundShare(run: Run, found: readonly Found[]): number {
  let pixels = 0;
  for (const { objects } of found) for (let label = 1; label <= objects.count; label++) pixels += objects.size[label];
  const held = found.reduce((sum, _, t) => sum + run.held.of(t), 0);
  return held > 0 ? pixels / held : 0;
}
