import type { Random } from '../base/random';
import type { Zyx } from '../image/region';
import { emptyPixels, type PatchPixels, type PatchSource } from './patch-pixels';
import { unflatten } from './sampling-index';

/** One object with its surroundings, cut out of an image. */
export interface CutObject {
  channels: number;
  size: Zyx;
  /** normalised, [c, z, y, x] */
  image: Float32Array;
  /** how much of the object is laid over what it is put on, [z, y, x]: 1 on the object, falling to 0 around it */
  opacity: Float32Array;
  /** voxels by what they are: [z, y, x] */
  zones: Uint8Array;
  /** of the objects that touch in it, [z, y, x]; null: nobody asked for them */
  numbers: Int32Array | null;
}

/** A voxel of a cut is of the object, of its feathered edge, or of the ring around it that tells the surroundings' brightness. */
export const ZONE = { outside: 0, object: 1, edge: 2, ring: 3 } as const;

/** Voxels over which an object fades, and beyond them those of the ring. */
const EDGE = 2;
const RING = 2;

/** Cuts objects out of images; the buffers are used again. */
export class ObjectCutter {
  private readonly window = emptyPixels();
  private readonly largest: Zyx;

  /** @param patch [z, y, x]; objects are no larger than half of it in y and x: what is fills patches, and is not rare there */
  constructor([z, y, x]: Readonly<Zyx>) {
    this.largest = [z, Math.ceil(y / 2), Math.ceil(x / 2)];
  }

  /**
   * Cuts the object of a foreground voxel drawn at random.
   * @returns null where the object does not fit, or is not known as a whole: it touches what has no weight
   */
  async cut(source: PatchSource, random: Random): Promise<CutObject | null> {
    const { foreground, shape } = source.index;
    const { largest, window } = this;
    if (foreground.length === 0) return null;
    const seed = unflatten(foreground[random.integer(foreground.length)], shape);
    const start = seed.map((s, axis) => s - (largest[axis] >> 1)) as Zyx;
    await source.read(start, largest, window);
    const zones = objectAt(window, seed.map((s, axis) => s - start[axis]) as Zyx);
    return zones && cropped(window, zones, random);
  }
}

/** Marks the object of a voxel, joined by faces, in zones of the window; null where it is not whole. */
function objectAt({ size, target, weight }: PatchPixels, seed: Zyx): Uint8Array | null {
  const [depth, height, width] = size;
  const zones = new Uint8Array(depth * height * width);
  const first = (seed[0] * height + seed[1]) * width + seed[2];
  if (target[first] === 0 || weight[first] === 0) return null;
  zones[first] = ZONE.object;
  const found = [first];
  let whole = true;
  const visit = (i: number) => {
    if (weight[i] === 0) whole = false;
    else if (target[i] !== 0 && zones[i] === ZONE.outside) {
      zones[i] = ZONE.object;
      found.push(i);
    }
  };
  for (let k = 0; whole && k < found.length; k++) whole = visitNeighbours(found[k], size, visit) && whole;
  if (!whole) return null;
  growZones(zones, found, size, (i) => target[i] === 0 && weight[i] !== 0);
  return zones;
}

/** Puts shells of the edge, then of the ring, around an object. */
function growZones(
  zones: Uint8Array,
  object: readonly number[],
  size: Readonly<Zyx>,
  free: (i: number) => boolean,
): void {
  let shell = object;
  for (let distance = 1; distance <= EDGE + RING; distance++) {
    const next: number[] = [];
    for (const i of shell) {
      visitNeighbours(i, size, (j) => {
        if (zones[j] !== ZONE.outside || !free(j)) return;
        zones[j] = distance <= EDGE ? ZONE.edge : ZONE.ring;
        next.push(j);
      });
    }
    shell = next;
  }
}

/** @returns whether the voxel has neighbours on all sides; planes alone have none above and below */
function visitNeighbours(i: number, [depth, height, width]: Readonly<Zyx>, visit: (j: number) => void): boolean {
  const plane = height * width;
  const x = i % width;
  const y = Math.floor(i / width) % height;
  const z = Math.floor(i / plane);
  let inside = true;
  const step = (possible: boolean, j: number) => {
    if (possible) visit(j);
    else inside = false;
  };
  step(x > 0, i - 1);
  step(x < width - 1, i + 1);
  step(y > 0, i - width);
  step(y < height - 1, i + width);
  if (depth === 1) return inside;
  step(z > 0, i - plane);
  step(z < depth - 1, i + plane);
  return inside;
}

/** The part of the window that has zones, mirrored and turned. */
function cropped(window: PatchPixels, zones: Uint8Array, random: Random): CutObject {
  const { size, channels, image } = window;
  const box = boxOf(zones, size);
  const flips = [0, 1, 2].map(() => random.chance(0.5));
  const turned = random.chance(0.5);
  const extent = box.end.map((end, axis) => end - box.start[axis]) as Zyx;
  const out: Zyx = turned ? [extent[0], extent[2], extent[1]] : extent;
  const voxels = out[0] * out[1] * out[2];
  const windowVoxels = size[0] * size[1] * size[2];
  const cut: CutObject = {
    channels,
    size: out,
    image: new Float32Array(channels * voxels),
    opacity: new Float32Array(voxels),
    zones: new Uint8Array(voxels),
    numbers: window.numbers && new Int32Array(voxels),
  };
  const source = (axis: 0 | 1 | 2, at: number): number => (flips[axis] ? box.end[axis] - 1 - at : box.start[axis] + at);
  for (let z = 0, o = 0; z < out[0]; z++) {
    for (let y = 0; y < out[1]; y++) {
      for (let x = 0; x < out[2]; x++, o++) {
        const [v, u] = turned ? [x, y] : [y, x];
        const i = (source(0, z) * size[1] + source(1, v)) * size[2] + source(2, u);
        cut.zones[o] = zones[i];
        if (cut.numbers && window.numbers) cut.numbers[o] = window.numbers[i];
        for (let c = 0; c < channels; c++) cut.image[c * voxels + o] = image[c * windowVoxels + i];
      }
    }
  }
  fillOpacity(cut);
  return cut;
}

/** 1 on the object; on the edge by its distance from it, which the zones of a shell's neighbours tell. */
function fillOpacity({ zones, opacity, size }: CutObject): void {
  for (let i = 0; i < zones.length; i++) {
    if (zones[i] === ZONE.object) opacity[i] = 1;
    if (zones[i] !== ZONE.edge) continue;
    let touches = false;
    visitNeighbours(i, size, (j) => {
      if (zones[j] === ZONE.object) touches = true;
    });
    opacity[i] = touches ? 2 / 3 : 1 / 3;
  }
}

function boxOf(zones: Uint8Array, [depth, height, width]: Readonly<Zyx>): { start: Zyx; end: Zyx } {
  const start: Zyx = [depth, height, width];
  const end: Zyx = [0, 0, 0];
  for (let z = 0, i = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        if (zones[i] === ZONE.outside) continue;
        [z, y, x].forEach((at, axis) => {
          start[axis] = Math.min(start[axis], at);
          end[axis] = Math.max(end[axis], at + 1);
        });
      }
    }
  }
  return { start, end };
}

/** Counts the voxels of the object itself. */
export function voxelsOf({ zones }: Pick<CutObject, 'zones'>): number {
  return zones.reduce((count, zone) => count + (zone === ZONE.object ? 1 : 0), 0);
}
