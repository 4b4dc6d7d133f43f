import type { NormalisationRule } from '../../image/normalisation';

/** A named operation of the bioimage.io specification. */
export interface Operation {
  id: string;
  kwargs?: Record<string, unknown>;
}

/** The specification's epsilons lie above 0; so small a one changes no image. */
const LEAST_EPSILON = 1e-9;
/** The specification's smallest standard deviation. */
const LEAST_STD = 1e-6;

/**
 * Says a normalisation in operations of the specification 0.5, each channel of each image by itself.
 * @param axes of space
 * @returns null where it has none for it
 */
export function operationsOf(rule: NormalisationRule, axes: readonly string[]): Operation[] | null {
  const clip: Operation = { id: 'clip', kwargs: { min: 0, max: 1 } };
  switch (rule.method) {
    case 'background-contrast':
      return null;
    case 'none':
      return [];
    case 'fixed':
      return [fixedOperation(rule.mean, rule.std)];
    case 'percentile-range': {
      const scaled = scaleRange(rule.low, rule.high, rule.epsilon, axes);
      return rule.isClipped ? [scaled, clip] : [scaled];
    }
    case 'percentile-zscore': {
      const kwargs = { axes, eps: Math.max(LEAST_EPSILON, rule.epsilon ?? 0) };
      const moments: Operation = { id: 'zero_mean_unit_variance', kwargs };
      // A z-score does not change with offset and scale of what it is of.
      return rule.low === 0 && rule.high === 100
        ? [moments]
        : [scaleRange(rule.low, rule.high, 0, axes), clip, moments];
    }
  }
}

function scaleRange(low: number, high: number, epsilon: number, axes: readonly string[]): Operation {
  const kwargs = { axes, min_percentile: low, max_percentile: high, eps: Math.max(LEAST_EPSILON, epsilon) };
  return { id: 'scale_range', kwargs };
}

function fixedOperation(mean: number[], std: number[]): Operation {
  const count = Math.max(mean.length, std.length);
  const all = (numbers: number[]) => Array.from({ length: count }, (_, i) => numbers[numbers.length === 1 ? 0 : i]);
  const [means, stds] = [all(mean), all(std)];
  const along = count === 1 ? {} : { axis: 'channel' };
  const plain = (numbers: number[]) => (count === 1 ? numbers[0] : numbers);
  if (stds.every((value) => value >= LEAST_STD)) {
    return { id: 'fixed_zero_mean_unit_variance', kwargs: { mean: plain(means), std: plain(stds), ...along } };
  }
  const gain = plain(stds.map((value) => 1 / value));
  return { id: 'scale_linear', kwargs: { gain, offset: plain(means.map((value, i) => -value / stds[i])), ...along } };
}
