/** Variances and covariances of an object's voxels about its centre, in squared units of length. */
export interface Spread {
  zz: number;
  yy: number;
  xx: number;
  zy: number;
  zx: number;
  yx: number;
}

/** How an object is drawn out, as of the ellipse or ellipsoid with the same second moments (`regionprops` of scikit-image). */
export interface PrincipalAxes {
  /** whole lengths of the longest and the shortest axis */
  major: number;
  minor: number;
  /** sqrt(1 - (minor / major)²) of a plane's ellipse: 0 for a circle; null for a stack */
  eccentricity: number | null;
  /** of a plane, in radians from -π/2 to π/2: from the y axis to the major axis, counterclockwise; null for a stack */
  orientation: number | null;
  /** unit vector along the longest axis, of which the first component that is not 0 is above 0 */
  direction: { z: number; y: number; x: number };
}

/** A variance below this share of the largest is rounding: the object is a line, or lies in a plane. */
const ROUNDING = 1e-13;

/** Finds the axes of an object of a plane; `z` of the spread is not looked at. */
export function axesOfPlane({ yy, xx, yx }: Spread): PrincipalAxes {
  const half = (yy + xx) / 2;
  const apart = Math.sqrt(((yy - xx) / 2) ** 2 + yx * yx);
  const large = half + apart;
  const small = aboveRounding(half - apart, large);
  const orientation = yy === xx ? (yx > 0 ? Math.PI / 4 : -Math.PI / 4) : 0.5 * Math.atan2(2 * yx, yy - xx);
  return {
    major: 4 * Math.sqrt(large),
    minor: 4 * Math.sqrt(small),
    eccentricity: large === 0 ? 0 : Math.sqrt(1 - small / large),
    orientation,
    direction: pointed(0, Math.cos(orientation), Math.sin(orientation)),
  };
}

/** Finds the axes of an object of a stack. */
export function axesOfStack({ zz, yy, xx, zy, zx, yx }: Spread): PrincipalAxes {
  const { values, vectors } = eigen([
    [zz, zy, zx],
    [zy, yy, yx],
    [zx, yx, xx],
  ]);
  const order = [0, 1, 2].sort((a, b) => values[b] - values[a]);
  const along = order[0];
  return {
    major: Math.sqrt(20 * Math.max(0, values[along])),
    minor: Math.sqrt(20 * aboveRounding(values[order[2]], values[along])),
    eccentricity: null,
    orientation: null,
    direction: pointed(vectors[0][along], vectors[1][along], vectors[2][along]),
  };
}

function aboveRounding(variance: number, largest: number): number {
  return variance > ROUNDING * largest ? variance : 0;
}

function pointed(z: number, y: number, x: number): PrincipalAxes['direction'] {
  const first = [z, y, x].find((v) => Math.abs(v) > 1e-12) ?? 1;
  const sign = Math.sign(first);
  // No zero below 0.
  return { z: sign * z + 0, y: sign * y + 0, x: sign * x + 0 };
}

/** Eigenvalues and, as columns, eigenvectors of a symmetric matrix of 3 x 3, by Jacobi's rotations. */
function eigen(matrix: number[][]): { values: number[]; vectors: number[][] } {
  const a = matrix.map((row) => [...row]);
  const v = [0, 1, 2].map((i) => [0, 1, 2].map((j) => Number(i === j)));
  for (let sweep = 0; sweep < 50; sweep++) {
    const off = Math.abs(a[0][1]) + Math.abs(a[0][2]) + Math.abs(a[1][2]);
    if (off <= 1e-15 * (Math.abs(a[0][0]) + Math.abs(a[1][1]) + Math.abs(a[2][2]))) break;
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      if (a[p][q] === 0) continue;
      const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
      const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
      const c = 1 / Math.sqrt(t * t + 1);
      const s = t * c;
      for (let k = 0; k < 3; k++) [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
      for (let k = 0; k < 3; k++) [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
      for (let k = 0; k < 3; k++) [v[k][p], v[k][q]] = [c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]];
    }
  }
  return { values: [a[0][0], a[1][1], a[2][2]], vectors: v };
}
