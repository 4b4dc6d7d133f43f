import type { Checkpoint } from './checkpoints/checkpoint';
import type { ValidationItem } from './data/fold-images';
import type { SeenImage } from './validation/glimpse';

/** What was found in the images of a validation, and small views of some of them. */
export interface ObservedValidation {
  /** of the weights, over all stages */
  step: number;
  epoch: number;
  /** that held the images out, from 1; null: the training has no folds */
  fold: number | null;
  threshold: number;
  /** Dice of each image at the threshold, by its id; null: without foreground */
  dice: ReadonlyMap<string, number | null>;
  seen: readonly SeenImage[];
  /** that the validation took */
  seconds: number;
}

/**
 * Is told what a training comes to, for people to see. Nothing of a training depends on it: what it fails at is its own
 * matter, and it throws nothing.
 */
export interface TrainingObserver {
  /** A checkpoint was saved. */
  saved(checkpoint: Checkpoint): Promise<void>;
  /**
   * Which of the images of a validation it would see small views of; none where there is no time for pictures.
   * @param trained seconds of training so far
   */
  wanted(items: readonly ValidationItem[], trained: number): readonly ValidationItem[];
  /** Is given what it wanted. */
  validated(validation: ObservedValidation): Promise<void>;
}
