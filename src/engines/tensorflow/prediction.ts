import { messageOf, SegmenterError } from '../../base/errors';
import { PREDICTION_INPUT, PREDICTION_OUTPUT, predictionGraph } from '../../network/models';
import { outputsOf } from '../../network/spec';
import { requireImageShape } from '../check-shape';
import type { DeviceName, KnownNetwork, PredictionSession } from '../engine';
import { NativeCalls } from '../native-calls';
import { fromStored, toStored } from './layout';
import type { NativeTensor, TensorFlow } from './library';
import { Program } from './program';
import type { Rules } from './rules/types';

/** A network of ours with its parameters as a tensor; keeps the program of the last shape. */
export class TensorFlowPrediction implements PredictionSession {
  private readonly network: KnownNetwork;
  private readonly parameters: NativeTensor;
  private readonly calls: NativeCalls;
  private last: { shape: string; program: Program } | null = null;

  constructor(
    private readonly tf: TensorFlow,
    private readonly rules: Rules,
    network: KnownNetwork,
    device: DeviceName,
  ) {
    this.network = { ...network, parameters: network.parameters.slice() };
    this.calls = new NativeCalls({ device });
    this.parameters = tf.tensor(this.network.parameters, [network.parameters.length]);
  }

  async predict(input: Float32Array, shape: number[]): Promise<Float32Array> {
    requireImageShape(this.network.spec, input, shape);
    const { tf } = this;
    const image = tf.tidy(() => toStored(tf, tf.tensor(input, shape), shape));
    try {
      const feeds = { [PREDICTION_INPUT]: image, parameters: this.parameters };
      const data = await this.calls.make(`prediction of [${shape}]`, async () => {
        const { [PREDICTION_OUTPUT]: stored } = this.programFor(shape).run(feeds);
        const output = this.network.gives === 'norm-sums' ? stored : this.ownOrder(stored, shape);
        const values = await output.data();
        output.dispose();
        return values;
      });
      return data instanceof Float32Array ? data : Float32Array.from(data);
    } catch (cause) {
      const message = `TensorFlow: prediction of [${shape}]: ${messageOf(cause)}`;
      throw new SegmenterError('engine', message, { shape }, { cause });
    } finally {
      image.dispose();
    }
  }

  /** From the stored order to that of [n, c, (z,) y, x]; of one channel they are the same. */
  private ownOrder(stored: NativeTensor, [items, , ...spatial]: number[]): NativeTensor {
    const channels = outputsOf(this.network.spec);
    if (channels === 1) return stored;
    const output = fromStored(this.tf, stored, [items, channels, ...spatial]);
    stored.dispose();
    return output;
  }

  async dispose(): Promise<void> {
    this.parameters.dispose();
  }

  private programFor(shape: number[]): Program {
    if (this.last?.shape !== shape.join()) {
      this.last = {
        shape: shape.join(),
        program: new Program(this.tf, this.rules, predictionGraph(this.network, shape)),
      };
    }
    return this.last.program;
  }
}
