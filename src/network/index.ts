export { momentCount, momentsOf } from './fixed-norms';
export { initialParameters } from './initial-parameters';
export { buildPredictor, buildTrainingStep, type KnownNetwork, PREDICTION_INPUT, PREDICTION_OUTPUT } from './models';
export { parameterCount, parameterSpecs } from './residual-unet';
export {
  divisor,
  divisors,
  type Loss,
  MODEL_SIZES,
  type ModelSize,
  type NetworkSpec,
  OBJECT_OUTPUTS,
  outputsOf,
  type ParameterSpec,
} from './spec';
