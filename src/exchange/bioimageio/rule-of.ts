import { show, UnsupportedError } from '../../base/errors';
import type { NormalisationRule } from '../../image/normalisation';
import type { ModelCard } from '../../models/card';
import type { Operation } from './operations';
import type { PackageTensor } from './package-model';

/** A statistic is not changed by less than this, in units of the range that it is scaled to. */
const LITTLE = 1e-5;
/** What leaves numbers as they are: all is computed in float32. */
const FLOATS = ['float32', 'float64'];

/**
 * Finds the normalisation that the operations of a package's input are.
 * @param channels of the input
 * @param file names the package in errors
 * @throws UnsupportedError naming the operations that there is no such normalisation for
 */
export function ruleOf({ operations, axes, id }: PackageTensor, channels: number, file: string): NormalisationRule {
  const steps = operations.filter((step) => !isCast(step));
  const refuse = (what: string): never => {
    throw new UnsupportedError(file, `preprocessing ${what}`);
  };
  const names = steps.map((step) => step.id).join(', ');
  for (const step of steps) checkAxes(step, { axes, id, channels, refuse });
  if (steps.length === 0) return { method: 'none' };
  if (steps.every((step) => isLinear(step))) return composed(steps, channels, refuse);

  const kwargs = steps.map((step) => step.kwargs ?? {});
  const number = (value: unknown, usual: number) => (typeof value === 'number' ? value : usual);
  const percentiles = ({ min_percentile, max_percentile }: Record<string, unknown>) => ({
    low: number(min_percentile, 0),
    high: number(max_percentile, 100),
  });
  if (names === 'zero_mean_unit_variance') {
    return { method: 'percentile-zscore', low: 0, high: 100, epsilon: number(kwargs[0].eps, 1e-6) };
  }
  if (names === 'scale_range' || (names === 'scale_range, clip' && isUnitClip(steps[1]))) {
    const epsilon = number(kwargs[0].eps, 1e-6);
    return { method: 'percentile-range', ...percentiles(kwargs[0]), epsilon, isClipped: steps.length === 2 };
  }
  if (names === 'scale_range, clip, zero_mean_unit_variance' && isUnitClip(steps[1])) {
    const epsilons = [kwargs[0], kwargs[2]].map(({ eps }) => number(eps, 1e-6));
    if (epsilons.every((epsilon) => epsilon <= LITTLE)) {
      return { method: 'percentile-zscore', ...percentiles(kwargs[0]) };
    }
  }
  const { min, max } = kwargs[0];
  const isOfPercentiles = typeof min !== 'number' && typeof max !== 'number';
  if (names === 'clip, zero_mean_unit_variance' && isOfPercentiles) {
    return { method: 'percentile-zscore', ...percentiles(kwargs[0]), epsilon: number(kwargs[1].eps, 1e-6) };
  }
  return refuse(
    `${describe(steps)}; expected nothing, zero_mean_unit_variance, scale_range (with clip from 0 to 1), clip at percentiles and zero_mean_unit_variance, or fixed numbers`,
  );
}

/** What the operations of a package's output make of it: probabilities of which one channel is the structure. */
export interface OutputRule {
  activation: NonNullable<ModelCard['output']['activation']>;
  /** where it is made a mask; null: it is none */
  threshold: number | null;
}

/**
 * Finds what the operations of a package's output are.
 * @throws UnsupportedError naming the operations that there is no place for
 */
export function outputRuleOf({ operations, axes }: PackageTensor, file: string): OutputRule {
  const steps = operations.filter((step) => !isCast(step));
  const last = steps.at(-1);
  const threshold = last?.id === 'binarize' ? last.kwargs?.threshold : null;
  const before = last?.id === 'binarize' ? steps.slice(0, -1) : steps;
  const isWhole = threshold === null || typeof threshold === 'number';
  const channel = axes.find(({ letter }) => letter === 'c')?.id;
  const [first] = before;
  if (isWhole && before.length === 0) return { activation: 'none', threshold };
  if (isWhole && before.length === 1 && first.id === 'sigmoid') return { activation: 'sigmoid', threshold };
  if (isWhole && before.length === 1 && first.id === 'softmax' && (first.kwargs?.axis ?? 'channel') === channel) {
    return { activation: 'softmax', threshold };
  }
  throw new UnsupportedError(
    file,
    `postprocessing ${describe(steps)}; expected nothing, sigmoid or softmax over channels, and binarize`,
  );
}

