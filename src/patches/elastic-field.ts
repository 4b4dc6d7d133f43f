import type { Random } from '../base/random';
import type { Zyx } from '../image/region';
import type { ResamplingRecipe } from './recipe';

/**
 * A smooth random displacement of every voxel of a patch: normal deviates on a coarse grid, joined by cubic B-splines
 * (so the field has continuous curvature and never exceeds its control points).
 */
export class ElasticField {
  /** largest displacement along each axis, in voxels */
  readonly largest: Zyx;
  /** control points along each axis */
  private readonly grid: Zyx;
  /** [axis][z, y, x of the grid]; null: no displacement along that axis */
  private readonly points: Array<Float32Array | null>;
  private readonly basis: [Float32Array, Float32Array, Float32Array];
  private readonly cells: [Int32Array, Int32Array, Int32Array];
  private readonly line: Float32Array;

  constructor(
    private readonly size: Readonly<Zyx>,
    recipe: ResamplingRecipe['elastic'],
    anisotropy: number,
    random: Random,
  ) {
    const deviation = random.range(...recipe.displacement);
    const spacing: Zyx = [Math.max(1, recipe.spacing / anisotropy), recipe.spacing, recipe.spacing];
    const along = ([0, 1, 2] as const).map((axis) => basisAlong(size[axis], spacing[axis]));
    this.grid = [along[0].points, along[1].points, along[2].points];
    this.basis = [along[0].basis, along[1].basis, along[2].basis];
    this.cells = [along[0].cells, along[1].cells, along[2].cells];
    const total = this.grid[0] * this.grid[1] * this.grid[2];
    const amplitudes = [size[0] > 1 ? deviation / anisotropy : 0, deviation, deviation];
    this.points = amplitudes.map((amplitude) => {
      if (amplitude === 0) return null;
      const points = new Float32Array(total);
      for (let i = 0; i < total; i++) points[i] = amplitude * random.normal();
      return points;
    });
    const largest = this.points.map((points) => (points ? points.reduce((m, v) => Math.max(m, Math.abs(v)), 0) : 0));
    this.largest = [largest[0], largest[1], largest[2]];
    this.line = new Float32Array(this.grid[2]);
  }

  /** The displacement along `axis` of the voxels of row (z, y), in voxels. */
  row(axis: 0 | 1 | 2, z: number, y: number, out: Float32Array): void {
    const points = this.points[axis];
    if (points === null) {
      out.fill(0);
      return;
    }
    const [, gridY, gridX] = this.grid;
    const { line } = this;
    line.fill(0);
    const planes = this.size[0] > 1 ? 4 : 1;
    for (let k = 0; k < planes; k++) {
      const wz = planes === 1 ? 1 : this.basis[0][4 * z + k];
      for (let j = 0; j < 4; j++) {
        const w = wz * this.basis[1][4 * y + j];
        const from = ((this.cells[0][z] + k) * gridY + this.cells[1][y] + j) * gridX;
        for (let i = 0; i < gridX; i++) line[i] += w * points[from + i];
      }
    }
    const basis = this.basis[2];
    const cells = this.cells[2];
    for (let x = 0; x < this.size[2]; x++) {
      const cell = cells[x];
      const b = 4 * x;
      out[x] =
        basis[b] * line[cell] +
        basis[b + 1] * line[cell + 1] +
        basis[b + 2] * line[cell + 2] +
        basis[b + 3] * line[cell + 3];
    }
  }
}

/** The four B-spline weights of each voxel along an axis and the first control point they belong to. */
function basisAlong(size: number, spacing: number): { points: number; basis: Float32Array; cells: Int32Array } {
  const basis = new Float32Array(4 * size);
  const cells = new Int32Array(size);
  if (size === 1) return { points: 1, basis, cells };
  for (let i = 0; i < size; i++) {
    const position = i / spacing;
    const cell = Math.floor(position);
    const u = position - cell;
    cells[i] = cell;
    basis[4 * i] = (1 - u) ** 3 / 6;
    basis[4 * i + 1] = (3 * u ** 3 - 6 * u ** 2 + 4) / 6;
    basis[4 * i + 2] = (-3 * u ** 3 + 3 * u ** 2 + 3 * u + 1) / 6;
    basis[4 * i + 3] = u ** 3 / 6;
  }
  return { points: Math.floor((size - 1) / spacing) + 4, basis, cells };
}
