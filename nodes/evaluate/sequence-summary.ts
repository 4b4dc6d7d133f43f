import type { EvaluateMetrics } from '../../src/jobs/job-types';
import { type SampleScore, type Summary, summarise } from '../../src/metrics/summary';

/** What goes out at the end of a sequence. */
export interface SequenceSummary extends Omit<Summary, 'failed'> {
  /** samples that arrived, failed ones included */
  count: number;
  /** samples that the means are over */
  compared: number;
  failed: Array<{ id: string; node: string; error: string }>;
}

/** A sample's metrics as the summary takes them. */
export function scoreOf(id: string, metrics: EvaluateMetrics): SampleScore {
  const { dice, iou, precision, recall, emptyReference, counts, objects } = metrics;
  return { id, counts, overlap: { dice, iou, precision, recall, emptyReference }, objects };
}

/** What a sequence comes to; failed samples are in no mean, but counted and listed. */
export function summariseSequence(scores: readonly SampleScore[]): SequenceSummary {
  const { count: compared, failed, ...rest } = summarise(scores);
  const reasons = failed.map(({ id, node, message }) => ({ id, node, error: message }));
  return { ...rest, count: scores.length, compared, failed: reasons };
}
