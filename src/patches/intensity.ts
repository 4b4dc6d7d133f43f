import type { Random } from '../base/random';
import type { Zyx } from '../image/region';
import { blur } from './blur';
import { logUniform } from './geometry';
import type { IntensityRecipe } from './recipe';

/** Steps of the gamma curve's table; linear in between. */
const CURVE_STEPS = 1024;

/**
 * Changes the grey values of one channel of a patch in place, in the order in which a microscope would: blur, noise,
 * brightness, contrast, gamma.
 * @param anisotropy z spacing / y spacing of the voxels
 * @param scratch at least as long as the patch
 */
export function changeIntensity(
  values: Float32Array,
  size: Readonly<Zyx>,
  recipe: IntensityRecipe,
  anisotropy: number,
  random: Random,
  scratch: Float32Array,
): void {
  if (random.chance(recipe.blur.probability)) {
    const sigma = random.range(...recipe.blur.sigma);
    blur(values, size, [size[0] > 1 ? sigma / anisotropy : 0, sigma, sigma], scratch);
  }
  if (random.chance(recipe.noise.probability)) addNormal(values, random.range(...recipe.noise.deviation), random);
  if (random.chance(recipe.brightness.probability)) add(values, random.range(...recipe.brightness.shift));
  if (random.chance(recipe.contrast.probability)) changeContrast(values, random.range(...recipe.contrast.factor));
  if (random.chance(recipe.gamma.probability)) {
    changeGamma(values, logUniform(recipe.gamma.exponent, random), random.chance(recipe.gamma.inverted));
  }
}

function add(values: Float32Array, shift: number): void {
  for (let i = 0; i < values.length; i++) values[i] += shift;
}

/** Sets each value v to mean + factor (v - mean). */
export function changeContrast(values: Float32Array, factor: number): void {
  const { mean } = statistics(values);
  for (let i = 0; i < values.length; i++) values[i] = mean + factor * (values[i] - mean);
}

/**
 * Sets each value v to ((v - min) / (max - min)) ** exponent, then mean and deviation as before; `inverted`: of the
 * negative.
 */
export function changeGamma(values: Float32Array, exponent: number, inverted: boolean): void {
  const before = statistics(values);
  if (before.max <= before.min) return;
  const curve = new Float32Array(CURVE_STEPS + 2);
  for (let i = 0; i <= CURVE_STEPS; i++) {
    const x = i / CURVE_STEPS;
    curve[i] = inverted ? 1 - (1 - x) ** exponent : x ** exponent;
  }
  curve[CURVE_STEPS + 1] = curve[CURVE_STEPS];
  const { min } = before;
  const scale = CURVE_STEPS / (before.max - min);
  for (let i = 0; i < values.length; i++) {
    const position = (values[i] - min) * scale;
    const cell = position | 0;
    values[i] = curve[cell] + (curve[cell + 1] - curve[cell]) * (position - cell);
  }
  const after = statistics(values);
  const factor = after.std > 0 ? before.std / after.std : 1;
  for (let i = 0; i < values.length; i++) values[i] = before.mean + factor * (values[i] - after.mean);
}

function statistics(values: Float32Array): { mean: number; std: number; min: number; max: number } {
  let sum = 0;
  let squares = 0;
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    sum += v;
    squares += v * v;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  const mean = sum / values.length;
  return { mean, std: Math.sqrt(Math.max(0, squares / values.length - mean * mean)), min, max };
}

const ENTRIES = 2 ** 16;
let quantiles: Float32Array | null = null;

/**
 * Adds normal deviates to values, two for each 32 random bits, looked up in a table of 65536 quantiles (so none beyond
 * 4.3 deviations); several times as fast as computing each.
 */
export function addNormal(values: Float32Array, deviation: number, random: Random): void {
  quantiles ??= normalQuantiles();
  const table = quantiles;
  const pairs = values.length - (values.length % 2);
  for (let i = 0; i < pairs; i += 2) {
    const bits = random.bits();
    values[i] += deviation * table[bits & 0xffff];
    values[i + 1] += deviation * table[bits >>> 16];
  }
  if (pairs < values.length) values[pairs] += deviation * table[random.bits() & 0xffff];
}

/**
 * Quantiles at (i + 1/2) / ENTRIES: Acklam's rational approximation of the inverse normal distribution function
 * (2003; relative error below 1.2e-9).
 */
function normalQuantiles(): Float32Array {
  const table = new Float32Array(ENTRIES);
  for (let i = 0; i < ENTRIES; i++) table[i] = inverseNormal((i + 0.5) / ENTRIES);
  return table;
}

const CENTRE_ABOVE = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const CENTRE_BELOW = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1,
];
const TAIL_ABOVE = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_BELOW = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1];
const TAIL = 0.02425;

function inverseNormal(p: number): number {
  if (p > 0.5) return -inverseNormal(1 - p);
  if (p < TAIL) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(TAIL_ABOVE, q) / polynomial(TAIL_BELOW, q);
  }
  const q = p - 0.5;
  return (polynomial(CENTRE_ABOVE, q * q) * q) / polynomial(CENTRE_BELOW, q * q);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((value, coefficient) => value * x + coefficient, 0);
}
