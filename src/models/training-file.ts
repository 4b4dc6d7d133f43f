import path from 'node:path';
import { type Static, Type } from '#typebox';
import { CorruptFileError, messageOf } from '../base/errors';
import { validate, words } from '../base/schema';
import { readUnlinkedText } from '../storage/outside-files';
import { ExpectedDiceSchema } from '../trust/interval';

/** What a training leaves for people beside its checkpoints or its model: facts, events for TensorBoard, pictures. */
export const TRAINING_FILE = 'training.json';
export const PICTURES_FOLDER = 'pictures';
/** TensorBoard takes any file for its own whose name has `tfevents` in it. */
const EVENTS = /^events\.out\.tfevents\.\d{1,12}\.segmenter$/;
const PICTURE = /^\d{1,4}-\d{1,10}\.png$/;

/** Gives the name of the file of events of a training that began at a time. @param begun seconds since 1970 */
export function eventsName(begun: number): string {
  return `events.out.tfevents.${Math.floor(begun)}.segmenter`;
}

/** Whether a file in a training's or model's folder is one that tells of the training, with `/` between folders. */
export function isTrainingLogName(name: string): boolean {
  const [folder, file, ...more] = name.split('/');
  if (file === undefined) return folder === TRAINING_FILE || EVENTS.test(folder);
  return folder === PICTURES_FOLDER && PICTURE.test(file) && more.length === 0;
}

export function isEventsName(name: string): boolean {
  return EVENTS.test(name);
}

export function isPictureName(name: string): boolean {
  return PICTURE.test(name);
}

const Whole = Type.Integer({ minimum: 0 });
const NumberOrNull = Type.Union([Type.Number(), Type.Null()]);
const TextOrNull = Type.Union([Type.String(), Type.Null()]);

/** A picture of a validation image: raw, truth and what was predicted after a step. */
export const TrainingPictureSchema = Type.Object({
  /** of the validation image */
  id: Type.String(),
  step: Whole,
  epoch: Whole,
  /** that held it out, from 1; null: the validation of a training without folds */
  fold: Type.Union([Whole, Type.Null()]),
  /** of the whole image at the threshold; null: without foreground */
  dice: NumberOrNull,
  threshold: Type.Number(),
  /** its name in the folder of pictures */
  file: Type.String({ pattern: PICTURE.source }),
});
export type TrainingPicture = Static<typeof TrainingPictureSchema>;

/**
 * `training.json`: what a list of trainings says of one. Numbers of its epochs are in `metrics.csv` beside it; what it goes
 * on from is its checkpoint, which this file has no part in.
 */
export const TrainingFileSchema = Type.Object({
  format: Type.Literal('segmenter-training'),
  formatVersion: Type.Literal(1),
  /** 64 hexadecimal digits that stand for settings and data; empty: not known */
  run: Type.String(),
  model: Type.String(),
  /** `running` of a process that was killed stays: whether it goes on its host knows */
  state: words(['running', 'ended', 'interrupted', 'failed']),
  /** why it ended: `budget`, `early`, `patience`, `time`, `stopped` */
  ended: TextOrNull,
  error: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
  /** ISO 8601; null: not known */
  begun: TextOrNull,
  changed: Type.String(),
  /** of training, pauses left out */
  seconds: Type.Number(),
  settings: Type.Record(Type.String(), Type.Unknown()),
  /** name@version */
  startedFrom: TextOrNull,
  network: Type.Object({
    dimensions: Type.Union([Type.Literal(2), Type.Literal(3)]),
    /** [(z,) y, x] */
    patch: Type.Array(Type.Number()),
    parameters: Whole,
  }),
  data: Type.Object({
    samples: Whole,
    failed: Whole,
    /** learned from and judged by; each time point counts */
    images: Whole,
    validationImages: Whole,
    /** how they were divided: `files`, `folds`, ... */
    split: Type.String(),
    folds: Whole,
  }),
  /** steps of each stage: of each fold, then on all images */
  stages: Type.Array(Whole),
  minutes: NumberOrNull,
  step: Whole,
  epoch: Whole,
  loss: NumberOrNull,
  /** of the model as it is published, before that of the last validation */
  validationDice: NumberOrNull,
  threshold: NumberOrNull,
  expected: Type.Union([ExpectedDiceSchema, Type.Null()]),
  computedBy: TextOrNull,
  notes: Type.Array(Type.String()),
  warnings: Type.Array(Type.String()),
  pictures: Type.Array(TrainingPictureSchema),
  /** what the pictures cost, and the validations that they were made in */
  pictureSeconds: Type.Optional(Type.Object({ pictures: Type.Number(), validations: Type.Number() })),
});
export type TrainingFile = Static<typeof TrainingFileSchema>;

/** No such file is larger. */
const MOST_CHARACTERS = 4_000_000;

/**
 * Reads what a folder says of a training.
 * @returns null where it says nothing, as folders of earlier versions
 * @throws CorruptFileError where the file is damaged
 */
export async function readTrainingFile(folder: string): Promise<TrainingFile | null> {
  const file = path.join(folder, TRAINING_FILE);
  const text = await readUnlinkedText(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    if (text.length > MOST_CHARACTERS) throw new Error(`expected at most ${MOST_CHARACTERS} characters`);
    return validate(TrainingFileSchema, JSON.parse(text), 'training');
  } catch (cause) {
    throw new CorruptFileError(file, `does not tell of a training: ${messageOf(cause)}`, {}, { cause });
  }
}
