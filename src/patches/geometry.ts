import type { Random } from '../base/random';
import type { Zyx } from '../image/region';
import { ElasticField } from './elastic-field';
import type { AugmentationRecipe, Range } from './recipe';

/** Rows z, y, x of a 3 x 3 matrix. */
type Matrix3 = [Zyx, Zyx, Zyx];

/**
 * How a patch is taken from its image: patch voxel o shows the image at
 * `centre + matrix (o - middle of the patch) + displacement(o)`.
 */
export interface PatchGeometry {
  matrix: Matrix3;
  elastic: ElasticField | null;
  /** the matrix is a signed permutation and nothing is displaced: voxels are copied, not interpolated */
  exact: boolean;
}

/**
 * Draws mirroring, quarter turn, rotation, scale and deformation.
 * @param size of the patch
 * @param anisotropy z spacing / y spacing of the voxels; 1 where unknown
 */
export function drawGeometry(
  recipe: AugmentationRecipe,
  size: Readonly<Zyx>,
  anisotropy: number,
  random: Random,
): PatchGeometry {
  const symmetry = drawSymmetry(recipe, size, random);
  const { resampling } = recipe;
  if (!random.chance(resampling.probability)) return { matrix: symmetry, elastic: null, exact: true };

  const volume = size[0] > 1;
  const turn = rotationZ(random.range(...resampling.rotation));
  const tiltY = rotationY(random.range(...resampling.tilt));
  const tiltX = rotationX(random.range(...resampling.tilt));
  const scale = logUniform(resampling.scale, random);
  const stretch = [0, 1, 2].map(() => logUniform(resampling.stretch, random));
  // A magnified patch reads a smaller part of the image.
  const zoom = diagonal(volume ? 1 / (scale * stretch[0]) : 1, 1 / (scale * stretch[1]), 1 / (scale * stretch[2]));
  const rotation = volume ? physically(multiply(multiply(tiltX, tiltY), turn), anisotropy) : turn;
  const elastic = random.chance(resampling.elastic.probability)
    ? new ElasticField(size, resampling.elastic, anisotropy, random)
    : null;
  return { matrix: multiply(multiply(rotation, zoom), symmetry), elastic, exact: false };
}

/** Computes how far from its centre a patch may read along each axis. */
export function reach({ matrix, elastic }: PatchGeometry, size: Readonly<Zyx>): Zyx {
  const along = (axis: 0 | 1 | 2): number => {
    const row = matrix[axis];
    const linear = row.reduce((sum, entry, i) => sum + (Math.abs(entry) * (size[i] - 1)) / 2, 0);
    return linear + (elastic ? elastic.largest[axis] : 0);
  };
  return [along(0), along(1), along(2)];
}

/** Draws a number whose logarithm is uniform between the logarithms of the range's ends. */
export function logUniform([low, high]: Range, random: Random): number {
  return Math.exp(random.range(Math.log(low), Math.log(high)));
}

function drawSymmetry({ mirror, quarterTurns }: AugmentationRecipe, size: Readonly<Zyx>, random: Random): Matrix3 {
  // Drawn whether used or not, so that one setting does not change another's numbers.
  const flips = [random.chance(0.5), random.chance(0.5), random.chance(0.5)];
  const turned = random.chance(0.5) && quarterTurns && size[1] === size[2];
  const sign = (axis: 0 | 1 | 2, allowed: boolean): number => (flips[axis] && allowed && size[axis] > 1 ? -1 : 1);
  const z = sign(0, mirror.z);
  const y = sign(1, mirror.y);
  const x = sign(2, mirror.x);
  // Together with the mirrorings a swap of y and x makes all eight symmetries of the square.
  return turned
    ? [
        [z, 0, 0],
        [0, 0, y],
        [0, x, 0],
      ]
    : diagonal(z, y, x);
}

function diagonal(z: number, y: number, x: number): Matrix3 {
  return [
    [z, 0, 0],
    [0, y, 0],
    [0, 0, x],
  ];
}

function rotationZ(degrees: number): Matrix3 {
  const [s, c] = sineAndCosine(degrees);
  return [
    [1, 0, 0],
    [0, c, -s],
    [0, s, c],
  ];
}

function rotationY(degrees: number): Matrix3 {
  const [s, c] = sineAndCosine(degrees);
  return [
    [c, 0, -s],
    [0, 1, 0],
    [s, 0, c],
  ];
}

function rotationX(degrees: number): Matrix3 {
  const [s, c] = sineAndCosine(degrees);
  return [
    [c, -s, 0],
    [s, c, 0],
    [0, 0, 1],
  ];
}

function sineAndCosine(degrees: number): [number, number] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.sin(radians), Math.cos(radians)];
}

/** A rotation of physical space as it acts on voxel coordinates whose z step is `anisotropy` times as long. */
function physically(rotation: Matrix3, anisotropy: number): Matrix3 {
  return multiply(multiply(diagonal(1 / anisotropy, 1, 1), rotation), diagonal(anisotropy, 1, 1));
}

function multiply(a: Matrix3, b: Matrix3): Matrix3 {
  const entry = (row: Zyx, column: 0 | 1 | 2): number =>
    row[0] * b[0][column] + row[1] * b[1][column] + row[2] * b[2][column];
  const rowOf = (row: Zyx): Zyx => [entry(row, 0), entry(row, 1), entry(row, 2)];
  return [rowOf(a[0]), rowOf(a[1]), rowOf(a[2])];
}
