import { Random } from '../../src/base/random';
import type { PixelSize } from '../../src/image/description';
import { count, type Shape5 } from '../../src/image/region';
import { gaussianBlur, takeImage } from '../../src/simulation/microscope';
import type { Scene } from './rare-scenes';

const SIZE = [40, 128, 128] as const;
/** Distance of two planes in pixels of y and x. */
const APART = 1.5;
const MICRONS = 0.3;
export const WALL_SPACING: PixelSize = { z: MICRONS * APART, y: MICRONS, x: MICRONS };
const CELLS = 60;
const THICKNESS = 2.2;
/** Bright bodies within the cells, which are no wall. */
const BODIES = 40;

/**
 * Simulates a stack of stained cell walls, which have nothing roundish: where the nearest two of randomly placed cells are about as far away
 * (Voronoi), each wall as bright as its pair of cells has it, among bright bodies. For what is chosen by nuclei and shall not harm others.
 */
export function wallScene(seed: number): Scene {
  const shape: Shape5 = [1, 1, ...SIZE];
  const [depth, height, width] = SIZE;
  const random = new Random(seed, 21);
  const place = () => [random.range(0, depth * APART), random.range(0, height), random.range(0, width)];
  const cells = Array.from({ length: CELLS }, place);
  const bodies = Array.from({ length: BODIES }, () => ({ at: place(), radius: random.range(2, 5) }));
  const light = new Float32Array(count(shape));
  const mask = new Uint8Array(light.length);
  for (let i = 0; i < light.length; i++) {
    const at = [Math.floor(i / (height * width)) * APART, Math.floor(i / width) % height, i % width];
    const wall = nearestTwo(cells, at);
    if (wall.difference < THICKNESS) {
      mask[i] = 255;
      light[i] = new Random(seed, 22, wall.pair).range(0.15, 1);
    } else if (bodies.some((body) => distance(body.at, at) < body.radius)) light[i] = 0.9;
    else light[i] = 0.12;
  }
  const grain = Float32Array.from(light, () => random.normal());
  gaussianBlur(grain, shape, [1, 1.5, 1.5]);
  const raw = takeImage(
    light.map((value, i) => value * Math.max(0.2, 1 + 1.5 * grain[i])),
    shape,
    {
      ...{ blur: [1.2, 1.2, 1.2], photons: 25, background: 6, unevenness: 0.5 },
      ...{ gain: 8, offset: 100, readNoise: 8, seed },
    },
  );
  return { id: `walls-${seed}`, shape, raw, mask };
}

function nearestTwo(cells: readonly number[][], at: readonly number[]): { difference: number; pair: number } {
  let [first, second, nearest, next] = [0, 0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const [cell, centre] of cells.entries()) {
    const far = distance(centre, at);
    if (far < nearest) [second, next, first, nearest] = [first, nearest, cell, far];
    else if (far < next) [second, next] = [cell, far];
  }
  return { difference: next - nearest, pair: CELLS * Math.min(first, second) + Math.max(first, second) };
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
