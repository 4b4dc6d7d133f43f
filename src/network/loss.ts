import type { GraphBuilder } from '../graph/builder';
import type { Node } from '../graph/ops';
import type { Loss } from './spec';

/** Keeps the Dice of an item without foreground defined, and changes that of no other. */
const NO_SMOOTHING = 1e-5;

/** What the loss is made of. */
export interface LossForm {
  loss: Loss;
  /**
   * voxels that both sides of each item's Dice have more, where foreground is rare: an item without any is then judged by
   * what is found in it, and one with next to none no more sharply than the others (1e-5)
   */
  diceSmoothing?: number;
}

/** A batch of which the loss is given a part only. */
export interface WholeBatch {
  items: number;
  /** the sum of all weights, one value */
  weight: Node;
}

/**
 * Soft Dice per item, averaged over the batch: 1 - (2 sum(w p t) + e) / (sum(w p) + sum(w t) + e), p = sigmoid(logit),
 * e = `diceSmoothing`.
 * `dice+bce` adds sum(w bce) / sum(w) over the whole batch. The weights multiply probabilities and targets, never
 * logits, so a perfect prediction costs 0 however much is excluded.
 * @param logits [n, 1, (z,) y, x]; target and weight likewise
 * @param batch where the items are a part of it: what they add to its loss, so that the parts' sum is the loss
 * @returns one value, every axis of size 1
 */
export function lossOf(
  g: GraphBuilder,
  { loss, diceSmoothing = NO_SMOOTHING }: LossForm,
  logits: Node,
  target: Node,
  weight: Node,
  batch: WholeBatch = { items: logits.shape[0], weight: g.sumAll(weight) },
): Node {
  const share = logits.shape[0] / batch.items;
  const weightedTarget = g.multiply(weight, target);
  const p = g.node('sigmoid', [logits], {});
  const epsilon = g.scalar(diceSmoothing);
  const overlap = g.add(g.scale(g.sumPerItem(g.multiply(weightedTarget, p)), 2), epsilon);
  const total = g.add(g.add(g.sumPerItem(g.multiply(weight, p)), g.sumPerItem(weightedTarget)), epsilon);
  const dice = g.subtract(g.scalar(share), g.scale(g.sumAll(g.divide(overlap, total)), 1 / batch.items));
  if (loss === 'dice') return dice;
  // -t log p - (1 - t) log(1 - p) = softplus(logit) - t logit
  const crossEntropy = g.subtract(g.node('softplus', [logits], {}), g.multiply(target, logits));
  const mean = g.divide(g.sumAll(g.multiply(weight, crossEntropy)), g.add(batch.weight, g.scalar(1e-12)));
  return g.add(dice, mean);
}