function isCast({ id, kwargs }: Operation): boolean {
  return id === 'ensure_dtype' && FLOATS.includes(String(kwargs?.dtype));
}

function isLinear({ id }: Operation): boolean {
  return id === 'scale_linear' || id === 'fixed_zero_mean_unit_variance';
}

function isUnitClip({ kwargs = {} }: Operation): boolean {
  return kwargs.min === 0 && kwargs.max === 1;
}

function describe(steps: readonly Operation[]): string {
  return (
    steps.map(({ id, kwargs = {} }) => (Object.keys(kwargs).length > 0 ? `${id} ${show(kwargs)}` : id)).join(', ') ||
    'nothing'
  );
}

interface Around {
  axes: PackageTensor['axes'];
  /** of the tensor */
  id: string;
  channels: number;
  refuse: (what: string) => never;
}

/** A statistic is that of all pixels of a channel, of one image. */
function checkAxes({ id: name, kwargs = {} }: Operation, { axes, id, channels, refuse }: Around): void {
  if (name !== 'zero_mean_unit_variance' && name !== 'scale_range' && name !== 'clip') return;
  const { axes: given, reference_tensor: reference } = kwargs;
  if (reference !== undefined && reference !== null && reference !== id) {
    refuse(`${name} by the statistics of ${show(reference)}; expected those of ${id}`);
  }
  const isPlain = name === 'clip' && kwargs.min_percentile === undefined && kwargs.max_percentile === undefined;
  if (isPlain) return;
  const over = Array.isArray(given) ? given.map(String) : axes.map((axis) => axis.id);
  const isOver = (letter: string) => axes.some((axis) => axis.letter === letter && over.includes(axis.id));
  const space = axes.filter(({ letter }) => letter !== 'b' && letter !== 'c');
  if (space.every(({ letter }) => isOver(letter)) && (channels === 1 || !isOver('c'))) return;
  refuse(
    `${name} over the axes ${over.join(', ')}; expected all of ${space.map((axis) => axis.id).join(', ')}, of each channel by itself`,
  );
}

/** Scales one after the other as one: x gain + offset. */
function composed(steps: readonly Operation[], channels: number, refuse: (what: string) => never): NormalisationRule {
  const [gain, offset] = [new Array<number>(channels).fill(1), new Array<number>(channels).fill(0)];
  for (const step of steps) {
    const { kwargs = {} } = step;
    const each = (name: string, usual: number) =>
      gain.map((_, channel) => {
        const value = kwargs[name] ?? usual;
        const own: unknown = Array.isArray(value) ? value[value.length === 1 ? 0 : channel] : value;
        return typeof own === 'number' && Number.isFinite(own) ? own : refuse(`${describe([step])}; expected numbers`);
      });
    const isFixed = step.id === 'fixed_zero_mean_unit_variance';
    const factors = isFixed ? each('std', 1).map((std) => 1 / std) : each('gain', 1);
    const shifts = isFixed ? each('mean', 0).map((mean, i) => -mean * factors[i]) : each('offset', 0);
    for (let channel = 0; channel < channels; channel++) {
      gain[channel] *= factors[channel];
      offset[channel] = offset[channel] * factors[channel] + shifts[channel];
      if (!Number.isFinite(gain[channel]) || gain[channel] === 0) refuse(`${describe([step])}; expected no scale of 0`);
    }
  }
  const one = (numbers: number[]) => (new Set(numbers).size === 1 ? [numbers[0]] : numbers);
  return {
    method: 'fixed',
    mean: one(gain.map((factor, channel) => -offset[channel] / factor + 0)),
    std: one(gain.map((factor) => 1 / factor)),
  };
}
