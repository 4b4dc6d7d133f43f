import type { Sample } from '../src/samples/sample';
import { NUCLEI_2D, simulateSample } from '../src/simulation/sample-sets';
import { type Bench, withHost } from './support/host';
import { report } from './support/measure';
import { meanDice, PATCHES, simulatedSamples, trainSmall, writeImage } from './support/nuclei-trainings';
import { SCRIBBLE, scribble } from './support/scribbles';

/** Of the pixels that somebody said something of, beside whole masks. */
const SHARES = [0.1, 0.02];
const IMAGES = { train: 8, test: 8 };
/** What scribbles shall reach of the Dice that whole masks reach. */
const WANTED = 0.92;

/**
 * How far scribbles come: a small model learns from whole masks of simulated nuclei, and from scribbles in these that say
 * something of 10 and 2 % of the pixels; mean Dice, by whole masks, on images that nobody trained with.
 * `-- scribbles [SEED] [EPOCHS]`
 */
async function main(): Promise<void> {
  const [seed, epochs] = [Number(process.argv[2] ?? 0), Number(process.argv[3] ?? 20)];
  await withHost(async (bench) => {
    const tests = await simulatedSamples(bench, NUCLEI_2D, 'test', IMAGES.train, IMAGES.test);
    let dense: number | null = null;
    for (const share of [1, ...SHARES]) {
      const begin = performance.now();
      const { samples, known } =
        share === 1
          ? { samples: await simulatedSamples(bench, NUCLEI_2D, 'dense', 0, IMAGES.train), known: 1 }
          : await scribbled(bench, share, seed);
      const { model, metrics } = await trainSmall(bench, samples, { model: 'scribbles', epochs, seed });
      const dice = await meanDice(bench, tests, model);
      dense ??= dice;
      const seconds = (performance.now() - begin) / 1000;
      const found = {
        dice,
        validationDice: metrics.validationDice,
        ofDense: dice / dense,
        holds: dice / dense >= WANTED,
      };
      report('scribbles', { seconds }, { seed, epochs, known, ...found });
    }
  });
}

/** The images that whole masks are trained with, with scribbles. */
async function scribbled(bench: Bench, share: number, seed: number): Promise<{ samples: Sample[]; known: number }> {
  const samples: Sample[] = [];
  let known = 0;
  for (let i = 0; i < IMAGES.train; i++) {
    const id = `scribbles-${share}-${i}`;
    const { shape, raw, labels } = simulateSample(NUCLEI_2D, i);
    const painted = scribble(labels, shape[4], share, 1000 * seed + i);
    known += painted.reduce((sum, value) => sum + (value === SCRIBBLE.unknown ? 0 : 1), 0) / painted.length;
    const seg1: Sample['seg1'] = {
      ...(await writeImage(bench, `${id}-seg`, shape, painted)),
      foreground: { kind: 'values', values: [SCRIBBLE.foreground] },
      unknown: { kind: 'values', values: [SCRIBBLE.unknown] },
    };
    samples.push({ id, raw: await writeImage(bench, `${id}-raw`, shape, raw), seg1, patches: PATCHES });
  }
  return { samples, known: known / IMAGES.train };
}

void main();
