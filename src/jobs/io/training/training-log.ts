import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { toErrorRecord } from '../../../base/errors';
import {
  eventsName,
  isEventsName,
  isPictureName,
  PICTURES_FOLDER,
  readTrainingFile,
  TRAINING_FILE,
  type TrainingFile,
} from '../../../models/training-file';
import { parameterCount } from '../../../network';
import { allEvents, EpochEvents, firstEvents, type PictureBytes } from '../../../reports/tensorboard/training-events';
import { writeFileAtomic } from '../../../storage/atomic-file';
import { stepsDone } from '../../../training/checkpoints/begin';
import type { Checkpoint } from '../../../training/checkpoints/checkpoint';
import type { ValidationItem } from '../../../training/data/fold-images';
import { MapFiles } from '../../../training/map-files';
import type { ObservedMap, ObservedObjects, ObservedValidation, TrainingObserver } from '../../../training/observer';
import { TrainingPictures } from '../../../training/pictures';
import type { Preparation } from '../../../training/prepare';
import type { TrainingResult } from '../../../training/result';

/** Notes that are kept for people: the newest. */
const MOST_NOTES = 100;

type Changing = Partial<Omit<TrainingFile, 'format' | 'formatVersion' | 'run' | 'pictures'>>;

/**
 * What a training leaves for people in its folder while it goes on: `training.json`, events for TensorBoard, pictures of
 * validation images, and their maps for the report. All of it is for looking at: what fails of it stops no training.
 */
export class TrainingLog implements TrainingObserver {
  private readonly pictures: TrainingPictures;
  private readonly maps: MapFiles;
  private events: EpochEvents | null = null;
  private isListed = false;

  private constructor(
    private readonly folder: string,
    private training: TrainingFile,
  ) {
    this.pictures = new TrainingPictures(folder, training.pictures, training.pictureSeconds);
    this.maps = new MapFiles(folder);
  }

  /** Opens the log of a training, which goes on where this run of it was interrupted. */
  static async open(folder: string, preparation: Preparation): Promise<TrainingLog> {
    const before = await readTrainingFile(folder).catch(() => null);
    const known = before?.run === preparation.key ? before : null;
    const log = new TrainingLog(folder, firstEntry(preparation, known));
    await log.clear().catch(() => undefined);
    return log;
  }

  wanted(items: readonly ValidationItem[], trained: number): readonly ValidationItem[] {
    return this.pictures.wanted(items, trained);
  }

  async validated(validation: ObservedValidation): Promise<void> {
    if (validation.seen.length === 0) return;
    await attempted(async () => {
      await this.pictures.add(validation);
      await this.write({});
    });
  }

  async judged(map: ObservedMap): Promise<void> {
    await attempted(() => this.maps.keepMap(map));
  }

  async decoded(objects: ObservedObjects): Promise<void> {
    await attempted(() => this.maps.keepObjects(objects));
  }

  /** Is told that it goes on: it is on the list from then on, however long its first checkpoint takes. */
  async begun(): Promise<void> {
    if (this.isListed) return;
    this.isListed = true;
    await attempted(() => this.write({}));
  }

  async saved(checkpoint: Checkpoint): Promise<void> {
    this.isListed = true;
    await attempted(async () => {
      const { images, validationImages } = checkpoint.facts;
      const folds = checkpoint.plan.steps.length - 1;
      const network = { ...this.training.network, parameters: checkpoint.state.parameters.length };
      await this.write({
        ...factsOf(checkpoint),
        network,
        data: { ...this.training.data, images, validationImages, folds },
      });
      await this.appendEvents(checkpoint);
    });
  }

  /** Is told that the training has ended without a model. */
  async failed(error: unknown): Promise<void> {
    const { code, message } = toErrorRecord(error);
    const isInterrupted = code === 'cancelled';
    // What was interrupted before its first step leaves nothing to see.
    if (isInterrupted && this.training.step === 0) return;
    const state = isInterrupted ? 'interrupted' : 'failed';
    await attempted(() => this.write({ state, error: isInterrupted ? null : { code, message } }));
  }

  /** Gives the files that go with the model, by their names. @param scores of the model, by name */
  async filesOf(
    result: TrainingResult,
    scores: ReadonlyMap<string, number>,
  ): Promise<Map<string, string | Uint8Array>> {
    const { history, validation, outcome, facts } = result;
    const last = history.at(-1);
    this.change({
      ...{ state: 'ended', ended: result.ended, error: null, seconds: result.seconds },
      ...{ step: result.steps, epoch: last?.epoch ?? 0, loss: last?.loss ?? null },
      ...{ validationDice: validation?.dice ?? null, threshold: result.threshold, expected: outcome?.expected ?? null },
      ...{ computedBy: facts.computedBy ?? null, notes: facts.notes, warnings: facts.warnings ?? [] },
      ...{ stages: result.plan.steps, minutes: result.plan.minutes },
    });
    const pictures: PictureBytes[] = [];
    for (const picture of this.training.pictures) {
      const png = await readFile(path.join(this.folder, PICTURES_FOLDER, picture.file)).catch(() => null);
      if (png) pictures.push({ ...picture, png });
    }
    this.training.pictures = pictures.map(({ png: _, ...picture }) => picture);
    const begun = this.begunSeconds;
    return new Map<string, string | Uint8Array>([
      [TRAINING_FILE, this.text],
      [eventsName(begun), allEvents(this.training, begun, history, pictures, scores)],
      ...pictures.map(({ file, png }) => [`${PICTURES_FOLDER}/${file}`, png] as const),
    ]);
  }

