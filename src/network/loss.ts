import type { GraphBuilder } from '../graph/builder';
import type { Node } from '../graph/ops';
import type { Loss } from './spec';

/** Keeps the Dice of an item without foreground defined, and changes that of no other. */
const NO_SMOOTHING = 1e-5;
/** Keeps a mean over no voxel and the logarithm of 0 defined. */
const NEXT_TO_NOTHING = 1e-12;

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
  /** the sum of the weights in the foreground, one value; absent: foreground is all there is to learn */
  foreground?: Node;
}

/**
 * The loss of a batch: that of the foreground ({@link foregroundLoss}) and, where objects are told apart, that of the
 * distances ({@link distanceLoss}).
 * @param logits [n, 1 or 3, (z,) y, x]; target likewise, weight [n, 1, (z,) y, x]
 * @param batch where the items are a part of it: what they add to its loss, so that the parts' sum is the loss
 * @returns one value, every axis of size 1
 */
export function lossOf(
  g: GraphBuilder,
  form: LossForm,
  logits: Node,
  target: Node,
  weight: Node,
  batch: WholeBatch = { items: logits.shape[0], weight: g.sumAll(weight) },
): Node {
  const [, channels] = logits.shape;
  if (channels === 1) return foregroundLoss(g, form, logits, target, weight, batch);
  // A channel that has no weight adds nothing: nothing is cut out of the logits, which would cost their gradient a pass each.
  const first = g.multiply(
    weight,
    channelsOf(g, logits, (channel) => channel === 0),
  );
  const foreground = foregroundLoss(g, form, logits, target, first, batch);
  return g.add(foreground, distanceLoss(g, logits, target, weight, batch));
}

/**
 * Soft Dice per item, averaged over the batch: 1 - (2 sum(w p t) + e) / (sum(w p) + sum(w t) + e), p = sigmoid(logit),
 * e = `diceSmoothing`.
 * `dice+bce` adds sum(w bce) / sum(w) over the whole batch. The weights multiply probabilities and targets, never
 * logits, so a perfect prediction costs 0 however much is excluded.
 */
function foregroundLoss(
  g: GraphBuilder,
  { loss, diceSmoothing = NO_SMOOTHING }: LossForm,
  logits: Node,
  target: Node,
  weight: Node,
  batch: WholeBatch,
): Node {
  const share = logits.shape[0] / batch.items;
  const weightedTarget = g.multiply(weight, target);
  const p = g.node('sigmoid', [logits], {});
  const epsilon = g.scalar(diceSmoothing);
  const overlap = g.add(g.scale(g.sumPerItem(g.multiply(weightedTarget, p)), 2), epsilon);
  const total = g.add(g.add(g.sumPerItem(g.multiply(weight, p)), g.sumPerItem(weightedTarget)), epsilon);
  const dice = g.subtract(g.scalar(share), g.scale(g.sumAll(g.divide(overlap, total)), 1 / batch.items));
  if (loss === 'dice') return dice;
  const entropy = crossEntropy(g, logits, target);
  const mean = g.divide(g.sumAll(g.multiply(weight, entropy)), g.add(batch.weight, g.scalar(NEXT_TO_NOTHING)));
  return g.add(dice, mean);
}

/**
 * How far both distances inside objects are from the target's, averaged over the foreground of the whole batch:
 * sum(w f D(t, p)) / sum(w f), f the foreground of the target, D(t, p) = t log(t / p) + (1 - t) log((1 - t) / (1 - p)), the cross-entropy
 * less what it has at least (Kullback and Leibler's divergence): after as many steps it tells more objects apart than the squared error
 * (torch-em's DistanceLoss), see "Objects that touch" in bench/README.md.
 */
function distanceLoss(g: GraphBuilder, logits: Node, target: Node, weight: Node, batch: WholeBatch): Node {
  const inside = g.multiply(weight, g.node('slice', [target], { axis: 1, start: 0, end: 1 }));
  const distances = g.multiply(
    inside,
    channelsOf(g, logits, (channel) => channel > 0),
  );
  const rest = g.subtract(g.scalar(1), target);
  const least = g.add(timesItsLog(g, target), timesItsLog(g, rest));
  const divergence = g.add(crossEntropy(g, logits, target), least);
  const voxels = g.add(batch.foreground ?? g.sumAll(inside), g.scalar(NEXT_TO_NOTHING));
  return g.divide(g.sumAll(g.multiply(distances, divergence)), voxels);
}

/** -t log p - (1 - t) log(1 - p) = softplus(logit) - t logit */
function crossEntropy(g: GraphBuilder, logits: Node, target: Node): Node {
  return g.subtract(g.node('softplus', [logits], {}), g.multiply(target, logits));
}

/** x log x, 0 at 0. */
function timesItsLog(g: GraphBuilder, x: Node): Node {
  return g.multiply(x, g.node('log', [g.add(x, g.scalar(NEXT_TO_NOTHING))], {}));
}

/** 1 in some channels of an image and 0 in the others, to be broadcast. */
function channelsOf(g: GraphBuilder, { shape }: Node, isWanted: (channel: number) => boolean): Node {
  const data = Float32Array.from({ length: shape[1] }, (_, channel) => (isWanted(channel) ? 1 : 0));
  return g.node('constant', [], { data, shape: shape.map((n, axis) => (axis === 1 ? n : 1)) });
}
