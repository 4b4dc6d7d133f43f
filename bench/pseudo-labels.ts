import type { Sample } from '../src/samples/sample';
import { NUCLEI_2D, NUCLEI_2D_DIM } from '../src/simulation/sample-sets';
import { withHost } from './support/host';
import { report } from './support/measure';
import { meanDice, simulatedSamples, trainSmall } from './support/nuclei-trainings';

const IMAGES = { people: 6, unlabelled: 8, test: 8 };

/**
 * Whether a model learns from what it is sure of in images that nobody labelled: a small model of one simulated microscope
 * predicts images of another, and goes on with people's images and what is sure in those, by calibrated probabilities and by those of
 * the map; beside it goes on with people's alone, as long. Mean Dice on new images of both microscopes. `-- pseudo-labels [SEED] [EPOCHS]`, EPOCHS of the first training,
 * half as many of the others.
 */
async function main(): Promise<void> {
  const [seed, epochs] = [Number(process.argv[2] ?? 0), Number(process.argv[3] ?? 20)];
  await withHost(async (bench) => {
    const begin = performance.now();
    const people: Sample[] = await simulatedSamples(bench, NUCLEI_2D, 'people', 0, IMAGES.people);
    const unlabelled = await simulatedSamples(bench, NUCLEI_2D_DIM, 'unlabelled', 0, IMAGES.unlabelled);
    const home = await simulatedSamples(bench, NUCLEI_2D, 'home', 100, IMAGES.test);
    const other = await simulatedSamples(bench, NUCLEI_2D_DIM, 'other', 100, IMAGES.test);
    const score = async (model: string) => ({
      home: await meanDice(bench, home, model),
      other: await meanDice(bench, other, model),
    });
    const first = await trainSmall(bench, people, { model: 'first', epochs, seed });
    const labelled: Record<'calibrated' | 'asTheyAre', Sample[]> = { calibrated: [], asTheyAre: [] };
    const known = { calibrated: 0, asTheyAre: 0 };
    for (const { id, raw, patches } of unlabelled) {
      const { compute } = bench;
      const predicted = { image: raw, model: first.model, overlap: 0.25, mirror: true, compute };
      const { probability } = await bench.host.run('predict', predicted);
      for (const limits of ['calibrated', 'asTheyAre'] as const) {
        const [low, high] = limits === 'calibrated' ? [null, null] : [0.1, 0.9];
        const sure = { image: probability, model: first.model, low, high, id };
        const { target, metrics } = await bench.host.run('pseudo-label', sure);
        known[limits] += metrics.known / unlabelled.length;
        labelled[limits].push({ id, raw, target, origin: 'predicted', patches });
      }
    }
    const further = async (model: string, samples: Sample[], length: number) => {
      const more = { model, startFrom: first.model, learningRate: 0.001, epochs: length, seed };
      const trained = await trainSmall(bench, samples, more);
      return {
        ...(await score(trained.model)),
        comparison: trained.metrics.startDice,
        dice: trained.metrics.validationDice,
      };
    };
    const half = Math.ceil(epochs / 2);
    // As many patches: an epoch has some of each image.
    const alone = await further(
      'alone',
      people,
      Math.round((half * (people.length + unlabelled.length)) / people.length),
    );
    const calibrated = await further('calibrated', [...people, ...labelled.calibrated], half);
    const asTheyAre = await further('as-they-are', [...people, ...labelled.asTheyAre], half);
    const seconds = (performance.now() - begin) / 1000;
    const together = { calibrated, asTheyAre };
    report('pseudo-labels', { seconds }, { seed, epochs, known, first: await score(first.model), alone, together });
  });
}

void main();
