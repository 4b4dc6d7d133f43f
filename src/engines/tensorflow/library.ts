/** The part of TensorFlow.js that is used here; any of its backends fits. */
export interface TensorFlow {
  tensor(values: Float32Array, shape: number[]): NativeTensor;
  add(a: NativeTensor, b: NativeTensor): NativeTensor;
  sub(a: NativeTensor, b: NativeTensor): NativeTensor;
  mul(a: NativeTensor, b: NativeTensor | number): NativeTensor;
  div(a: NativeTensor, b: NativeTensor): NativeTensor;
  addN(tensors: NativeTensor[]): NativeTensor;
  sqrt(x: NativeTensor): NativeTensor;
  log(x: NativeTensor): NativeTensor;
  rsqrt(x: NativeTensor): NativeTensor;
  square(x: NativeTensor): NativeTensor;
  sigmoid(x: NativeTensor): NativeTensor;
  softplus(x: NativeTensor): NativeTensor;
  leakyRelu(x: NativeTensor, slope: number): NativeTensor;
  greater(a: NativeTensor, b: number): NativeTensor;
  where(condition: NativeTensor, a: NativeTensor, b: NativeTensor): NativeTensor;
  sum(x: NativeTensor, axes: number[], keepSize: boolean): NativeTensor;
  mean(x: NativeTensor, axes: number[], keepSize: boolean): NativeTensor;
  broadcastTo(x: NativeTensor, shape: number[]): NativeTensor;
  reshape(x: NativeTensor, shape: number[]): NativeTensor;
  transpose(x: NativeTensor, axes: number[]): NativeTensor;
  reverse(x: NativeTensor, axes: number[]): NativeTensor;
  concat(parts: NativeTensor[], axis: number): NativeTensor;
  stack(parts: NativeTensor[], axis: number): NativeTensor;
  slice(x: NativeTensor, begin: number[], size: number[]): NativeTensor;
  pad(x: NativeTensor, paddings: Array<[number, number]>): NativeTensor;
  matMul(a: NativeTensor, b: NativeTensor, transposeA: boolean, transposeB: boolean): NativeTensor;
  conv2d(x: NativeTensor, filter: NativeTensor, strides: [number, number], padding: 'same' | 'valid'): NativeTensor;
  conv3d(
    x: NativeTensor,
    filter: NativeTensor,
    strides: [number, number, number],
    padding: 'same' | 'valid',
  ): NativeTensor;
  tidy<T>(work: () => T): T;
  keep(x: NativeTensor): NativeTensor;
  engine(): { runKernel(name: string, inputs: Record<string, NativeTensor>, attributes: object): unknown };
  backend(): unknown;
  memory(): { numTensors: number };
}

export interface NativeTensor {
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
  executeSingleOutput(name: string, attributes: OperationAttribute[], inputs: NativeTensor[]): NativeTensor;
  executeMultipleOutputs(
    name: string,
    attributes: OperationAttribute[],
    inputs: NativeTensor[],
    outputs: number,
  ): NativeTensor[];
}

/** A loaded library that computes natively. */
export interface NativeTensorFlow extends TensorFlow {
  backend(): NativeBackend;
}
