import type { Engine } from '../../engines/engine';
import type { ImageReader } from '../../formats';
import { aboutImages } from '../../formats/described-file';
import { HeldRows } from '../../image/coverage';
import { fitChannels } from '../../inference/check-image';
import { predictImage, probabilityInfo } from '../../inference/predict-image';
import { ModelCache, openSession, sessionKey } from '../../inference/sessions';
import { UncertaintyMeter, uncertaintyOf } from '../../metrics/uncertainty';
import type { ResolvedModel } from '../../models/resolve';
import { describePrograms } from '../../provenance/programs';
import { type ResultKey, readingOf, resultKey } from '../../samples/result-key';
import { ProbabilityMeter, predictedOverlap } from '../../trust/predicted';
import { secondsSince } from '../io/bands';
import { JobFiles } from '../io/job-files';
import { hashOfImage, knownOrMade } from '../io/known';
import { limitsOf } from '../io/limits';
import { chooseEngine, findModel } from '../io/model-and-engine';
import { ownGrid, rescaledGrid } from '../io/prediction-grid';
import type { JobInput } from '../job-types';
import type { JobContext, JobImplementation } from '../protocol';
import type { PredictMetrics } from '../results';

/** Models stay warm from message to message: this process serves one set of compute settings. */
const sessions = new ModelCache();

/**
 * Predicts the probability map of an image, [t, 1, z, y, x], or [t, 3, z, y, x] by a model that tells objects apart,
 * streaming rows from file to file: float32, of a large image uint16 with a scale of 1/65535.
 */
export const predictJob: JobImplementation<'predict'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const { image, known: choice } = input;
    const found = await findModel(files, context.settings, input.model);
    const fitted = fitChannels(found.card, await files.image(image));
    const reader = await files.open(fitted.image);
    const engine = await chooseEngine(input.compute);
    const opened: Opened = { input, found, reader, engine, context };
    const key = choice ? await keyOf(files, opened) : null;
    const made = await knownOrMade(files, { key, choice, id: image.id }, context, () => makeMap(files, opened));
    const metrics = {
      ...made.metrics,
      warnings: [...found.warnings, ...fitted.warnings, ...made.metrics.warnings],
      notes: fitted.notes,
      ...(made.known === null ? {} : { known: made.known }),
    };
    const { probability } = made.images;
    return { probability, model: found.reference, metrics, ...(key ? { key } : {}) };
  });

/** What a prediction begins with. */
interface Opened {
  input: JobInput<'predict'>;
  found: ResolvedModel;
  reader: ImageReader;
  engine: Engine;
  context: JobContext<'predict'>;
}

async function keyOf(files: JobFiles, { input, found, reader, engine, context }: Opened): Promise<ResultKey | null> {
  const hash = await hashOfImage(files, reader, context.signal);
  if (hash === null) return null;
  const { overlap, mirror = false, rescale = false, compute } = input;
  // A model that is renamed, or moved, is the same.
  const { name: _, formerNames: __, version: ___, ...card } = found.card;
  const { precision, memoryMB } = compute;
  return resultKey('predict', hash, found.content, {
    ...{ overlap, mirror, rescale, card },
    image: readingOf(reader.desc),
    compute: { engine: engine.name, device: engine.device, threads: engine.threads, precision, memoryMB },
    limits: limitsOf(context),
    programs: await describePrograms(),
  });
}

async function makeMap(files: JobFiles, { input, found, reader, engine, context }: Opened) {
  const start = performance.now();
  const { image, overlap, mirror, rescale, compute } = input;
  const { card } = found;
  const type = files.isLarge(reader.shape, 'float32') ? 'uint16' : 'float32';
  const written = probabilityInfo(reader.desc, type, card.outputs);
  const result = await files.create(`${image.id}-probability`, written);
  const meter = new UncertaintyMeter(written.scale ?? 1, `probability of ${image.id}`);
  const counted = card.calibration ? new ProbabilityMeter(written.scale ?? 1) : null;
  const { signal, progress } = context;
  const heldRows = written.channels.map(() => new HeldRows(reader, reader.shape));
  const write = (rows: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>, channel: number) => {
    heldRows[channel].blankOthers(rows);
    if (channel === 0) {
      meter.add(rows);
      counted?.add(rows);
    }
    return result.writer.write(rows);
  };
  const grid = rescale ? await rescaledGrid(files, reader, card, type, write, context) : ownGrid(reader, write);
  const predicting = sessions.use(
    sessionKey(found.content, engine),
    () => openSession(engine, found),
    async (session) => {
      const info = await predictImage({
        image: grid.image,
        reader: grid.reader,
        card,
        session,
        overlap,
        mirror,
        memoryMB: compute.memoryMB,
        write: grid.write,
        type,
        scratchFolder: files.scratch.folder,
        signal,
        progress,
      });
      return { info, moved: session.warnings ?? [] };
    },
  );
  const { info, moved } = await aboutImages([reader.desc], () => predicting);
  await grid.finish();
  const probability = await result.finish(image.id);
  const { tiles, warnings, normalisation, unlike } = info;
  counted?.leaveOut(heldRows[0].blanked);
  const metrics: PredictMetrics = {
    seconds: secondsSince(start),
    tiles,
    ...(grid.rescaled ? { rescaled: grid.rescaled } : {}),
    warnings: [...grid.warnings, ...warnings, ...moved],
    notes: [],
    normalisation,
    uncertainty: uncertaintyOf(meter.result()),
    ...(card.calibration && counted
      ? { predicted: predictedOverlap(counted.result(), card.calibration, card.threshold) }
      : {}),
    ...(unlike ? { unlike } : {}),
    engine: engine.name,
    device: engine.device,
    threads: engine.threads,
  };
  // What the engine did in another way than it was asked to is not what the key says.
  return { images: { probability }, metrics, isAsKeyed: moved.length === 0 };
}
