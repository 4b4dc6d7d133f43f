import os from 'node:os';
import { SegmenterError, throwIfCancelled } from '../../base/errors';
import { product } from '../../base/numbers';
import { aboutImages } from '../../formats/described-file';
import { NON_ZERO } from '../../masks/foreground';
import { foregroundText } from '../../masks/foreground-text';
import { outputsOf } from '../../network';
import type { Box } from '../../patches/patch-pixels';
import { listNames } from '../../samples/names';
import { type Sample, truthRole } from '../../samples/sample';
import type { Looks } from '../../trust/looks';
import type { Preparation } from '../prepare';
import { checkImages, firstOf, type LoadedImage } from './check-images';
import {
  blocksOf,
  type Fold,
  foldImages,
  hasBothForeground,
  judgedBlock,
  type LoadedSample,
  type ValidationItem,
} from './fold-images';
import { looksOf } from './looks';
import { type OpenPart, openPart, openParts } from './open-part';
import { type RareForeground, rareForeground } from './rare-foreground';
import { isCrossFitted } from './split';
import { bytesHeld, closeReaders, TrainingImage } from './training-image';

/** The pixels of a training. Close it after use. */
export interface LoadedData {
  images: TrainingImage[];
  /** the same with the blocks that are held out of them: what images look like needs no truth */
  whole: TrainingImage[];
  validation: ValidationItem[];
  /** null: foreground is not rare, or there is nothing to find the threshold by */
  rare: RareForeground | null;
  /** of a training that is judged by cross-fitting */
  folds: Fold[];
  /** how the images look that are learned from; null: all are excluded */
  looks: Looks | null;
  /** what a person should know, for the card: images left out, blocks held out */
  notes: string[];
  /** what a person should see at once: how segmentations were taken, that there is nothing to judge by */
  warnings: string[];
  close(): Promise<void>;
}

export interface LoadOptions {
  /** MB that images may be held in; larger ones are read region by region. 0: a quarter of the machine's memory */
  memoryMB: number;
  signal?: AbortSignal;
  /** opens the pixels of a description; replaced in tests */
  open?: OpenPart;
}

/**
 * Opens and measures all images of a training.
 * @throws SegmenterError `invalid-input` for NaN pixels, when the training images have no foreground, no background or no weight, or when
 *   an image to validate with is too large for the memory
 */
export async function loadTrainingData(
  preparation: Preparation,
  { memoryMB, signal, open = openPart }: LoadOptions,
): Promise<LoadedData> {
  const { samples, split, settings, normalisation } = preparation;
  const memory = memoryMB > 0 ? memoryMB * 2 ** 20 : os.totalmem() / 4;
  let budget = memory;
  const opened: TrainingImage[] = [];
  const loaded: LoadedImage[] = [];
  const told: string[] = [];
  const data: LoadedData = {
    images: [],
    whole: [],
    validation: [],
    rare: null,
    folds: [],
    looks: null,
    notes: [],
    warnings: [],
    close: async () => {
      await Promise.all(opened.map((image) => image.close()));
    },
  };
  const load = async (sample: number, t: number, use: LoadedImage['use']): Promise<TrainingImage> => {
    throwIfCancelled(signal, 'the training');
    const { id } = samples[sample];
    const parts = await openParts(
      samples[sample],
      t,
      (image, role, labels) => open(image, { role, id, signal, labels }),
      outputsOf(preparation.spec) > 1,
    );
    if (t === 0) told.push(...parts.notes);
    const bytes = bytesHeld(parts);
    const hold = bytes <= budget;
    if (hold) budget -= bytes;
    const { raw } = samples[sample];
    const image = await aboutImages([raw], () => TrainingImage.load(parts, normalisation, hold, use === 'train')).catch(
      async (error: unknown) => {
        await closeReaders(parts);
        throw error;
      },
    );
    opened.push(image);
    loaded.push({ id: image.id, sample, use, looks: image.looks });
    return image;
  };

  /** The time points of samples that have anything to learn from, or to be judged by. */
  const images = async function* (indices: readonly number[], use: LoadedImage['use']): AsyncGenerator<TrainingImage> {
    for (const i of indices) {
      for (let t = 0; t < samples[i].raw.shape[0]; t++) {
        const image = await load(i, t, use);
        if (image.index.includedCount > 0) yield image;
        else data.notes.push(`${image.id} was left out: every pixel is excluded or unknown`);
      }
    }
  };

  try {
    const samplesOf: LoadedSample[] = [];
    for await (const image of images(split.train, 'train')) {
      samplesOf.push({ image, sample: loaded[loaded.length - 1].sample });
      const blocks =
        split.kind === 'blocks' && !image.isPredicted ? blocksOf(image, preparation, settings.validation ?? 0) : [];
      const block = blocks.find((some) => hasBothForeground(image, some));
      data.whole.push(image);
      data.images.push(block ? await image.restricted(block.trainable) : image);
      if (block) data.validation.push(await judgedBlock(image, block));
    }
    data.folds = await foldImages(preparation, samplesOf);
    data.looks = await looksOf(byFile(samplesOf, samples), signal);
    if (split.kind === 'blocks') data.notes.push(blockNote(data));
    else if (isCrossFitted(split)) data.notes.push(foldNote(data));
    else {
      for await (const image of images(split.validation, 'val')) {
        data.validation.push({ id: image.id, image, predicted: { start: [0, 0, 0], end: image.shape } });
      }
      requireForegroundToJudgeBy(data, split.validation.length);
    }
    const held = split.kind === 'blocks' ? [] : split.validation;
    checkBothClasses(
      data.images,
      split.train.map((i) => samples[i]),
      [...held, ...split.test].map((i) => samples[i].id),
    );
    // What it is learned with lowers probabilities, by much where little was learned: of no use where nobody finds the threshold.
    if (data.validation.length + data.folds.length > 0) data.rare = await rareForeground(data.images, preparation);
    // What is held out of a fold has no part in it, its objects neither.
    if (data.rare) for (const fold of data.folds) fold.rare = await rareForeground(fold.images, preparation);
    const { notes, warnings } = checkImages(loaded, preparation);
    data.notes.push(...notes);
    data.warnings.push(...firstOf(told, 'segmentations'), ...warnings);
    checkValidation(data.validation, memory);
    return data;
  } catch (error) {
    await data.close();
    throw error;
  }
}

