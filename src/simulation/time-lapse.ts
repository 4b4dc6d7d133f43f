import { Random } from '../base/random';
import { count, type Shape5 } from '../image/region';
import { type Ellipsoid, visitEllipsoid } from './nuclei';

export interface TimeLapseOptions {
  /** [z, y, x] in pixels; z = 1: a plane */
  size: [number, number, number];
  times: number;
  /** at the first time point */
  nuclei: number;
  /** half axis of a nucleus that has grown, in pixels of y and x */
  radius: number;
  /** distance of two planes in units of a pixel of y and x */
  planeDistance: number;
  /** mean step from one time point to the next, in pixels of y and x */
  speed: number;
  /** probability that a nucleus divides from one time point to the next, once it has grown */
  division: number;
  seed: number;
}

/** Nuclei that move and divide; arrays C order over `shape`. */
export interface TimeLapse {
  /** [t, 1, z, y, x] */
  shape: Shape5;
  /** 0 outside, else the number of the track from 1 on */
  labels: Uint16Array<ArrayBuffer>;
  /** fluorophore density, about 1 inside a nucleus and 0 outside */
  density: Float32Array;
  /** by track - 1: the track that divided into it; 0: none */
  parents: number[];
}

interface Cell {
  track: number;
  centre: number[];
  step: number[];
  radius: number;
  brightness: number;
}

/** How much of a step is the one before. */
const PERSISTENCE = 0.6;
/** A daughter has half of her mother's area, and grows by so much of a radius at each time point. */
const DAUGHTER = Math.SQRT1_2;
const GROWTH = 0.05;

/**
 * Simulates nuclei that wander, keep out of each other's way and divide into two, each as a track of its own with a parent. Depends on
 * the options alone.
 */
export function simulateTimeLapse(options: TimeLapseOptions): TimeLapse {
  const { size, times, nuclei, radius, planeDistance, speed, division, seed } = options;
  const shape: Shape5 = [times, 1, ...size];
  const labels = new Uint16Array(count(shape));
  const density = new Float32Array(labels.length);
  const random = new Random(seed, 3);
  const field = size.map((n, axis) => (axis === 0 ? n * planeDistance : n));
  const isFlat = size[0] === 1;
  const parents: number[] = [];
  const direction = (length: number): number[] => {
    const d = [isFlat ? 0 : random.normal(), random.normal(), random.normal()];
    const norm = Math.hypot(...d) || 1;
    return d.map((v) => (v / norm) * length);
  };
  const born = (centre: number[], r: number, parent: number): Cell => {
    const track = parents.push(parent);
    return { track, centre, step: direction(speed), radius: r, brightness: random.range(0.7, 1.3) };
  };
  let cells: Cell[] = [];
  for (let tries = 0; tries < 40 * nuclei && cells.length < nuclei; tries++) {
    const centre = field.map((n, axis) => (axis === 0 && isFlat ? 0 : random.range(0, n)));
    if (cells.every((cell) => apart(cell.centre, centre) > 2.2 * radius))
      cells.push(born(centre, radius * random.range(0.85, 1), 0));
  }
  for (let t = 0; t < times; t++) {
    if (t > 0) {
      cells = cells.flatMap((cell) => {
        if (cell.radius < 0.95 * radius || !random.chance(division)) return [cell];
        const way = direction(0.75 * cell.radius);
        return [-1, 1].map((side) =>
          born(
            cell.centre.map((v, axis) => v + side * way[axis]),
            DAUGHTER * cell.radius,
            cell.track,
          ),
        );
      });
      for (const cell of cells) {
        const turn = direction(speed);
        cell.step = cell.step.map((v, axis) => PERSISTENCE * v + (1 - PERSISTENCE) * turn[axis]);
        cell.centre = cell.centre.map((v, axis) => v + cell.step[axis]);
        cell.radius = Math.min(radius, cell.radius * (1 + GROWTH));
      }
      keepApart(cells, field, isFlat);
    }
    const part = count(size) * t;
    for (const { track, centre, radius: r, brightness } of cells) {
      const ball: Ellipsoid = {
        centre,
        halfAxes: [r, r, r],
        axes: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
      };
      visitEllipsoid(ball, { size, planeDistance }, 1, (index) => {
        if (labels[part + index] !== 0) return;
        labels[part + index] = track;
        density[part + index] = brightness;
      });
    }
  }
  return { shape, labels, density, parents };
}

/** Pushes nuclei apart where they overlap, and back into the field. */
function keepApart(cells: readonly Cell[], field: readonly number[], isFlat: boolean): void {
  for (let round = 0; round < 4; round++) {
    for (const [i, a] of cells.entries()) {
      for (const b of cells.slice(i + 1)) {
        const distance = apart(a.centre, b.centre) || 1;
        const overlap = a.radius + b.radius - distance;
        if (overlap <= 0) continue;
        const push = b.centre.map((v, axis) => ((v - a.centre[axis]) / distance) * (overlap / 2));
        a.centre = a.centre.map((v, axis) => v - push[axis]);
        b.centre = b.centre.map((v, axis) => v + push[axis]);
      }
    }
  }
  for (const cell of cells) {
    cell.centre = cell.centre.map((v, axis) => (axis === 0 && isFlat ? 0 : Math.min(field[axis] - 1, Math.max(0, v))));
  }
}

function apart(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((v, axis) => v - b[axis]));
}
