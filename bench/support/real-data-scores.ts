import type { EvaluateMetrics } from '../../src/jobs/job-types';
import type { FlowEvent } from '../../test/flows/support/node-red-process';
import type { RealDataLine } from './real-data-lines';

const SCORES = ['dice', 'iou', 'precision', 'recall', 'objectAp'] as const;
type Scores = RealDataLine['mean'];

/** What a flow's test images scored. */
export interface SequenceScores {
  mean: Scores;
  images: Array<Scores & { id: string; objects: EvaluateMetrics['objects']; predictedDice: number | null }>;
  /** mean over the images of |foretold Dice - Dice|; null: none was foretold */
  predictedError: number | null;
}

/** Finds what a node sent from one of its outputs. */
export function sentBy(node: string, output: number): (event: FlowEvent) => boolean {
  return ({ type, id, port }) => type === 'sent' && id === node && port === output;
}

/**
 * Gathers the scores of each image from what `predict-node` and `evaluate-node` sent.
 * @throws Error where an image failed or none came
 */
export function scoresOf(events: readonly FlowEvent[]): SequenceScores {
  const summary = events.find(sentBy('evaluate-node', 1))?.msg.payload as { count: number; failed: unknown[] };
  if (summary.failed.length > 0) throw new Error(`real-data: ${JSON.stringify(summary.failed)}`);
  const foretold = new Map(
    events.filter(sentBy('predict-node', 0)).map(({ msg }) => {
      const { predicted } = msg.metrics as { predicted?: { dice: number } | null };
      return [idOf(msg.payload), predicted?.dice ?? null];
    }),
  );
  const images = events.filter(sentBy('evaluate-node', 0)).map(({ msg }) => {
    const metrics = msg.metrics as EvaluateMetrics;
    const id = idOf(msg.payload);
    return { id, ...pick(metrics), objects: metrics.objects, predictedDice: foretold.get(id) ?? null };
  });
  if (images.length === 0 || images.length !== summary.count)
    throw new Error(`real-data: ${images.length} images were scored of ${summary.count}`);
  const errors = images.flatMap(({ dice, predictedDice }) =>
    predictedDice === null ? [] : [Math.abs(predictedDice - dice)],
  );
  const mean = Object.fromEntries(SCORES.map((score) => [score, meanOf(images.map((image) => image[score]))]));
  return { mean: mean as Scores, images, predictedError: errors.length > 0 ? meanOf(errors) : null };
}

function idOf(payload: unknown): string {
  return (payload as { id: string }).id;
}

function pick({ dice, iou, precision, recall, objectAp }: EvaluateMetrics): Scores {
  return { dice, iou, precision, recall, objectAp };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