  private get begunSeconds(): number {
    return Date.parse(this.training.begun ?? this.training.changed) / 1000;
  }

  private get text(): string {
    return `${JSON.stringify(this.training)}\n`;
  }

  private change(changes: Changing): void {
    const notes = (changes.notes ?? this.training.notes).slice(-MOST_NOTES);
    const warnings = (changes.warnings ?? this.training.warnings).slice(-MOST_NOTES);
    const changed = new Date().toISOString();
    const { list, spent } = this.pictures;
    this.training = { ...this.training, ...changes, notes, warnings, changed, pictures: list, pictureSeconds: spent };
  }

  private async write(changes: Changing): Promise<void> {
    this.change(changes);
    await writeFileAtomic(path.join(this.folder, TRAINING_FILE), this.text, { existing: 'replace', sync: false });
  }

  /** Each part of a training has a file of its own, with all epochs before it: what a killed part wrote is removed. */
  private async appendEvents({ history }: Checkpoint): Promise<void> {
    const begun = this.begunSeconds;
    const file = path.join(this.folder, eventsName(begun));
    if (this.events) {
      await appendFile(file, this.events.next(history));
      return;
    }
    const events = new EpochEvents(begun);
    await writeFileAtomic(file, Buffer.concat([firstEvents(this.training, begun), events.next(history)]));
    this.events = events;
  }

  /** Removes what a part of this training left that was killed before it noted it. */
  private async clear(): Promise<void> {
    const listed = new Set(this.training.pictures.map(({ file }) => file));
    for (const name of await readdir(path.join(this.folder, PICTURES_FOLDER)).catch(() => [])) {
      if (isPictureName(name) && !listed.has(name)) await rm(path.join(this.folder, PICTURES_FOLDER, name));
    }
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (isEventsName(name)) await rm(path.join(this.folder, name));
    }
  }
}

function firstEntry(preparation: Preparation, known: TrainingFile | null): TrainingFile {
  const { settings, spec, plan, samples, failed, split, start, key, notes, warnings } = preparation;
  const now = new Date().toISOString();
  const images = (indices: readonly number[]) => indices.reduce((sum, i) => sum + samples[i].raw.shape[0], 0);
  return {
    ...{ format: 'segmenter-training', formatVersion: 1, run: key, model: settings.model },
    ...{ state: 'running', ended: null, error: null, begun: known?.begun ?? now, changed: now },
    ...{ seconds: known?.seconds ?? 0, settings: { ...settings } },
    startedFrom: start ? `${start.card.name}@${start.card.version}` : null,
    network: {
      dimensions: spec.dimensions,
      patch: [plan.sizeZ, plan.sizeY, plan.sizeX].filter((size) => size !== null),
      parameters: parameterCount(spec),
    },
    data: {
      ...{ samples: samples.length, failed: failed.length, images: images(split.train) },
      ...{ validationImages: images(split.validation), split: split.kind, folds: split.folds?.groups.length ?? 0 },
    },
    ...{ stages: [], minutes: null, step: 0, epoch: 0, loss: null, validationDice: null, threshold: null },
    ...{ expected: null, computedBy: null, notes, warnings },
    pictures: [...(known?.pictures ?? [])],
    ...(known?.pictureSeconds ? { pictureSeconds: known.pictureSeconds } : {}),
  };
}

function factsOf(checkpoint: Checkpoint): Changing {
  const { plan, history, facts, seconds, ended } = checkpoint;
  const judged = history.findLast(({ validationDice }) => validationDice !== null);
  const last = history.at(-1);
  return {
    ...{ state: 'running', ended, error: null, seconds },
    ...{ stages: plan.steps, minutes: plan.minutes, step: stepsDone(checkpoint), epoch: last?.epoch ?? 0 },
    ...{
      loss: last?.loss ?? null,
      validationDice: judged?.validationDice ?? null,
      threshold: judged?.threshold ?? null,
    },
    ...{ computedBy: facts.computedBy ?? null, notes: facts.notes, warnings: facts.warnings ?? [] },
  };
}

async function attempted(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    // The disk's failures are met, and told of, where the checkpoint is written.
  }
}
