/** The part of TensorFlow.js that is used here; any of its backends fits. */
export interface TensorFlow {
  tensor(values: Float32Array, shape: number[]): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  div(a: Tensor, b: Tensor): Tensor;
  addN(tensors: Tensor[]): Tensor;
  sqrt(x: Tensor): Tensor;
  rsqrt(x: Tensor): Tensor;
  square(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  softplus(x: Tensor): Tensor;
  leakyRelu(x: Tensor, slope: number): Tensor;
  greater(a: Tensor, b: number): Tensor;
  where(condition: Tensor, a: Tensor, b: Tensor): Tensor;
  sum(x: Tensor, axes: number[], keepSize: boolean): Tensor;
  mean(x: Tensor, axes: number[], keepSize: boolean): Tensor;
  broadcastTo(x: Tensor, shape: number[]): Tensor;
  reshape(x: Tensor, shape: number[]): Tensor;
  transpose(x: Tensor, axes: number[]): Tensor;
  reverse(x: Tensor, axes: number[]): Tensor;
  concat(parts: Tensor[], axis: number): Tensor;
  stack(parts: Tensor[], axis: number): Tensor;
  slice(x: Tensor, begin: number[], size: number[]): Tensor;
  pad(x: Tensor, paddings: Array<[number, number]>): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor;
  conv2d(x: Tensor, filter: Tensor, stride: number, padding: 'same' | 'valid'): Tensor;
  conv3d(x: Tensor, filter: Tensor, stride: number, padding: 'same' | 'valid'): Tensor;
  tidy<T>(work: () => T): T;
  keep(x: Tensor): Tensor;
  engine(): { runKernel(name: string, inputs: Record<string, Tensor>, attributes: object): unknown };
  backend(): unknown;
  memory(): { numTensors: number };
}

export interface Tensor {
  readonly shape: number[];
  data(): Promise<ArrayLike<number>>;
  dispose(): void;
}

/** An attribute of a native operation, made by {@link NativeBackend}'s constants. */
export interface OperationAttribute {
  name: string;
  type: number;
  value: number | boolean | string;
}

/** The backend of tfjs-node and tfjs-node-gpu: runs any operation of the native library, whether or not TensorFlow.js has it. */
export interface NativeBackend {
  /** whether the native library lists a GPU, which then computes everything */
  readonly isUsingGpuDevice: boolean;
  readonly binding: Record<'TF_ATTR_TYPE' | 'TF_ATTR_FLOAT' | 'TF_ATTR_BOOL' | 'TF_ATTR_STRING' | 'TF_FLOAT', number>;
  executeSingleOutput(name: string, attributes: OperationAttribute[], inputs: Tensor[]): Tensor;
  executeMultipleOutputs(name: string, attributes: OperationAttribute[], inputs: Tensor[], outputs: number): Tensor[];
}

/** A loaded library that computes natively. */
export interface NativeTensorFlow extends TensorFlow {
  backend(): NativeBackend;
}
