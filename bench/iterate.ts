import { Random } from '../src/base/random';
import type { ImageDescription } from '../src/image/description';
import type { TrainSettings } from '../src/jobs/job-types';
import type { Sample } from '../src/samples/sample';
import { NUCLEI_2D, NUCLEI_2D_DIM, type SampleSet, simulateSample } from '../src/simulation/sample-sets';
import { type Bench, withHost } from './support/host';
import { report } from './support/measure';
import { writeImage } from './support/nuclei-trainings';

const SEEDS = [1, 2, 3];
const FIRST = 4;
/** New images, and images that only judge: every third of them is from the other microscope. */
const POOL = 12;
const JUDGES = 9;
/** What people look at. */
const DECIDED = 4;
/** Ends the ids of images of the other microscope. */
const OTHER = '-dim';
const EPOCHS = { first: 32, tune: 16 };

interface Judged {
  sample: Sample;
  uncertainty: number;
  dice: number;
}

/**
 * Whether it pays to let people decide on what the model is unsure of, as the example flow `iterate` does: a small model
 * of four images predicts twelve new ones, a third of them from another microscope; the four that it is unsure of most
 * get their true masks and train it further, together with the first four, or four at random do. Mean Dice on nine images
 * that nobody trained with: all, those like the first, those of the other microscope.
 */
async function main(): Promise<void> {
  await withHost(async (bench) => {
    for (const seed of SEEDS) {
      const begin = performance.now();
      const [first, pool, judges] = await Promise.all([
        samplesOf(bench, `first-${seed}`, FIRST, seed * 1000, false),
        samplesOf(bench, `pool-${seed}`, POOL, seed * 1000 + 100, true),
        samplesOf(bench, `judges-${seed}`, JUDGES, seed * 1000 + 200, true),
      ]);
      const start = await train(bench, first, `first-${seed}`, null, seed);
      const predicted = await judge(bench, pool, start);
      const worst = predicted.toSorted((a, b) => b.uncertainty - a.uncertainty).slice(0, DECIDED);
      const random = new Random(seed, 1).shuffled(predicted).slice(0, DECIDED);
      const dice = { before: meansOf(await judge(bench, judges, start)) };
      const after: Record<string, Means> = {};
      for (const [name, chosen] of Object.entries({ worst, random })) {
        const samples = [...first, ...chosen.map(({ sample }) => sample)];
        const tuned = await train(bench, samples, `${name}-${seed}`, start, seed);
        after[name] = meansOf(await judge(bench, judges, tuned));
      }
      const seconds = (performance.now() - begin) / 1000;
      const chosen = { worst: worst.map(({ sample }) => sample.id), random: random.map(({ sample }) => sample.id) };
      const pairs = predicted.map(({ sample: { id }, uncertainty, dice: reached }) => [id, uncertainty, reached]);
      report('iterate', { seconds }, { seed, dice: { ...dice, ...after }, chosen, pool: pairs });
    }
  });
}

/** Simulated images with their true masks; every third from the other microscope where they are mixed. */
async function samplesOf(bench: Bench, name: string, images: number, seed: number, mixed: boolean): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let i = 0; i < images; i++) {
    const isOther = mixed && i % 3 === 2;
    const id = `${name}-${i}${isOther ? OTHER : ''}`;
    const { shape, raw, labels } = simulateSample(smaller(isOther ? NUCLEI_2D_DIM : NUCLEI_2D, seed), i);
    const target = Uint8Array.from(labels, (label) => (label > 0 ? 255 : 0));
    samples.push({
      id,
      raw: await writeImage(bench, `${id}-raw`, shape, raw),
      target: await writeImage(bench, `${id}-target`, shape, target),
      patches: { sizeZ: null, sizeY: 96, sizeX: 96, perImage: 8, sampling: 'balanced', overlap: 0, seed: 0 },
    });
  }
  return samples;
}

function smaller(set: SampleSet, seed: number): SampleSet {
  return { ...set, seed, nuclei: { ...set.nuclei, size: [1, 192, 192], nuclei: 17 } };
}

/** @returns the address of the model */
async function train(bench: Bench, samples: Sample[], model: string, startFrom: string | null, seed: number) {
  const settings: TrainSettings = {
    model,
    dimensions: 2,
    modelSize: 'small',
    levels: 3,
    epochs: startFrom ? EPOCHS.tune : EPOCHS.first,
    batchSize: 2,
    learningRate: 0.001,
    loss: 'dice+bce',
    validation: 0,
    maxMinutes: null,
    patience: null,
    startFrom,
    augment: true,
    tiles: 'patch',
    seed,
  };
  const result = await bench.host.run('train', { samples, settings, compute: bench.compute });
  return `${result.model.name}@${result.model.version}`;
}

async function judge({ host, compute }: Bench, samples: readonly Sample[], model: string): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const sample of samples) {
    const { raw: image, id, target } = sample;
    const { probability, metrics } = await host.run('predict', { image, model, overlap: 0.25, compute });
    const { mask } = await host.run('threshold', {
      image: probability,
      settings: { method: 'value', value: 0.5, minSize: 0, fillHoles: false, label: false, connectivity: 'faces' },
      model: null,
      raw: null,
      id,
    });
    const { dice } = await host.run('evaluate', {
      predicted: mask,
      truth: target as ImageDescription,
      weight: null,
    });
    judged.push({ sample, uncertainty: Number(metrics.uncertainty), dice: Number(dice) });
  }
  return judged;
}

interface Means {
  all: number;
  like: number;
  other: number;
}

function meansOf(judged: readonly Judged[]): Means {
  const mean = (some: readonly Judged[]) => some.reduce((sum, { dice }) => sum + dice, 0) / some.length;
  const isOther = ({ sample }: Judged) => sample.id.endsWith(OTHER);
  return { all: mean(judged), like: mean(judged.filter((one) => !isOther(one))), other: mean(judged.filter(isOther)) };
}

void main();
