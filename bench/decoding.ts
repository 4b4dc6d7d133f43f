import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Random } from '../src/base/random';
import { openEngine } from '../src/engines';
import { bestThreshold } from '../src/metrics/best-threshold';
import { addProbabilities, noProbabilities } from '../src/metrics/probability-histogram';
import { DEFAULT_DECODING, type DecodingSettings } from '../src/objects/settings';
import type { TrainSettings } from '../src/training/settings';
import { chooseDecoding } from '../src/training/validation/decoding-choice';
import { addDecodings, type DecodingTally, emptyTally, SEEDS } from '../src/training/validation/decoding-tally';
import { hasMaps, keepMaps, keptMaps, type ObjectMapsOfTraining } from './support/kept-object-maps';
import { engineOptions, report } from './support/measure';
import { missedObjects } from './support/missed-objects';
import { OBJECT_DIVISIONS } from './support/object-divisions';
import { precisionOf } from './support/object-precision';
import { type SeenObjects, trainApart } from './support/object-trainings';

/** Choices that are drawn of each number of images. */
const DRAWS = 60;
const DRAWN = [2, 3, 4, 6];
/** Without a seed each piece of foreground is an object: its connected components, as `objects` scores them. */
const NO_SEEDS = { seedCentre: 0, minimumSize: 20 };
/** How sure of a gain; at 0.5 the best is taken. */
const SURE = [0.5, 0.95, 0.99];

/**
 * Whether what a training chooses for decoding is better on others than what nobody chose: `-- decoding DIVISION [STEPS] [SEED] [SIZE]
 * [FOLDER] [SETTINGS]`, other settings as JSON such as `{"seedCentre":0.4}`. Trained with folds on a part of numbered images (`train/` alone of real sets), judged on the rest; then choices on some of
 * the rest, judged on the others of it, as a training that validates with a few images makes them. And where the true objects are
 * lost. Maps are kept in FOLDER, and taken from there; a training that was killed goes on there. `STARTER` in the
 * environment: always or never, whatever the number of steps (auto).
 */
async function main(): Promise<void> {
  const [name, stepsText = '416', seedText = '0', modelSize = 'medium', kept, other = '{}'] = process.argv.slice(2);
  const [steps, seed] = [Number(stepsText), Number(seedText)];
  const starter = starterOf(process.env.STARTER);
  const place = kept ? path.join(kept, [name, steps, seed, modelSize, starter].join('-')) : null;
  const begin = performance.now();
  const { facts, held, judged } = await mapsOf(name, steps, { seed, modelSize: modelSize as 'medium', starter }, place);
  const { threshold } = facts;
  const folds = [...new Set(held.map(({ fold }) => fold))].map((of) => held.filter(({ fold }) => fold === of));
  const chosen = chooseDecoding(await Promise.all(folds.map(talliesOfFold)), threshold)?.settings;
  const usual: DecodingSettings = { ...DEFAULT_DECODING, foreground: threshold };
  report(
    'decoding',
    { seconds: (performance.now() - begin) / 1000 },
    {
      ...{ ...facts, images: { held: held.length, judged: judged.length }, settings: chosen },
      components: precisionOf(judged, { ...usual, ...NO_SEEDS }),
      defaults: precisionOf(judged, usual),
      chosen: chosen ? precisionOf(judged, chosen) : null,
      ...(other === '{}' ? {} : { other: precisionOf(judged, { ...usual, ...JSON.parse(other) }) }),
      each: SEEDS.map((seeds) => ({ ...seeds, ...precisionOf(judged, { ...usual, ...seeds }) })),
      drawn: await drawn(judged, threshold),
      ...{ missed: missedObjects(judged, chosen ?? usual), load: os.loadavg()[0] },
    },
  );
}

function starterOf(text = 'auto'): TrainSettings['starter'] {
  const known = (['auto', 'always', 'never'] as const).find((way) => way === text);
  if (!known) throw new Error(`STARTER: expected auto, always or never, got ${text}`);
  return known;
}

/** Maps of a training, and what is to be known of it. */
async function mapsOf(
  name: string,
  steps: number,
  settings: Pick<TrainSettings, 'seed' | 'modelSize' | 'starter'>,
  place: string | null,
): Promise<ObjectMapsOfTraining> {
  if (place && hasMaps(place)) return keptMaps(place);
  const division = await OBJECT_DIVISIONS[name]?.();
  if (!division) throw new Error(`division: expected one of ${Object.keys(OBJECT_DIVISIONS).join(', ')}, got ${name}`);
  const engine = await openEngine(engineOptions());
  const folder = place ? path.join(place, 'training') : mkdtempSync(path.join(os.tmpdir(), 'segmenter-decoding-'));
  try {
    const { result, preparation, ...maps } = await trainApart(division, steps, settings, { engine, folder });
    const { threshold, plan, validation } = result;
    const facts = {
      ...{ division: name, ...settings, steps: plan.steps, split: preparation.split.kind, threshold },
      ...{ dice: validation?.dice ?? null, trained: result.seconds },
    };
    if (place) await keepMaps(place, { facts, ...maps });
    return { facts, ...maps };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As a training counts what it held out: at the threshold that is best for the images of the fold. */
async function talliesOfFold(images: readonly SeenObjects[]): Promise<DecodingTally[]> {
  const histograms = images.map(({ maps, numbers, weight }) => {
    const histogram = noProbabilities();
    const target = Uint8Array.from(numbers, (number) => (number > 0 ? 1 : 0));
    addProbabilities(histogram, maps.subarray(0, numbers.length), target, weight);
    return histogram;
  });
  return talliesOf(images, bestThreshold(histograms).threshold);
}

async function talliesOf(images: readonly SeenObjects[], foreground: number): Promise<DecodingTally[]> {
  const tallies: DecodingTally[] = [];
  for (const image of images) {
    const tally = emptyTally();
    await addDecodings(tally, { ...image, foreground });
    tallies.push(tally);
  }
  return tallies;
}

/** What is gained on the other images by choosing on some: mean of the draws, and the worst. */
async function drawn(images: readonly SeenObjects[], threshold: number) {
  const tallies = await talliesOf(images, threshold);
  const usual = { ...DEFAULT_DECODING, foreground: threshold };
  const ways = DRAWN.filter((count) => count < images.length).flatMap((count) => SURE.map((sure) => ({ count, sure })));
  return ways.map(({ count, sure }) => {
    const gains = Array.from({ length: DRAWS }, (_, draw) => {
      const order = new Random(draw, count).shuffled(images.map((_, i) => i));
      const chosen = chooseDecoding([order.slice(0, count).map((i) => tallies[i])], threshold, sure);
      const settings = chosen?.settings ?? usual;
      const others = order.slice(count).map((i) => images[i]);
      const [by, without] = [settings, usual].map((of) => precisionOf(others, of));
      return { ap50: by.ap50 - without.ap50, meanAp: by.meanAp - without.meanAp };
    });
    const mean = (name: 'ap50' | 'meanAp') => gains.reduce((sum, gain) => sum + gain[name], 0) / DRAWS;
    const rounded = (value: number) => Number(value.toFixed(4));
    return {
      ...{ images: count, sure, ap50: rounded(mean('ap50')), meanAp: rounded(mean('meanAp')) },
      worst: rounded(Math.min(...gains.map(({ meanAp }) => meanAp))),
    };
  });
}

void main();
