import { InvalidInputError, SegmenterError } from '../../base/errors';
import type { WriteInfo } from '../../formats';
import { NON_ZERO } from '../../masks/foreground';
import { FOREGROUND, makeSureTarget, type SureLimits, UNKNOWN, UNKNOWN_IN_TARGET } from '../../masks/target';
import { foregroundMap } from '../../objects/maps';
import { type PlattMap, uncalibrated } from '../../trust/calibration';
import { forEachBand, requireOneChannel, rowsOfBands, secondsSince } from '../io/bands';
import { JobFiles } from '../io/job-files';
import { findModel } from '../io/model-and-engine';
import type { JobInput } from '../job-types';
import type { JobImplementation } from '../protocol';

/** What counts as sure where nobody says otherwise. */
const SURE: SureLimits = { low: 0.1, high: 0.9 };
/** Where no model says what is foreground. */
const DEFAULT_THRESHOLD = 0.5;

/**
 * Makes a target of a map of probabilities where it is sure: uint8 [t, 1, z, y, x], 0, `UNKNOWN` or 255. What is more
 * probable than the model's threshold is never background, and what is less never foreground. Limits that nobody sets are of
 * probabilities as they are and, where the model's card has a calibration, of calibrated ones too: both have to be sure.
 */
export const pseudoLabelJob: JobImplementation<'pseudo-label'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const start = performance.now();
    const { signal } = context;
    const { id } = input;
    const reader = await files.open(foregroundMap(input.image));
    const { shape, desc } = reader;
    requireOneChannel(shape, `image ${desc.id} to take labels from`);
    const model = input.model === null ? null : await findModel(files, context.settings, input.model);
    const threshold = model?.card.threshold ?? DEFAULT_THRESHOLD;
    const calibration = model?.card.calibration ?? null;
    const limits = sureLimits(input, threshold, calibration);
    const channels = [{ index: 0, name: 'target' }];
    const { pixelSize, acquisition } = desc;
    const info: WriteInfo = { shape, dtype: 'uint8', channels, pixelSize, acquisition };
    const target = await files.create(`${id}-target`, info, { foreground: NON_ZERO, unknown: UNKNOWN_IN_TARGET });
    const counts = { all: 0, known: 0, foreground: 0 };
    await forEachBand(shape, rowsOfBands([reader], shape, context), context, 'taking labels', async (band) => {
      const rows = makeSureTarget(await reader.readRows(band, { signal }), limits, desc.scale ?? 1);
      for (const value of rows) {
        if (value !== UNKNOWN) counts.known++;
        if (value === FOREGROUND) counts.foreground++;
      }
      counts.all += rows.length;
      await target.writer.write(rows);
    });
    if (counts.known === 0) {
      const message = `${id}: no pixel is sure (up to ${limits.low}, or from ${limits.high} on), so that there is nothing to learn from`;
      throw new SegmenterError('invalid-input', message, { id, ...limits });
    }
    const warnings = model?.warnings ?? [];
    return {
      target: await target.finish(id),
      metrics: {
        ...limits,
        threshold,
        isCalibrated: calibration !== null && (input.low === null || input.high === null),
        known: counts.known / counts.all,
        foreground: counts.foreground / counts.known,
        ...(warnings.length > 0 ? { warnings } : {}),
        seconds: secondsSince(start),
      },
    };
  });

/** @throws InvalidInputError where the lower limit is not below the upper one */
function sureLimits(
  { low: askedLow, high: askedHigh }: JobInput<'pseudo-label'>,
  threshold: number,
  calibration: PlattMap | null,
): SureLimits {
  const calibrated = calibration ? [SURE.low, SURE.high].map((share) => uncalibrated(share, calibration)) : [];
  // A calibration was made on images of the training's kind: what it would take beyond these limits nobody has seen of others.
  const low = askedLow ?? Math.min(SURE.low, calibrated[0] ?? 1, threshold, askedHigh ?? 1);
  const high = askedHigh ?? Math.max(SURE.high, calibrated[1] ?? 0, threshold, low);
  if (low >= high) throw new InvalidInputError('high', `more than low (${low})`, high);
  return { low: Math.min(low, threshold), high: Math.max(high, threshold) };
}
