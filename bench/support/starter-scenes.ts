import { Random } from '../../src/base/random';
import { count, type Shape5 } from '../../src/image/region';
import { gaussianBlur, takeImage } from '../../src/simulation/microscope';
import { placeNuclei } from '../../src/simulation/nuclei';

type Size = [z: number, y: number, x: number];

/** A simulated image and its objects, C order over `shape`. */
export interface StarterScene {
  shape: Shape5;
  raw: Uint16Array<ArrayBuffer>;
  /** 0 outside, else the number of the object */
  numbers: Uint16Array<ArrayBuffer>;
}

/** What stands in the field: objects by their numbers, and how bright each of their pixels is. */
interface Field {
  shape: Shape5;
  labels: Uint16Array<ArrayBuffer>;
  density: Float32Array;
  /** distance of two planes in pixels */
  apart: number;
  /** smallest half axis of an object in pixels */
  radius: number;
}

const ANISOTROPIES = [1, 1, 1.5, 2, 2.5];

/**
 * Simulates a field of roundish objects as unlike the next one as fields of microscopes are: size, crowding and deformation of
 * the objects, grain of objects and ground, walls around them, smaller objects and threads that are none, contrast of
 * either sign, blur, light and noise are all drawn (domain randomisation, as AnyStar has it: arXiv 2307.07044). Depends on size and seed alone.
 * @param size [z, y, x] in pixels; z = 1 makes a plane
 */
export function starterScene(size: Size, seed: number): StarterScene {
  const random = new Random(seed, 9);
  const field = objectField(size, random, seed);
  const kind = random.uniform();
  const light =
    kind < 0.55
      ? plainLight(field, random, seed)
      : kind < 0.8
        ? walledLight(field, random, seed)
        : amongOthers(field, random, seed);
  if (random.chance(kind >= 0.55 && kind < 0.8 ? 0.35 : 0.2)) invert(light);
  return { shape: field.shape, raw: photographed(light, field, random, seed), numbers: field.labels };
}

function objectField(size: Size, random: Random, seed: number): Field {
  const isFlat = size[0] === 1;
  const apart = isFlat ? 1 : ANISOTROPIES[random.integer(ANISOTROPIES.length)];
  const smallest = isFlat ? 4 * 4 ** random.uniform() : random.range(4, 8);
  const largest = smallest * random.range(1.1, 1.8);
  const middle = (smallest + largest) / 2;
  const volume = isFlat ? Math.PI * middle ** 2 : ((4 / 3) * Math.PI * middle ** 3) / apart;
  const covered = random.range(0.08, 0.5);
  const nuclei = Math.max(2, Math.round((covered * count([1, 1, ...size])) / volume));
  const options = { size, nuclei, radius: [smallest, largest] as [number, number], planeDistance: apart, seed };
  const placed = placeNuclei({ ...options, gap: random.range(0.85, 1.3) });
  const by = { amplitude: random.range(0, 0.35) * smallest, scale: random.range(0.6, 1.2) * smallest };
  return deformed({ ...placed, apart, radius: smallest }, by, seed);
}

/** Moves what is in a field by a smooth random displacement. @param by in pixels */
function deformed(field: Field, { amplitude, scale }: { amplitude: number; scale: number }, seed: number): Field {
  const { shape, labels, density, apart } = field;
  const sizes = shape.slice(2);
  const reach = [amplitude / apart, amplitude, amplitude];
  const moves = sizes.map((_, axis) => grain(shape, [scale / apart, scale, scale], 3 * seed + axis));
  const out = { ...field, labels: new Uint16Array(labels.length), density: new Float32Array(labels.length) };
  for (let i = 0; i < labels.length; i++) {
    let rest = i;
    let from = 0;
    for (let axis = 2, step = 1; axis >= 0; step *= sizes[axis], axis--) {
      const at = (rest % sizes[axis]) + reach[axis] * moves[axis][i];
      from += step * Math.round(Math.min(sizes[axis] - 1, Math.max(0, at)));
      rest = Math.floor(rest / sizes[axis]);
    }
    out.labels[i] = labels[from];
    out.density[i] = density[from];
  }
  return out;
}

/** Grained objects on a ground that has its own, coarser grain. */
function plainLight({ shape, labels, density, apart }: Field, random: Random, seed: number): Float32Array {
  const [ground, rough] = [random.range(0, 0.5), random.range(0, 0.7)];
  const [brightness, grained] = [random.range(0.6, 1.4), random.range(0, 0.4)];
  const coarse = random.range(1, 8);
  const fine = random.range(0.6, 3);
  const ofGround = grain(shape, [coarse / apart, coarse, coarse], seed + 77);
  const ofObjects = grain(shape, [fine / apart, fine, fine], seed + 78);
  return density.map((value, i) =>
    labels[i] > 0
      ? brightness * value * Math.max(0.1, 1 + grained * ofObjects[i])
      : ground * Math.max(0, 1 + rough * ofGround[i]),
  );
}