/** The images of each file. */
function byFile(loaded: readonly LoadedSample[], samples: readonly Sample[]): TrainingImage[][] {
  const files = new Map<string, TrainingImage[]>();
  for (const { image, sample } of loaded) {
    const { uri } = samples[sample].raw;
    files.set(uri, [...(files.get(uri) ?? []), image]);
  }
  return [...files.values()];
}

function blockNote({ images, validation }: LoadedData): string {
  if (validation.length === 0) return 'no validation: no image is large enough to hold a block with foreground out';
  const empty = images.filter(isEmpty).length;
  const others = empty > 0 ? `; ${empty} hold no foreground` : '';
  return `a block of ${validation.length} of ${images.length} images is held out for validation${others}`;
}

function foldNote({ images, folds }: LoadedData): string {
  if (folds.length === 0) return 'no validation: no image is large enough to hold a block with foreground out';
  const held = folds.map(({ heldOut }) => heldOut.length).join(' + ');
  return `judged out of fold: ${held} of ${images.length} images held out in turn`;
}

/** Of images without foreground nobody can tell which step or threshold is best: the one that finds nothing wins. */
function requireForegroundToJudgeBy(data: LoadedData, asked: number): void {
  const count = data.validation.length;
  const empty = data.validation.filter(({ image }) => isEmpty(image)).length;
  if (asked > 0 && empty === count) {
    const names = data.validation.map(({ id }) => id).join(', ');
    const held = count === 0 ? 'every pixel of it is excluded' : names.slice(0, 300);
    data.warnings.push(
      `validation holds no foreground (${held}), so that nothing could be compared: the averaged weights of the last step are kept, at threshold 0.5; hold out images with foreground`,
    );
    data.validation = [];
  } else if (empty > 0) {
    data.notes.push(`${empty} of ${count} validation images are empty: judged by false positives`);
  }
}

function isEmpty({ index }: TrainingImage): boolean {
  return index.foregroundCount === 0;
}

function isFull({ index }: TrainingImage): boolean {
  return index.includedCount > 0 && index.foregroundCount === index.includedCount;
}

/**
 * Of foreground alone, or background alone, nothing is learnt, and every score of it is perfect.
 * @param samples what the images are of
 * @param heldOut samples that are not trained on: what they show cannot be learnt
 */
function checkBothClasses(
  images: readonly TrainingImage[],
  samples: Preparation['samples'],
  heldOut: readonly string[],
): void {
  if (images.length === 0) {
    throw new SegmenterError(
      'invalid-input',
      'training images: expected pixels to learn from, got none: all are excluded',
    );
  }
  const names = listNames(images.map(({ id }) => id));
  const rules = samples.map((sample) => foregroundText(sample[truthRole(sample)]?.foreground ?? NON_ZERO));
  const rule = [...new Set(rules)].join('; ');
  if (images.every(isEmpty)) {
    const others = heldOut.length > 0 ? `; held out for validation or test are ${listNames(heldOut)}` : '';
    const message = `training segmentations: expected some foreground (${rule}), got none in ${names}${others}`;
    throw new SegmenterError('invalid-input', message, { images: images.length, heldOut: heldOut.length });
  }
  if (images.every(isFull)) {
    const message = `training segmentations: expected some background, got none in ${names}: every pixel is foreground (${rule}); set foreground where they are loaded`;
    throw new SegmenterError('invalid-input', message, { images: images.length });
  }
}

/** A validation of so many bytes is small, whatever images may be held in. */
const SMALL_VALIDATION = 2 ** 28;
/** Bytes a validation takes for each pixel: normalised twice, target, weight, probability and sums. */
const validationBytes = (channels: number) => 8 * channels + 10;

/** Voxels of an image out of fold that may be predicted in so many bytes. */
export function mostJudged(memoryMB: number, channels: number): number {
  const memory = memoryMB > 0 ? memoryMB * 2 ** 20 : os.totalmem() / 4;
  return Math.floor(Math.max(memory, SMALL_VALIDATION) / validationBytes(channels));
}

/**
 * Training reads patches from files of any size; a validation predicts its image in memory.
 * @param memory bytes
 * @throws SegmenterError `invalid-input` naming an image that is too large
 */
export function checkValidation(
  items: ReadonlyArray<{ id: string; image: Pick<TrainingImage, 'channels'>; predicted: Box }>,
  memory: number,
): void {
  for (const { id, image, predicted } of items) {
    const size = predicted.end.map((end, axis) => end - predicted.start[axis]);
    const bytes = product(size) * validationBytes(image.channels);
    if (bytes <= Math.max(memory, SMALL_VALIDATION)) continue;
    const inMB = (n: number) => Math.ceil(n / 2 ** 20);
    const message =
      `validation image ${id}: ${size.join(' x ')} pixels need ${inMB(bytes)} MB, and training may plan with ` +
      `${inMB(memory)} MB; crop the image to a part that is well segmented, set validation to 0, or raise the memory`;
    throw new SegmenterError('invalid-input', message, { id, size, bytes, memory });
  }
}
