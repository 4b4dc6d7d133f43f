import type { TrainingFile, TrainingPicture } from '../../models/training-file';
import type { EpochRecord } from '../../training/history';
import { sessionEnd, sessionStart } from './hparams';
import { beginEvents, type Moment, markdownTable, pictureEvent, scalarEvent, textEvent } from './records';

/** A picture with its bytes. */
export interface PictureBytes extends TrainingPicture {
  png: Buffer;
}

/** Writes epochs as events of TensorBoard, each number once, whether it was known at the end of its epoch or later. */
export class EpochEvents {
  private rows = 0;
  private judged = 0;

  /** @param begun when the training began, in seconds since 1970 */
  constructor(private readonly begun: number) {}

  /** Gives the events of what is new in a history. */
  next(history: readonly EpochRecord[]): Buffer {
    const events: Buffer[] = [];
    for (const [i, record] of history.entries()) {
      const scalars = new Map<string, number>();
      if (i >= this.rows) scalars.set('loss', record.loss).set('learning rate', record.learningRate);
      if (i >= this.judged && record.validationDice !== null) {
        scalars.set('validation/Dice', record.validationDice);
        if (record.threshold !== null) scalars.set('validation/threshold', record.threshold);
        this.judged = i + 1;
      }
      if (scalars.size > 0) events.push(scalarEvent(this.momentOf(record), scalars));
    }
    this.rows = history.length;
    return Buffer.concat(events);
  }

  private momentOf({ step, seconds }: EpochRecord): Moment {
    return { step, time: this.begun + seconds };
  }
}

/** Gives what a file of events begins with: its version, and what is trained, in words. */
export function firstEvents(training: TrainingFile, begun: number): Buffer {
  const { settings, data, network, startedFrom, computedBy, stages } = training;
  const rows = [
    ...Object.entries(settings).map(([name, value]) => [name, textOf(value)] as const),
    ['started from', startedFrom ?? '-'],
    ['patch', network.patch.join(' x ')],
    ['parameters', String(network.parameters)],
    ['images', `${data.images} learned from, ${data.validationImages} held out, ${data.folds} folds`],
    ['steps of the stages', stages.join(', ')],
    ['computed by', computedBy ?? '-'],
  ] as const;
  return Buffer.concat([
    beginEvents(begun),
    textEvent({ step: 0, time: begun }, 'settings', markdownTable(rows as ReadonlyArray<readonly [string, string]>)),
    sessionStart(
      { step: 0, time: begun },
      {
        ...Object.fromEntries(Object.entries(settings).filter(([name]) => name !== 'model')),
        ...{ 'started from': startedFrom, patch: network.patch.join(' x '), images: data.images },
      },
    ),
  ]);
}

/** Gives all that a training came to as one file of events. @param scores of the model as it is published, by name */
export function allEvents(
  training: TrainingFile,
  begun: number,
  history: readonly EpochRecord[],
  pictures: readonly PictureBytes[],
  scores: ReadonlyMap<string, number>,
): Buffer {
  const secondsAt = (step: number) => history.find((record) => record.step >= step)?.seconds ?? training.seconds;
  const drawn = [...pictures]
    .sort((a, b) => a.step - b.step)
    .map(({ id, step, png }) =>
      pictureEvent({ step, time: begun + secondsAt(step) }, `validation/${id}`, {
        png,
        // Of a PNG's first chunk, which every PNG begins with.
        width: png.readUInt32BE(16),
        height: png.readUInt32BE(20),
      }),
    );
  const end = { step: training.step, time: begun + training.seconds };
  const final = new Map([...scores].map(([name, value]) => [`final/${name}`, value]));
  return Buffer.concat([
    ...[firstEvents(training, begun), new EpochEvents(begun).next(history), ...drawn],
    ...(final.size > 0 ? [scalarEvent(end, final)] : []),
    sessionEnd(end, 'success'),
  ]);
}

function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '-');
}
