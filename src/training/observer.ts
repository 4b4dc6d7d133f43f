import type { Zyx } from '../image/region';
import type { Checkpoint } from './checkpoints/checkpoint';
import type { ValidationItem } from './data/fold-images';
import type { SeenImage, SeenPixels } from './validation/glimpse';

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

/** Which of the images that a fold holds out, or that a training without folds validates with. */
export interface PlaceOfImage {
  /** from 1; 0: the training has no folds */
  fold: number;
  index: number;
}

/** A map of an image, or of a part, by weights that had not learned from it; what it holds is valid until it is taken. */
export interface ObservedMap extends PlaceOfImage {
  /** how it was predicted, see `formName` */
  form: string;
  item: ValidationItem;
  pixels: SeenPixels;
}

/** What tells objects apart in a part of an image, by weights that had not learned from it; valid until it is taken. */
export interface ObservedObjects extends PlaceOfImage {
  item: ValidationItem;
  /** foreground, boundary and centre, [3, z, y, x] */
  maps: Float32Array;
  /** of true objects, [z, y, x] */
  numbers: Int32Array<ArrayBuffer>;
  /** 0: nothing is judged, [z, y, x] */
  weight: Uint8Array;
  size: Readonly<Zyx>;
  spacing: Readonly<Zyx>;
  /** the image is larger */
  isPart: boolean;
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
  /** Is shown each map that the outcome may rest on. */
  judged(map: ObservedMap): Promise<void>;
  /** Is shown what the way of telling objects apart is chosen on. */
  decoded(objects: ObservedObjects): Promise<void>;
}
