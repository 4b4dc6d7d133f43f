import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Static, Type } from '#typebox';
import { validate, words } from '../../src/base/schema';
import { ExpectedDiceSchema } from '../../src/trust/interval';

/** The real sets, in the order of README's table: what they are, and what Otsu's threshold alone scores on their tests. */
export const REAL_SETS: Readonly<Record<string, { title: string; otsu: number }>> = {
  'nuclei2d-bbbc039': { title: 'BBBC039 nuclei, 2D fluorescence, 16 images', otsu: 0.959 },
  'sem2d-axons': { title: 'axons, 2D electron microscopy, 12 images, other animals in the test', otsu: 0.701 },
  'nuclei3d-embryo': { title: 'mouse embryo nuclei, 3D, 1 stack', otsu: 0.78 },
  'nuclei3d-ovule': { title: 'Arabidopsis ovule nuclei, 3D, 2 stacks', otsu: 0.46 },
};

/** The compiled file lies in dist/bench/support. */
const DATA = path.resolve(__dirname, '../../../../shared/data/real');

/** Finds the folder of a set, beside the project. @throws Error naming what there is, or the folder that is missing */
export function folderOf(dataset: string): string {
  const names = Object.keys(REAL_SETS);
  if (!names.includes(dataset)) throw new Error(`real-data: expected one of ${names.join(', ')}, got ${dataset}`);
  const folder = path.join(DATA, dataset);
  if (!existsSync(folder)) throw new Error(`real-data: ${folder} is not on this machine`);
  return folder;
}

/** @throws Error for what is no number of minutes */
export function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0 && Number.isFinite(minutes))) throw new Error(`real-data: expected minutes above 0, got ${text}`);
  return minutes;
}

/** @throws Error for what is no number of epochs */
export function parseEpochs(text: string): number {
  const epochs = Number(text);
  if (!(Number.isInteger(epochs) && epochs > 0)) throw new Error(`real-data: expected whole epochs, got ${text}`);
  return epochs;
}

/** @throws Error for what is no seed */
export function parseSeed(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`real-data: expected a seed, a whole number, got ${text}`);
  return Number(text);
}

/** Who trained: this project with its defaults, or the plain recipe of peers/real_data.py. */
export const CONTENDERS = { ours: 'real-data', pytorch: 'real-data-pytorch' } as const;
export type Contender = keyof typeof CONTENDERS;

const Share = Type.Number({ minimum: 0, maximum: 1 });
const OrNull = <S extends ReturnType<typeof Type.Number>>(schema: S) => Type.Union([schema, Type.Null()]);

/** One training on a real set and its scores on the images of `test/`: the line that each contender prints. */
export const RealDataLineSchema = Type.Object({
  name: words([CONTENDERS.ours, CONTENDERS.pytorch]),
  dataset: Type.String(),
  seed: Type.Integer({ minimum: 0 }),
  /** that the training was given */
  minutes: Type.Number({ exclusiveMinimum: 0 }),
  /** that it took */
  seconds: Type.Number({ minimum: 0 }),
  threads: Type.Integer({ minimum: 1 }),
  cpu: Type.String(),
  /** over the test images */
  mean: Type.Object({ dice: Share, iou: Share, precision: Share, recall: Share, objectAp: Share }),
  /** what the model's card expects of the mean Dice; absent or null: it says nothing */
  expected: Type.Optional(Type.Union([ExpectedDiceSchema, Type.Null()])),
  /** mean over the images of how far the Dice that the prediction foretells lies from the true one */
  predictedError: Type.Optional(OrNull(Type.Number({ minimum: 0 }))),
});
export type RealDataLine = Static<typeof RealDataLineSchema>;

/** What tells one run from another: the same set, seed, minutes and contender. */
export type Run = Pick<RealDataLine, 'name' | 'dataset' | 'seed' | 'minutes'>;

export function keyOf({ name, dataset, seed, minutes }: Run): string {
  return `${name} ${dataset} ${seed} ${minutes}`;
}

/**
 * Reads JSON lines.
 * @param name of the file, for errors
 * @throws SegmenterError `invalid-input` naming the line, what is wrong and what was expected; SyntaxError for what is no JSON
 */
export function parseLines(text: string, name: string): RealDataLine[] {
  return text.split('\n').flatMap((line, i) => (line.trim() === '' ? [] : [parseLine(line, `${name}:${i + 1}`)]));
}

/** Reads one line. @throws as {@link parseLines} */
export function parseLine(line: string, name: string): RealDataLine {
  return validate(RealDataLineSchema, JSON.parse(line), name);
}

/** Whether the mean Dice lies in the expected interval; null where nothing is expected. */
export function isInside({ mean, expected }: Pick<RealDataLine, 'mean' | 'expected'>): boolean | null {
  return expected ? expected.low <= mean.dice && mean.dice <= expected.high : null;
}