/** Each object within a wall, dark or bright, and a medium about as bright as the objects around them. */
function walledLight(field: Field, random: Random, seed: number): Float32Array {
  const { shape, labels, apart } = field;
  const light = plainLight(field, random, seed);
  const wall = random.chance(0.5) ? random.range(0, 0.2) : random.range(1.2, 2);
  const around = shell(labels, shape, 1 + random.integer(4));
  const [medium, rough, coarse] = [random.range(0.4, 1.3), random.range(0, 0.5), random.range(1, 8)];
  const ofMedium = grain(shape, [coarse / apart, coarse, coarse], seed + 79);
  return light.map((value, i) => {
    if (around[i] > 0) return wall;
    return labels[i] > 0 ? value : medium * Math.max(0.05, 1 + rough * ofMedium[i]);
  });
}

/** Objects among much smaller ones and threads, which are not sought. */
function amongOthers(field: Field, random: Random, seed: number): Float32Array {
  const { shape, labels, apart, radius } = field;
  const light = plainLight(field, random, seed);
  const size = shape.slice(2) as Size;
  const debris = placeNuclei({
    ...{ size, planeDistance: apart, seed: seed + 50, radius: [1.2, Math.max(1.5, radius / 3)] },
    nuclei: Math.round(count(shape) / (apart * (size[0] === 1 ? 400 : 2000))),
  });
  const [brightness, width] = [random.range(0.5, 1.3), random.range(0.02, 0.1)];
  const sheets = grain(shape, [3 / apart, 3, 3], seed + 51);
  return light.map((value, i) => {
    if (labels[i] > 0) return value;
    if (debris.labels[i] > 0) return brightness;
    return Math.abs(sheets[i]) < width ? Math.max(value, 0.8 * brightness) : value;
  });
}

/** Which pixels outside lie so many steps from an object at most; every other step along z. */
function shell(labels: Uint16Array, [, , , height, width]: Shape5, steps: number): Uint8Array {
  let grown = Uint8Array.from(labels, (label) => (label > 0 ? 1 : 0));
  const plane = height * width;
  for (let step = 0; step < steps; step++) {
    const before = grown;
    grown = before.map((value, i) => {
      const x = i % width;
      const y = Math.floor(i / width) % height;
      const touches =
        (x > 0 && before[i - 1] > 0) ||
        (x < width - 1 && before[i + 1] > 0) ||
        (y > 0 && before[i - width] > 0) ||
        (y < height - 1 && before[i + width] > 0) ||
        (step % 2 === 1 && (before[i - plane] > 0 || before[i + plane] > 0));
      return value > 0 || touches ? 1 : 0;
    });
  }
  return grown.map((value, i) => (value > 0 && labels[i] === 0 ? 1 : 0));
}

/** Bright becomes dark. */
function invert(light: Float32Array): void {
  const most = Math.min(
    2,
    light.reduce((max, value) => Math.max(max, value), 0),
  );
  for (let i = 0; i < light.length; i++) light[i] = Math.max(0, most - light[i]) + 0.05;
}

function photographed(light: Float32Array, { shape, apart }: Field, random: Random, seed: number) {
  const isFlat = shape[2] === 1;
  const blur = random.range(0.3, isFlat ? 2.4 : 1.8);
  return takeImage(light, shape, {
    blur: [isFlat ? 0 : (blur * random.range(1, 2)) / apart, blur, blur],
    photons: 10 * 30 ** random.uniform(),
    background: 3 * 15 ** random.uniform(),
    unevenness: random.range(0, 0.9),
    ...{ gain: 8, offset: 100, seed },
    readNoise: random.range(2, 20),
  });
}

/** White noise blurred to grains of some pixels, scaled to mean 0 and standard deviation 1. */
function grain(shape: Shape5, sigma: Size, seed: number): Float32Array {
  const random = new Random(seed, 5);
  const field = Float32Array.from({ length: count(shape) }, () => random.normal());
  gaussianBlur(field, shape, sigma);
  const mean = field.reduce((sum, value) => sum + value, 0) / field.length;
  const deviation = Math.sqrt(field.reduce((sum, value) => sum + (value - mean) ** 2, 0) / field.length);
  return field.map((value) => (value - mean) / deviation);
}
