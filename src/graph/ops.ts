/**
 * The intermediate form: a graph of values, each made by one operation out of a closed set. Shape, gradient and
 * lowering rules are tables keyed by this set, so an operation without a rule does not compile.
 * Images are [n, c, (z,) y, x]; `x` below is a value, `w` a weight.
 */
export interface Attributes {
  /** fed at run time */
  input: { name: string; shape: number[] };
  constant: { data: Float32Array; shape: number[] };

  // element by element, with NumPy's broadcasting
  add: Empty;
  subtract: Empty;
  multiply: Empty;
  divide: Empty;
  sqrt: Empty;
  /** natural */
  log: Empty;
  sigmoid: Empty;
  /** log(1 + exp(x)) */
  softplus: Empty;
  /** x where x > 0, else slope * x */
  leakyRelu: { slope: number };
  /** (dy, y): dy where y > 0, else slope * dy */
  leakyReluGradient: { slope: number };

  /** over the axes, which stay with size 1 */
  sum: { axes: number[] };
  expand: { shape: number[] };
  reshape: { shape: number[] };
  concat: { axis: number };
  slice: { axis: number; start: number; end: number };
  /** (a, b): the matrix a b, or a bᵀ */
  product: { transposed: boolean };

  /** (x, w): strides of 1 or 2; w is [co, ci, ...], along each axis 3 wide and padded by 1, or 1 wide */
  conv: { strides: number[] };
  /** (dy, w, and dw where that is to come first): the gradient of conv's x, of the given spatial size */
  convInputGradient: { strides: number[]; spatial: number[] };
  /** (x, dy): the gradient of conv's w, of the given widths */
  convWeightGradient: { strides: number[]; widths: number[] };

  /** (x, w): transposed convolution; w is [ci, co, ...], and along each axis its width, 1 or 2, is the stride */
  upConv: Empty;
  /** (dy, w, and dw where that is to come first) */
  upConvInputGradient: Empty;
  /** (x, dy) */
  upConvWeightGradient: Empty;

  /** (x, scale, shift): each channel of each item to mean 0 and variance 1, then scale and shift */
  instanceNorm: { epsilon: number };
  /** (x, scale, dy) */
  instanceNormInputGradient: { epsilon: number };
  /** (x, dy): the gradient of scale */
  instanceNormScaleGradient: { epsilon: number };
}
export type Empty = Record<never, never>;
export type Op = keyof Attributes;

/** The result of one operation. */
export interface Node<K extends Op = Op> {
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Node[];
  readonly attributes: Attributes[K];
  readonly shape: readonly number[];
}

/** Every node as a union that narrows by `op`. */
export type AnyNode = { [K in Op]: Node<K> }[Op];
