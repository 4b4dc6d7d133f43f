import { UnsupportedError } from '../../base/errors';
import type { NetworkSpec } from '../../network/spec';
import type {
  DeviceName,
  Engine,
  PredictionModel,
  PredictionSession,
  TrainingOptions,
  TrainingSession,
  TrainingState,
} from '../engine';
import type { TensorFlow } from './library';
import { TensorFlowPrediction } from './prediction';
import type { Rules } from './rules/types';
import { TensorFlowTraining } from './training';

/** TensorFlow, which computes the intermediate form node by node. Its calls block the thread: use it in a process of its own. */
export class TensorFlowEngine implements Engine {
  readonly name = 'tensorflow';

  constructor(
    private readonly tf: TensorFlow,
    private readonly rules: Rules,
    readonly device: DeviceName,
    readonly threads: number,
  ) {}

  async createTraining(spec: NetworkSpec, options: TrainingOptions, state: TrainingState): Promise<TrainingSession> {
    return new TensorFlowTraining(this.tf, this.rules, spec, options, state, this.device);
  }

  /** @throws UnsupportedError for an ONNX model, which only the ONNX engine runs */
  async createPrediction(model: PredictionModel): Promise<PredictionSession> {
    if (typeof model === 'string' || model instanceof Uint8Array) {
      const name = typeof model === 'string' ? model : 'an ONNX model in memory';
      throw new UnsupportedError(name, 'the engine tensorflow runs networks trained here only; take the engine onnx', {
        engine: this.name,
      });
    }
    return new TensorFlowPrediction(this.tf, this.rules, model, this.device);
  }
}
