import type { EvaluateMetrics } from '../../src/jobs/job-types';
import { type SampleScore, type Summary, summarise } from '../../src/metrics/summary';
import type { PredictedOverlap } from '../../src/trust/predicted';

/** What goes out at the end of a sequence. */
export interface SequenceSummary extends Omit<Summary, 'failed'> {
  /** samples that arrived, failed ones included */
  count: number;
  /** samples that the means are over */
  compared: number;
  failed: Array<{ id: string; node: string; error: string }>;
}

/** A sample's metrics as the summary takes them, and what was expected of it before there was a truth. */
export function scoreOf(id: string, metrics: EvaluateMetrics, predicted?: PredictedOverlap): SampleScore {
  const { dice, iou, precision, recall, emptyReference, counts, objects, objectApMean, surface, ece } = metrics;
  const overlap = { dice, iou, precision, recall, emptyReference };
  const score = { id, counts, overlap, objects: { ...objects, apMean: objectApMean }, surface, ece };
  return predicted ? { ...score, predictedDice: predicted.dice } : score;
}

/** What a sequence comes to; failed samples are in no mean, but counted and listed. */
export function summariseSequence(scores: readonly SampleScore[]): SequenceSummary {
  const { count: compared, failed, ...rest } = summarise(scores);
  const reasons = failed.map(({ id, node, message }) => ({ id, node, error: message }));
  return { ...rest, count: scores.length, compared, failed: reasons };
}
