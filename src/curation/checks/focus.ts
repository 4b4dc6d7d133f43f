import { median } from '../../base/arithmetic';
import type { Check } from './facts';

/** Of fewer images none can be told from the others. */
const FEWEST = 8;
/**
 * Outliers by the modified z-score (B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers, 1993): 0.6745 times
 * the distance from the median over the median distance, beyond 3.5.
 */
const OUTLIER = 3.5;
const SCALE = 0.6745;
/** In a set of nearly equal images a tiny difference is an outlier, but not out of focus. */
const LEAST_RATIO = 0.75;

/** Whether raw images are as sharp as the others of the set: each channel by the plane with the most detail. */
export const checkFocus: Check = (samples) => {
  const channels = Math.max(0, ...samples.map(({ facts }) => facts.raw?.channels.length ?? 0));
  return Array.from({ length: channels }, (_, c) => c).flatMap((c) => {
    const judged = samples.flatMap(({ id, facts }) => {
      const focus = facts.raw?.channels[c]?.focus ?? null;
      return focus === null || focus <= 0 ? [] : [{ id, focus, log: Math.log(focus) }];
    });
    if (judged.length < FEWEST) return [];
    const middle = median(judged.map(({ log }) => log));
    const spread = median(judged.map(({ log }) => Math.abs(log - middle)));
    const typical = Math.exp(middle);
    return judged
      .filter(({ focus, log }) => SCALE * (middle - log) > OUTLIER * spread && focus < LEAST_RATIO * typical)
      .map(({ id, focus }) => ({
        weight: 'warning' as const,
        message: `raw of ${id}${channels > 1 ? `, channel ${c}` : ''} is less sharp than the set: ${focus.toPrecision(2)}, the median is ${typical.toPrecision(2)} (Vollath's F4 over the covariance at one pixel)`,
        samples: [id],
      }));
  });
};
