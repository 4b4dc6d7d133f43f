import type { GraphBuilder } from '../graph/builder';
import type { Node } from '../graph/ops';
import type { Loss } from './spec';

const DICE_EPSILON = 1e-5;

/** A batch of which the loss is given a part only. */
export interface WholeBatch {
  items: number;
  /** the sum of all weights, one value */
  weight: Node;
}

/**
 * Soft Dice per item, averaged over the batch: 1 - (2 sum(w p t) + e) / (sum(w p) + sum(w t) + e), p = sigmoid(logit).
 * `dice+bce` adds sum(w bce) / sum(w) over the whole batch. The weights multiply probabilities and targets, never
 * logits, so a perfect prediction costs 0 however much is excluded.
 * @param logits [n, 1, (z,) y, x]; target and weight likewise
 * @param batch where the items are a part of it: what they add to its loss, so that the parts' sum is the loss
 * @returns one value, every axis of size 1
 */
export function lossOf(
  g: GraphBuilder,
  loss: Loss,
  logits: Node,
  target: Node,
  weight: Node,
  batch: WholeBatch = { items: logits.shape[0], weight: g.sumAll(weight) },
  smoothing = DICE_EPSILON,
  whole = false,
): Node {
  const share = logits.shape[0] / batch.items;
  const weightedTarget = g.multiply(weight, target);
  const p = g.node('sigmoid', [logits], {});
  const epsilon = g.scalar(smoothing);
  const sums = (x: Node) => (whole ? g.sumAll(x) : g.sumPerItem(x));
  const overlap = g.add(g.scale(sums(g.multiply(weightedTarget, p)), 2), epsilon);
  const total = g.add(g.add(sums(g.multiply(weight, p)), sums(weightedTarget)), epsilon);
  const dice = g.subtract(g.scalar(share), g.scale(g.sumAll(g.divide(overlap, total)), whole ? 1 : 1 / batch.items));
  if (loss === 'dice') return dice;
  // -t log p - (1 - t) log(1 - p) = softplus(logit) - t logit
  const crossEntropy = g.subtract(g.node('softplus', [logits], {}), g.multiply(target, logits));
  const mean = g.divide(g.sumAll(g.multiply(weight, crossEntropy)), g.add(batch.weight, g.scalar(1e-12)));
  return g.add(dice, mean);
}
