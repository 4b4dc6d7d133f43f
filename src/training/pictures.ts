import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { PICTURES_FOLDER, type TrainingPicture } from '../models/training-file';
import { writeFileAtomic } from '../storage/atomic-file';
import { type Layers, paintLayers } from '../views/overlay-paint';
import type { ValidationItem } from './data/fold-images';
import type { ObservedValidation } from './observer';
import type { SeenImage } from './validation/glimpse';

/** Images of one validation that pictures are made of. */
const MOST_IMAGES = 4;
/** Pictures of an image: the newest, and some of earlier steps. */
const MOST_EACH = 6;
/** All that one training keeps: of many folds the first images have fewer. */
const MOST_PICTURES = 60;
/**
 * Shares of the time of the validations, and of the whole training, that pictures may take, whichever is more; an image has
 * its first one whatever that takes.
 */
const SHARES = { validations: 0.05, training: 0.02 };
/** Percentiles of a plane that are drawn black and white. */
const [BLACK, WHITE] = [0.01, 0.995];

/** Pictures of validation images while a training goes on: few, small, and no more of them than there is time for. */
export class TrainingPictures {
  /** seconds spent so far on pictures, and on the validations that they were made in */
  readonly spent: { pictures: number; validations: number };

  /**
   * @param folder of the training
   * @param list what there is already; goes on with it
   */
  constructor(
    private readonly folder: string,
    readonly list: TrainingPicture[],
    spent = { pictures: 0, validations: 0 },
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.spent = { ...spent };
  }

  /** The first images of a validation, those with foreground before others; where pictures have taken their share only new ones. @param trained seconds of training so far */
  wanted(items: readonly ValidationItem[], trained: number): readonly ValidationItem[] {
    const { pictures, validations } = this.spent;
    const room = Math.max(SHARES.validations * validations, SHARES.training * trained);
    const isFull = ({ image }: ValidationItem) => image.index.foregroundCount > 0;
    const first = [...items.filter(isFull), ...items.filter((item) => !isFull(item))].slice(0, MOST_IMAGES);
    if (pictures <= room) return first;
    return first.filter(({ id }) => !this.list.some((picture) => picture.id === id));
  }

  /** Draws what was seen, beside earlier ones, of which those go that tell least. */
  async add({ seen, step, epoch, fold, threshold, dice, seconds }: ObservedValidation): Promise<void> {
    const begin = this.now();
    for (const image of seen) {
      const { id } = image;
      const file = `${this.numberOf(id)}-${step}.png`;
      await mkdir(path.join(this.folder, PICTURES_FOLDER), { recursive: true });
      const target = path.join(this.folder, PICTURES_FOLDER, file);
      await writeFileAtomic(target, await drawSeen(image, threshold), { existing: 'replace', sync: false });
      const picture: TrainingPicture = { id, step, epoch, fold, dice: dice.get(id) ?? null, threshold, file };
      const others = this.list.filter((other) => other.id !== id || other.step !== step);
      this.list.splice(0, this.list.length, ...others, picture);
      await this.thin(id);
    }
    this.spent.pictures += this.now() - begin;
    this.spent.validations += seconds;
  }

  /** A number for each image, which its files begin with. */
  private numberOf(id: string): number {
    const known = this.list.find((picture) => picture.id === id);
    if (known) return Number(known.file.split('-')[0]);
    return 1 + Math.max(-1, ...this.list.map(({ file }) => Number(file.split('-')[0])));
  }

  private async thin(id: string): Promise<void> {
    const ofImage = this.list.filter((picture) => picture.id === id).sort((a, b) => a.step - b.step);
    const surplus = ofImage.length > MOST_EACH ? ofImage[leastTelling(ofImage.map(({ step }) => step))] : null;
    if (surplus) await this.drop(surplus);
    while (this.list.length > MOST_PICTURES) await this.drop(this.list[0]);
  }

  private async drop(picture: TrainingPicture): Promise<void> {
    this.list.splice(this.list.indexOf(picture), 1);
    await rm(path.join(this.folder, PICTURES_FOLDER, picture.file), { force: true });
  }
}

/**
 * Which of some steps tells least of how a training went: the one between whose neighbours lies the smallest part of the
 * way. The first and the last always stay.
 * @param steps ascending, three at least
 * @returns its index
 */
export function leastTelling(steps: readonly number[]): number {
  let least = 1;
  const gap = (i: number) => Math.log(steps[i + 1] + 1) - Math.log(steps[i - 1] + 1);
  for (let i = 2; i < steps.length - 1; i++) if (gap(i) < gap(least)) least = i;
  return least;
}

/** Draws raw, truth and what lies above the threshold, in the colours of all pictures. @returns a PNG */
export async function drawSeen(
  { width, height, raw, probability, truth, weight }: SeenImage,
  threshold: number,
): Promise<Buffer> {
  const [low, high] = limitsOf(raw);
  const rgb = new Uint8Array(3 * raw.length);
  for (let i = 0; i < raw.length; i++) {
    rgb.fill(Math.round((255 * (Math.min(high, Math.max(low, raw[i])) - low)) / (high - low)), 3 * i, 3 * i + 3);
  }
  const maskOf = (isIn: (i: number) => boolean) => {
    const inside = truth.map((_, i) => (isIn(i) ? 1 : 0));
    return { inside, values: Float64Array.from(inside), unknown: new Uint8Array(raw.length) };
  };
  const layers: Layers = {
    found: maskOf((i) => probability[i] > threshold),
    probability: null,
    truth: maskOf((i) => truth[i] > 0),
    excluded: weight.map((value) => (value > 0 ? 0 : 1)),
  };
  paintLayers(rgb, [height, width], layers);
  const picture = sharp(rgb, { raw: { width, height, channels: 3 } });
  return picture.png({ compressionLevel: 3 }).toBuffer();
}

/** What becomes black and white; apart, even where all is the same. */
function limitsOf(values: Float32Array): [number, number] {
  const sorted = values.slice().sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return [at(BLACK), Math.max(at(BLACK) + 1e-6, at(WHITE))];
}
