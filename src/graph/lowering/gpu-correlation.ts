import { product } from '../../base/numbers';
import { range } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import { largestDivisor } from './gpu-normalisation';

/** Over how many positions one matrix product sums; the products of a batch are added up afterwards. */
const MOST_POSITIONS = 4096;

export interface Correlation {
  /** along each axis 1, 2 or 3 */
  widths: readonly number[];
  /** along each axis 1 or 2 */
  strides: readonly number[];
}

/**
 * The gradient of a convolution's weight,
 *   c[i, j, k] = sum over n and positions p of a[n, i, p] b[n, j, stride p + k - pad],  pad = 1 at width 3, else 0,
 * as a batch of matrix products of a by shifted copies of b: as a convolution by `a`, its kernel would be as large as
 * the image. b's copies along its last axis are laid side by side as columns; at width 3 and stride 1 a's copies along the
 * first spatial axis are its rows, so that a product is 3 i by 3 j; the other shifts are products of their own, which keeps
 * the copies at three times b.
 * @param a [n, i, (z,) y, x]
 * @param b [n, j, strides (z,) y, x]
 * @returns [i, j, ...widths]
 */
export function correlate(emit: OnnxEmitter, a: Tensor, b: Tensor, { widths, strides }: Correlation): Tensor {
  const [, i] = a.shape;
  const [, j, ...large] = b.shape;
  const sizes = threeAxes(a.shape.slice(2));
  const width = threeAxes(widths);
  const stride = threeAxes(strides);
  const columns = emit.transpose(emit.reshape(b, [b.shape[0], j, product(large)]), [0, 2, 1]);
  const image = emit.reshape(columns, [b.shape[0], ...threeAxes(large), j]);
  const stacked = width[0] === 3 && stride[0] === 1;
  const rows = inParts(emit, stacked ? shiftedRows(emit, a) : a);
  const isPadded = width.map((n, axis) => n === 3 && !(stacked && axis === 0));
  const padded = padEnds(emit, image, stride, isPadded);

  const products: Tensor[] = [];
  for (const kz of range(0, stacked ? 1 : width[0])) {
    for (const ky of range(0, width[1])) {
      const copies = range(0, width[2]).map((kx) => shifted(emit, padded, [kz, ky, kx], sizes, stride));
      const [batch, , positions] = rows.shape;
      const side = emit.reshape(copies.length === 1 ? copies[0] : emit.concat(copies, 4), [
        batch,
        positions,
        width[2] * j,
      ]);
      const shape = [batch, rows.shape[1], width[2] * j];
      const product = emit.op('MatMul', [rows, side], shape);
      products.push(batch === 1 ? product : emit.sum(product, [0]));
    }
  }
  const all = products.length === 1 ? products[0] : emit.concat(products, 0);
  const result = stacked
    ? emit.transpose(emit.reshape(all, [width[1], width[0], i, width[2], j]), [2, 4, 1, 0, 3])
    : emit.transpose(emit.reshape(all, [width[0], width[1], i, width[2], j]), [2, 4, 0, 1, 3]);
  return emit.reshape(result, [i, j, ...widths]);
}

/** a[n, i, p] and its neighbours along the first spatial axis as rows: a[p + 1], a[p], a[p - 1]. */
function shiftedRows(emit: OnnxEmitter, a: Tensor): Tensor {
  const [n, i, depth, ...rest] = a.shape;
  const planes = emit.reshape(a, [n, i, depth, product(rest)]);
  const padded = emit.pad(planes, [0, 0, 1, 0], [0, 0, 1, 0]);
  const copies = [2, 1, 0].map((start) => emit.slice(padded, [2], [start], [start + depth]));
  return emit.concat(copies, 1);
}

/** x[n, i, p] as batches of [i, part of p]. */
function inParts(emit: OnnxEmitter, x: Tensor): Tensor {
  const [n, i, ...spatial] = x.shape;
  const positions = product(spatial);
  const part = largestDivisor(positions, MOST_POSITIONS);
  const parts = emit.transpose(emit.reshape(x, [n, i, positions / part, part]), [0, 2, 1, 3]);
  return emit.reshape(parts, [(n * positions) / part, i, part]);
}

/** Zeros around an image [n, z, y, x, c]; at stride 2 nothing after the end is read. */
function padEnds(emit: OnnxEmitter, image: Tensor, strides: readonly number[], isPadded: boolean[]): Tensor {
  const before = isPadded.map((padded) => (padded ? 1 : 0));
  const after = before.map((pad, axis) => (strides[axis] === 1 ? pad : 0));
  return emit.pad(image, [0, ...before, 0], [0, ...after, 0]);
}

/** Every stride-th position of an image [n, z, y, x, c] from the starts on. */
function shifted(
  emit: OnnxEmitter,
  image: Tensor,
  starts: readonly number[],
  sizes: readonly number[],
  strides: readonly number[],
): Tensor {
  const axes = [1, 2, 3].filter((_, i) => sizes[i] !== image.shape[i + 1]);
  if (axes.length === 0) return image;
  const of = (values: readonly number[]) => axes.map((axis) => values[axis - 1]);
  const ends = starts.map((start, i) => start + (sizes[i] - 1) * strides[i] + 1);
  return emit.slice(image, axes, of(starts), of(ends), strides.some((s) => s !== 1) ? of(strides) : undefined);
}

/** What is said of each spatial axis, for three of them: in 2D of [y, 1, x]. */
function threeAxes(values: readonly number[]): readonly number[] {
  return values.length === 3 ? values : [values[0], 1, values[1]];
}
