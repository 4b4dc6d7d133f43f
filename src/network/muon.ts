import { product } from '../base/numbers';
import type { GraphBuilder } from '../graph/builder';
import type { Node } from '../graph/ops';
import { parameterSpecs } from './residual-unet';
import type { NetworkSpec, ParameterSpec } from './spec';

/** a, b and c of the polynomial a x + b x^3 + c x^5, which five times over brings what is between 0.005 and 1 to 0.7 to 1.2. */
const POLYNOMIAL = [3.4445, -4.775, 2.0315] as const;
/**
 * How many times in one go: within one, all but two products are of small matrices. After more than three single precision loses
 * four of its seven digits where singular values differ by 10,000, with these one.
 */
const ROUNDS = [3, 2] as const;
/** Keeps the norm of a matrix of zeros defined. */
const NEXT_TO_NOTHING = 1e-20;

/** What a step of Muon is made of; vectors are flat, in the order of `parameterSpecs`. */
export interface MuonInputs {
  /** the mean of the gradients, of which the kernels between feature maps take their parts */
  momentum: Node;
  /** the learning rate of those kernels, [1] */
  rate: Node;
  /** the step of all other parameters */
  others: Node;
}

/**
 * What a step of Muon subtracts (Jordan and others, 2024, kellerjordan.github.io/posts/muon): each kernel between feature maps, as a matrix with a row for each
 * value of its first axis, goes where its momentum made orthogonal points, so that no few directions of the gradient outweigh
 * all others; norms, the head and what reads the image go where `others` says.
 * @returns flat, in the order of `parameterSpecs`
 */
export function muonStep(g: GraphBuilder, spec: NetworkSpec, { momentum, rate, others }: MuonInputs): Node {
  const parts: Node[] = [];
  const cut = (x: Node, start: number, end: number) => g.node('slice', [x], { axis: 0, start, end });
  let [start, taken] = [0, 0];
  const takeOthers = () => {
    if (taken < start) parts.push(cut(others, taken, start));
  };
  for (const parameter of parameterSpecs(spec)) {
    const { shape } = parameter;
    const length = product(shape);
    if (isBetweenMaps(parameter)) {
      takeOthers();
      const [rows, columns] = [shape[0], length / shape[0]];
      const matrix = orthogonalised(g, g.reshape(cut(momentum, start, start + length), [rows, columns]));
      const spread = Math.sqrt(Math.max(1, rows / columns));
      parts.push(g.multiply(g.reshape(g.scale(matrix, spread), [length]), rate));
      taken = start + length;
    }
    start += length;
  }
  takeOthers();
  return g.node('concat', parts, { axis: 0 });
}

/**
 * About U Vᵀ of a matrix U S Vᵀ (its singular values become 0.7 to 1.2), by Newton and Schulz's iteration with the polynomial of
 * Jordan and others: x becomes (a + b x xᵀ + c (x xᵀ)^2) x. All factors of x are polynomials of x xᵀ, so that they can be
 * multiplied before x is.
 * @param x [rows, columns]
 */
export function orthogonalised(g: GraphBuilder, x: Node): Node {
  const [a, b, c] = POLYNOMIAL;
  const identity = identityOf(g, x.shape[0]);
  const times = (left: Node, right: Node) => g.node('product', [left, right], { transposed: false });
  const norm = g.node('sqrt', [g.sumAll(g.multiply(x, x))], {});
  let y = g.divide(x, g.add(norm, g.scalar(NEXT_TO_NOTHING)));
  for (const rounds of ROUNDS) {
    const gram = g.node('product', [y, y], { transposed: true });
    let factor: Node | null = null;
    for (let round = 0; round < rounds; round++) {
      const square = factor ? times(times(factor, gram), factor) : gram;
      const once = g.add(g.scale(identity, a), g.add(g.scale(square, b), g.scale(times(square, square), c)));
      factor = factor ? times(once, factor) : once;
    }
    y = times(factor as Node, y);
  }
  return y;
}

function isBetweenMaps({ name }: ParameterSpec): boolean {
  const readsImage = name === 'encoder.0.conv1.weight' || name === 'encoder.0.conv3.weight';
  return /\.conv\d\.weight$|^up\./.test(name) && !readsImage;
}

function identityOf(g: GraphBuilder, size: number): Node {
  const data = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  return g.node('constant', [], { data, shape: [size, size] });
}
