import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Engine } from '../../src/engines/engine';
import type { Zyx } from '../../src/image/region';
import { emptyPixels } from '../../src/patches/patch-pixels';
import type { Sample } from '../../src/samples/sample';
import { numbersOf } from '../../src/training/data/object-numbers';
import { openPart } from '../../src/training/data/open-part';
import { TrainingImage } from '../../src/training/data/training-image';
import type { ObservedObjects, TrainingObserver } from '../../src/training/observer';
import { type Preparation, prepareTraining } from '../../src/training/prepare';
import type { TrainingResult } from '../../src/training/result';
import type { TrainSettings } from '../../src/training/settings';
import { readStarters } from '../../src/training/starters';
import { train } from '../../src/training/train';
import { geometryOf } from '../../src/training/validation/validate';
import { keepSeen, keptSeen } from './kept-object-maps';
import { writeImage } from './nuclei-trainings';
import type { NumberedScene, ObjectDivision } from './object-divisions';
import { predict } from './predicted-sample';
import { withQuickPatches } from './quick-patches';

/** What a network says of an image, with its truth. */
export interface SeenObjects {
  id: string;
  /** that held it out, from 1; 0: the training's own model, `null` where it had learned from it */
  fold: number | null;
  /** foreground, boundary and centre, [3, z, y, x] */
  maps: Float32Array<ArrayBuffer>;
  /** of true objects, [z, y, x] */
  numbers: Int32Array<ArrayBuffer>;
  /** 0: nothing is judged, [z, y, x] */
  weight: Uint8Array<ArrayBuffer>;
  size: Readonly<Zyx>;
  spacing: Readonly<Zyx>;
}

/** A training of objects on a part of a set, and what it says of all images. */
export interface ObjectTraining {
  result: TrainingResult;
  preparation: Preparation;
  /** out of fold, or of the images that it was validated by */
  held: SeenObjects[];
  /** of those that it learned from, by its model */
  learned: SeenObjects[];
  /** of those that it never saw */
  judged: SeenObjects[];
}

const SETTINGS: TrainSettings = {
  ...{ model: 'divided', dimensions: 'auto', modelSize: 'medium', levels: 'auto', epochs: null, batchSize: 2 },
  ...{ learningRate: 0.001, loss: 'dice+bce', validation: null, maxMinutes: null, patience: null, startFrom: null },
  ...{ augment: true, tiles: 'auto', seed: 0, objects: 'on' },
};

/**
 * Trains on a part of numbered images for about so many steps, and predicts the others.
 * @param folder its own, for images, checkpoints and what the folds said; a training that was killed goes on there
 */
export async function trainApart(
  { train: learned, judge }: ObjectDivision,
  steps: number,
  more: Partial<TrainSettings>,
  { engine, folder }: { engine: Engine; folder: string },
): Promise<ObjectTraining> {
  const samples = withQuickPatches(await samplesOf(path.join(folder, 'learned'), learned));
  const others = await samplesOf(path.join(folder, 'judged'), judge);
  const settings = { ...SETTINGS, ...more };
  const starters = await readStarters();
  const prepared = (epochs: number) =>
    prepareTraining({ samples, settings: { ...settings, epochs }, start: null, starters, numbersOf });
  const { budget } = await prepared(1);
  const preparation = await prepared(Math.max(1, Math.round(steps / (budget.steps ?? 1))));
  const said = path.join(folder, 'said');
  const observer = observing(({ fold, item: { id }, maps, numbers, weight, size, spacing }) =>
    keepSeen(said, id, { id, fold, maps: maps.slice(), numbers, weight: weight.slice(), size, spacing }),
  );
  const result = await train(preparation, {
    ...{ engine, predict, folder: path.join(folder, 'training'), memoryMB: 3000, observer },
  });
  const trained = { ...preparation, engine };
  const all = async (scenes: NumberedScene[], of: Sample[], fold: 0 | null) => {
    const seen: SeenObjects[] = [];
    for (const [i, scene] of scenes.entries()) seen.push(await seenObjects(scene, of[i], fold, result, trained));
    return seen;
  };
  return {
    ...{ result, preparation, held: await keptSeen(said, '') },
    learned: await all(learned, samples, null),
    judged: await all(judge, others, 0),
  };
}

function observing(decoded: (objects: ObservedObjects) => Promise<void>): TrainingObserver {
  return {
    saved: async () => undefined,
    wanted: () => [],
    validated: async () => undefined,
    judged: async () => undefined,
    decoded,
  };
}

async function samplesOf(folder: string, scenes: readonly NumberedScene[]): Promise<Sample[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const samples: Sample[] = [];
  for (const { id, shape, raw, numbers, pixelSize } of scenes) {
    const image = await writeImage({ folder }, id, shape, raw);
    const seg1 = await writeImage({ folder }, `${id}-numbers`, shape, numbers);
    samples.push({ id, raw: { ...image, pixelSize }, seg1 });
  }
  return samples;
}

async function seenObjects(
  { id, numbers, pixelSize }: NumberedScene,
  { raw, seg1 }: Sample,
  fold: 0 | null,
  { parameters, moments, tiles, outcome }: TrainingResult,
  { engine, ...trained }: Preparation & { engine: Engine },
): Promise<SeenObjects> {
  const anisotropy = pixelSize?.z ? pixelSize.z / pixelSize.y : 1;
  const parts = {
    ...{ id, t: 0, shape: raw.shape, dtype: raw.dtype, channelNames: ['nuclei'], anisotropy, weight: null },
    raw: await openPart(raw, { role: 'raw', id }),
    target: await openPart(seg1 as Sample['raw'], { role: 'seg1', id }),
  };
  const image = await TrainingImage.load(parts, trained.normalisation, true, false);
  const session = await engine.createPrediction({ spec: trained.spec, parameters, ...(moments ? { moments } : {}) });
  try {
    const pixels = emptyPixels();
    await image.read([0, 0, 0], image.shape, pixels);
    const geometry = {
      ...geometryOf(trained, tiles),
      ...(outcome?.mirror ? { mirror: true } : {}),
      mapChannels: 3,
    };
    const input = pixels.image.slice(0, numbers.length);
    const maps = await predict(session, input, [1, ...image.shape], geometry);
    const weight = new Uint8Array(numbers.length).fill(1);
    return {
      id,
      fold,
      maps,
      numbers: Int32Array.from(numbers),
      weight,
      size: image.shape,
      spacing: [anisotropy, 1, 1],
    };
  } finally {
    await session.dispose();
  }
}
