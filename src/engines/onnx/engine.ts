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
import { createPrediction, type PredictionForm } from './prediction';
import type { SessionSettings } from './session';
import { createTraining, type TrainingForm } from './training';

/** What one device is told, and how graphs are written for it. */
export interface OnnxForm {
  device: DeviceName;
  session: Omit<SessionSettings, 'threads' | 'keep'>;
  training: TrainingForm;
  prediction: PredictionForm;
}

/** ONNX Runtime on one device. Its calls block the thread: use it in a process of its own. */
export class OnnxEngine implements Engine {
  readonly name = 'onnx';
  readonly device: DeviceName;

  constructor(
    private readonly form: OnnxForm,
    readonly threads: number,
  ) {
    this.device = form.device;
  }

  async createTraining(spec: NetworkSpec, options: TrainingOptions, state: TrainingState): Promise<TrainingSession> {
    return createTraining(spec, options, state, this.settings, this.form.training);
  }

  async createPrediction(model: PredictionModel): Promise<PredictionSession> {
    return createPrediction(model, this.settings, this.form.prediction);
  }

  /** of its sessions */
  get settings(): SessionSettings {
    return { ...this.form.session, threads: this.threads };
  }
}
