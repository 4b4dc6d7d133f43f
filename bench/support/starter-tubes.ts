import { Random } from '../../src/base/random';
import { count, type Shape5 } from '../../src/image/region';
import { type Nuclei, type NucleiOptions, visitEllipsoid } from '../../src/simulation/nuclei';

/** How far a tube turns from one ball to the next at most, as a share of its direction. */
const TURN = 0.45;

/**
 * Places winding tubes at random in a stack, as mitochondria, bacteria and neurites look: balls along a walk, of one radius a tube. Where two
 * cross the later one is cut, its pieces keep one number. Depends on the options alone.
 * @param options of which `nuclei` is how many tubes, `radius` their own
 * @param long smallest and largest length by the radius
 */
export function placeTubes(options: NucleiOptions, long: [number, number]): Nuclei {
  const shape: Shape5 = [1, 1, ...options.size];
  const labels = new Uint16Array(count(shape));
  const density = new Float32Array(labels.length);
  const random = new Random(options.seed, 4);
  for (let tube = 1; tube <= options.nuclei; tube++) {
    const radius = random.range(...options.radius);
    const brightness = random.range(0.6, 1.3);
    for (const centre of walk(options, radius * random.range(...long), radius / 2, random)) {
      visitEllipsoid({ centre, halfAxes: [radius, radius, radius], axes: ALONG_AXES }, options, 1, (index) => {
        if (labels[index] > 0) return;
        labels[index] = tube;
        density[index] = brightness;
      });
    }
  }
  return { shape, labels, density };
}

const ALONG_AXES = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** Places along a way that turns a little at each step, [z, y, x] in pixels of y and x. */
function walk(
  { size, planeDistance }: Pick<NucleiOptions, 'size' | 'planeDistance'>,
  length: number,
  step: number,
  random: Random,
): number[][] {
  const at = size.map((n) => random.range(0, n));
  at[0] *= planeDistance;
  let direction = unit([random.normal(), random.normal(), random.normal()]);
  const places: number[][] = [];
  for (let gone = 0; gone < length; gone += step) {
    places.push([...at]);
    direction = unit(direction.map((part) => part + TURN * random.normal()));
    for (let axis = 0; axis < 3; axis++) at[axis] += step * direction[axis];
  }
  return places;
}

function unit(vector: number[]): number[] {
  const norm = Math.hypot(...vector);
  return vector.map((part) => part / norm);
}
