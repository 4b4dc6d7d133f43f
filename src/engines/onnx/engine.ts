import type { NetworkSpec } from '../../network/spec';
import type {
  Engine,
  PredictionModel,
  PredictionSession,
  TrainingOptions,
  TrainingSession,
  TrainingState,
} from '../engine';
import { physicalCores } from '../physical-cores';
import { createPrediction } from './prediction';
import { createTraining } from './training';

/** ONNX Runtime on the CPU. Its calls block the thread: use it in a process of its own. */
export class OnnxEngine implements Engine {
  readonly name = 'onnx';
  readonly device = 'cpu';
  readonly threads: number;

  /** @param threads 0: as many as there are physical cores */
  constructor(threads: number) {
    this.threads = threads || physicalCores();
  }

  createTraining(spec: NetworkSpec, options: TrainingOptions, state: TrainingState): Promise<TrainingSession> {
    return createTraining(spec, options, state, { threads: this.threads });
  }

  createPrediction(model: PredictionModel): Promise<PredictionSession> {
    return createPrediction(model, { threads: this.threads });
  }
}
