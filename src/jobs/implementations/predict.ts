import { aboutImages } from '../../formats/described-file';
import { HeldRows } from '../../image/coverage';
import { fitChannels } from '../../inference/check-image';
import { predictImage, probabilityInfo } from '../../inference/predict-image';
import { ModelCache, openSession, sessionKey } from '../../inference/sessions';
import { UncertaintyMeter, uncertaintyOf } from '../../metrics/uncertainty';
import { ProbabilityMeter, predictedOverlap } from '../../trust/predicted';
import { secondsSince } from '../io/bands';
import { JobFiles } from '../io/job-files';
import { chooseEngine, findModel } from '../io/model-and-engine';
import { ownGrid, rescaledGrid } from '../io/prediction-grid';
import type { JobImplementation } from '../protocol';

/** Models stay warm from message to message: this process serves one set of compute settings. */
const sessions = new ModelCache();

/**
 * Predicts the probability map of an image, [t, 1, z, y, x], or [t, 3, z, y, x] by a model that tells objects apart, streaming rows from file to file: float32, of a large image
 * uint16 with a scale of 1/65535.
 */
export const predictJob: JobImplementation<'predict'> = (
  { image, model, overlap, mirror, rescale, compute },
  context,
) =>
  JobFiles.use(context, async (files) => {
    const start = performance.now();
    const found = await findModel(files, context.settings, model);
    const { reference, card } = found;
    const fitted = fitChannels(card, await files.image(image));
    const reader = await files.open(fitted.image);
    const engine = await chooseEngine(compute);
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
    const metrics = {
      seconds: secondsSince(start),
      tiles,
      ...(grid.rescaled ? { rescaled: grid.rescaled } : {}),
      warnings: [...found.warnings, ...fitted.warnings, ...grid.warnings, ...warnings, ...moved],
      notes: fitted.notes,
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
    return { probability, model: reference, metrics };
  });
