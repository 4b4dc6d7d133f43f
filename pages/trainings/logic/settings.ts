import type { TrainSettings } from '../../../src/training/settings';
import type { TextKey } from './texts';

/** Which text names each setting: the words of the train node's dialog. */
export const SETTING_TEXTS = {
  dimensions: 'setting.dimensions',
  objects: 'setting.objects',
  modelSize: 'setting.modelSize',
  levels: 'setting.levels',
  epochs: 'setting.epochs',
  batchSize: 'setting.batchSize',
  learningRate: 'setting.learningRate',
  loss: 'setting.loss',
  validation: 'setting.validation',
  maxMinutes: 'setting.maxMinutes',
  patience: 'setting.patience',
  startFrom: 'setting.startFrom',
  starter: 'setting.starter',
  augment: 'setting.augment',
  tiles: 'setting.tiles',
  seed: 'setting.seed',
} as const satisfies Record<Exclude<keyof TrainSettings, 'model'>, TextKey>;
