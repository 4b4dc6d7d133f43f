import type { PixelSize } from '../image/description';
import type { LabelledVolume } from '../thresholding/labelled-volume';
import type { LabelledRow } from '../thresholding/row-labeller';
import { PerimeterMeter } from './perimeter';
import { axesOfPlane, axesOfStack, type PrincipalAxes } from './principal-axes';
import { RowContacts, surfaceWeights } from './row-contacts';

/** The form of an object and what is around it; lengths in micrometres where the pixel size is known, else in pixels. */
export interface ObjectShape {
  unit: 'µm' | 'pixel';
  /** of a plane, as scikit-image's `perimeter`; null for a stack, or where pixels are not square */
  perimeter: number | null;
  /** of a stack, by lines in 13 directions: within 5 % of that of ellipsoids some ten voxels wide; null for a plane */
  surface: number | null;
  /** whole lengths of the longest and the shortest axis of the ellipse or ellipsoid with the same second moments */
  majorAxis: number;
  minorAxis: number;
  /** majorAxis / minorAxis, 1 for a circle or ball; null where the object is a line */
  elongation: number | null;
  /** of a plane, 0 for a circle; null for a stack */
  eccentricity: number | null;
  /** of a plane, radians from the y axis to the major axis, counterclockwise, as in `regionprops`; null for a stack */
  orientation: number | null;
  /** unit vector of the longest axis */
  direction: PrincipalAxes['direction'];
  /** objects that touch it, over faces, edges or corners */
  neighbours: number;
  /** whether it touches the border of the image, and may go on beyond it; along z of stacks only */
  atBorder: boolean;
}

/** Where an object lies; sums over its voxels, with z, y and x counted from 0. */
export interface Sums {
  voxels: number;
  mean: { z: number; y: number; x: number };
  box: { start: { z: number; y: number; x: number }; size: { z: number; y: number; x: number } };
}

/** Sums of products of positions of each object: zz, yy, xx, zy, zx, yx, and of positions: z, y, x. */
const PRODUCTS = 9;

/** Measures the forms of the objects of a volume, row by row. */
export class ObjectShapes {
  /** about the first voxel of each object: far from the image's own origin digits would cancel each other */
  private readonly products: Float64Array;
  /** z, y, x of the first voxel; z -1: none yet */
  private readonly origin: Int32Array;
  private readonly perimeters: PerimeterMeter | null;
  private readonly contacts: RowContacts;
  /** what is known once all rows are taken */
  private known: { neighbours: Int32Array; perimeters: Float64Array | null } | null = null;

  constructor(private readonly objects: LabelledVolume) {
    const { count, shape } = objects;
    this.products = new Float64Array((count + 1) * PRODUCTS);
    this.origin = new Int32Array((count + 1) * 3).fill(-1);
    this.perimeters = shape[0] === 1 ? new PerimeterMeter(count, shape[2]) : null;
    this.contacts = new RowContacts(count, shape);
  }

  /** Takes the next row, at z and y. */
  add(row: LabelledRow, planeZ: number, rowY: number): void {
    const { products, origin } = this;
    this.perimeters?.add(row);
    this.contacts.add(row);
    for (let i = 0; i < 3 * row.count; i += 3) {
      const label = row.data[i + 2];
      if (label === 0) continue;
      const from = 3 * label;
      if (origin[from] < 0) {
        origin[from] = planeZ;
        origin[from + 1] = rowY;
        origin[from + 2] = row.data[i];
      }
      const [z, y] = [planeZ - origin[from], rowY - origin[from + 1]];
      const [start, end] = [row.data[i] - origin[from + 2], row.data[i + 1] - origin[from + 2]];
      const n = end - start;
      const sum = (n * (start + end - 1)) / 2;
      const at = label * PRODUCTS;
      products[at] += n * z * z;
      products[at + 1] += n * y * y;
      products[at + 2] += squares(end) - squares(start);
      products[at + 3] += n * z * y;
      products[at + 4] += z * sum;
      products[at + 5] += y * sum;
      products[at + 6] += n * z;
      products[at + 7] += n * y;
      products[at + 8] += sum;
    }
  }

  /** Gives a function that says the form of an object. */
  measured(pixelSize: PixelSize | null): (label: number, sums: Sums) => ObjectShape {
    const { shape } = this.objects;
    const isPlane = shape[0] === 1;
    const isPhysical = pixelSize !== null && (isPlane || pixelSize.z !== null);
    const spacing = isPhysical ? { ...pixelSize, z: pixelSize.z ?? 1 } : { z: 1, y: 1, x: 1 };
    const weights = isPlane ? null : surfaceWeights([spacing.z, spacing.y, spacing.x]);
    this.known ??= { neighbours: this.contacts.neighbours(), perimeters: this.perimeters?.finish() ?? null };
    const { neighbours, perimeters } = this.known;
    return (label, { voxels, box }) => {
      const spread = this.spread(label, voxels, spacing);
      const axes = isPlane ? axesOfPlane(spread) : axesOfStack(spread);
      const stretches = weights && this.contacts.stretches(label, voxels);
      const touches = (axis: 'z' | 'y' | 'x', size: number) =>
        box.start[axis] === 0 || box.start[axis] + box.size[axis] === size;
      return {
        unit: isPhysical ? 'µm' : 'pixel',
        perimeter: perimeters && spacing.y === spacing.x ? perimeters[label] * spacing.y : null,
        surface: weights && stretches ? weights.reduce((sum, weight, k) => sum + weight * stretches[k], 0) : null,
        majorAxis: axes.major,
        minorAxis: axes.minor,
        elongation: axes.minor > 0 ? axes.major / axes.minor : null,
        eccentricity: axes.eccentricity,
        orientation: axes.orientation,
        direction: axes.direction,
        neighbours: neighbours[label],
        atBorder: touches('y', shape[1]) || touches('x', shape[2]) || (!isPlane && touches('z', shape[0])),
      };
    };
  }

  private spread(label: number, n: number, spacing: Sums['mean']) {
    const [zz, yy, xx, zy, zx, yx, z, y, x] = this.products.subarray(label * PRODUCTS, (label + 1) * PRODUCTS);
    const mean = { z: z / n, y: y / n, x: x / n };
    const about = (product: number, a: 'z' | 'y' | 'x', b: 'z' | 'y' | 'x') =>
      (product / n - mean[a] * mean[b]) * spacing[a] * spacing[b];
    return {
      ...{ zz: about(zz, 'z', 'z'), yy: about(yy, 'y', 'y'), xx: about(xx, 'x', 'x') },
      ...{ zy: about(zy, 'z', 'y'), zx: about(zx, 'z', 'x'), yx: about(yx, 'y', 'x') },
    };
  }
}

/** The sum of the squares of 0 to n - 1; of n below 0 its negative, so that differences are right there too. */
function squares(n: number): number {
  return ((n - 1) * n * (2 * n - 1)) / 6;
}
