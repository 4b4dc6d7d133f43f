import type { Random } from '../base/random';
import { blur } from './blur';
import { logUniform } from './geometry';
import { addNormal } from './normal-table';
import type { Zyx } from './plan';
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

/** mean + factor (v - mean). */
export function changeContrast(values: Float32Array, factor: number): void {
  const { mean } = statistics(values);
  for (let i = 0; i < values.length; i++) values[i] = mean + factor * (values[i] - mean);
}

/** ((v - min) / (max - min)) ** exponent, then mean and deviation as before; `inverted`: of the negative. */
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
