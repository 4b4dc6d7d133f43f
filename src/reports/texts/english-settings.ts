import type { TrainSettings } from '../../training/settings';

/** What a person can set of a training, in the words of the dialog of train. */
export interface SettingTexts {
  names: Readonly<Record<Exclude<keyof TrainSettings, 'model'>, string>>;
  /** of words and switches; numbers and names stand as they are */
  values: Readonly<Record<string, string>>;
}

export const SETTINGS: SettingTexts = {
  names: {
    dimensions: 'Dimensions',
    objects: 'Objects',
    modelSize: 'Model size',
    levels: 'Levels',
    epochs: 'Epochs',
    batchSize: 'Batch size',
    learningRate: 'Learning rate',
    loss: 'Loss',
    validation: 'Validation',
    maxMinutes: 'Minutes',
    patience: 'Patience',
    startFrom: 'Start from',
    starter: 'Starter weights',
    augment: 'Augment',
    tiles: 'Tiles',
    seed: 'Seed',
  },
  values: {
    auto: 'automatic',
    on: 'told apart',
    off: 'foreground alone',
    always: 'always',
    never: 'never',
    small: 'small',
    medium: 'medium',
    large: 'large',
    patch: 'near the patch size',
    'dice+bce': 'Dice + cross-entropy',
    dice: 'Dice',
    true: 'yes',
    false: 'no',
    null: 'blank',
  },
};
