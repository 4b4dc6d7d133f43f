import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../src/base/random';
import { createJobHost, type JobHost } from '../src/jobs/host/job-host';
import type { ComputeSettings, TrainSettings } from '../src/jobs/job-types';
import { addOverlap, noOverlap, overlapMetrics } from '../src/metrics/overlap';
import { resolveModel } from '../src/models/resolve';
import type { Sample } from '../src/samples/sample';
import { prepareTraining } from '../src/training/prepare';
import { type GateRules, type Verdict, verdictOf } from '../src/trust/verdict';
import { FeatureMeter } from './support/features';
import { GATE_SETS, type GateSet, type HeldOut } from './support/gate-sets';
import { engineOptions, report } from './support/measure';
import { FAULTS, type Field, HARMLESS } from './support/microscope-changes';
import { writeImage } from './support/nuclei-trainings';
import { readReal } from './support/rare-real';

/** Of the Dice that an image of its kind has: a fault that costs less is not seen in the result. */
const FELT = 0.05;

/** The gate's defaults, as its node has them. */
const RULES: GateRules = {
  ...{ reviewDice: 0.7, alarmDice: 0.5, unlike: 'review' as const },
  ...{ foreground: { least: null, most: null }, objects: { least: null, most: null } },
};

type Group = 'as trained' | 'harmless' | 'fault' | 'other set';

interface Judged {
  group: Group;
  kind: string;
  verdict: Verdict;
  /** by what rule */
  dice: boolean;
  looks: boolean;
  amount: boolean;
  features: boolean;
  /** null: there is no truth to compare with */
  trueDice: number | null;
}

/**
 * How often a gate with its default rules tells images of another microscope, and how often those like the training: models of
 * some minutes (fixed steps) on one set each, on held-out images of it as they are, changed by {@link FAULTS} and
 * {@link HARMLESS}, and on those of the other sets. `-- gate [FOLDER]`: trained models are kept in FOLDER and taken from there.
 */
async function main(): Promise<void> {
  const [kept] = process.argv.slice(2);
  const folder = kept ?? mkdtempSync(path.join(os.tmpdir(), 'segmenter-gate-'));
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(path.join(folder, 'images-'));
  const modelsFolder = path.join(folder, 'models');
  const host = createJobHost({
    ...{ roots: [folder], modelsFolder, scratchFolder: path.join(work, 'scratch'), scratchQuotaMB: 4000 },
  });
  const bench = {
    host,
    folder,
    work,
    modelsFolder,
    compute: { ...engineOptions(), memoryMB: 0, queue: 100 },
  };
  try {
    const all: Array<Judged & { set: string }> = [];
    for (const set of GATE_SETS) {
      const begin = performance.now();
      const judged = await judgeSet(bench, set);
      tell(set.name, judged, (performance.now() - begin) / 1000);
      all.push(...judged.map((one) => ({ ...one, set: set.name })));
    }
    tell('all', all, 0);
  } finally {
    await host.shutdown();
    rmSync(kept ? work : folder, { recursive: true, force: true });
  }
}

interface Bench {
  host: JobHost;
  folder: string;
  work: string;
  modelsFolder: string;
  compute: ComputeSettings;
}

async function judgeSet(bench: Bench, set: GateSet): Promise<Judged[]> {
  const samples = await samplesOf(bench, set);
  const model = await modelOf(bench, set, samples);
  const resolved = await resolveModel(bench.modelsFolder, model, [bench.folder]);
  const features = await FeatureMeter.open(resolved);
  await features.learn(samples.map(({ raw }) => raw));
  const judged: Judged[] = [];
  let number = 0;
  const judge = async (group: Group, kind: string, field: Field, hasTruth = true): Promise<void> => {
    const id = `${set.name}-${number++}`;
    const image = await writeImage({ folder: bench.work }, id, field.shape, field.pixels);
    try {
      judged.push({ group, kind, ...(await verdictFor(bench, { id, image, field, model, features, hasTruth })) });
    } finally {
      rmSync(fileURLToPath(image.uri), { force: true });
    }
  };
  for (const [i, { name, field, group, kind }] of (await set.heldOut()).entries()) {
    const as = group ?? 'as trained';
    await judge(as, kind ?? (as === 'as trained' ? 'as trained' : name), field);
    if (as !== 'as trained' || i >= set.changed) continue;
    for (const [changes, of] of [[HARMLESS, 'harmless'] as const, [FAULTS, 'fault'] as const])
      for (const [change, make] of Object.entries(changes))
        await judge(of, change, { ...field, ...make(field, new Random(11, i)) });
  }
  for (const other of GATE_SETS) {
    if (other === set) continue;
    const strangers = (await other.heldOut()).filter((one: HeldOut) => one.group === undefined).slice(0, 8);
    for (const { field } of strangers) await judge('other set', `images of ${other.name}`, field, false);
  }
  await features.close();
  return judged;
}

async function samplesOf({ folder }: Bench, set: GateSet): Promise<Sample[]> {
  const place = path.join(folder, `train-${set.name}`);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const samples: Sample[] = [];
  for (const { name, field } of await set.train()) {
    const mask = Uint8Array.from(field.truth, (value) => (value > 0 ? 255 : 0));
    samples.push({
      id: name,
      raw: await writeImage({ folder: place }, name, field.shape, field.pixels),
      target: await writeImage({ folder: place }, `${name}-mask`, field.shape, mask),
    });
  }
  return samples;
}

/** @returns its address */
async function modelOf({ host, modelsFolder, compute }: Bench, set: GateSet, samples: Sample[]): Promise<string> {
  if (existsSync(path.join(modelsFolder, set.name, 'v1', 'model.json'))) return `${set.name}@v1`;
  const settings: TrainSettings = {
    ...{ model: set.name, dimensions: 'auto', modelSize: 'small', levels: 'auto', epochs: 1, batchSize: 2 },
    ...{ learningRate: 0.001, loss: 'dice+bce', validation: null, maxMinutes: 59, patience: null, startFrom: null },
    ...{ augment: true, tiles: 'auto', seed: 0 },
  };
  const { budget } = await prepareTraining({ samples, settings, start: null });
  const epochs = Math.max(1, Math.round(set.steps / (budget.steps ?? 1)));
  const begin = performance.now();
  const { metrics } = await host.run('train', { samples, settings: { ...settings, epochs }, compute });
  const seconds = (performance.now() - begin) / 1000;
  report('gate', { seconds }, { trained: set.name, epochs, expected: metrics.expected, warnings: metrics.warnings });
  return `${set.name}@v1`;
}

interface ToJudge {
  id: string;
  image: Sample['raw'];
  field: Field;
  model: string;
  features: FeatureMeter;
  hasTruth: boolean;
}

async function verdictFor(
  { host, compute }: Bench,
  { id, image, field, model, features, hasTruth }: ToJudge,
): Promise<Omit<Judged, 'group' | 'kind'>> {
  try {
    const { probability, metrics } = await host.run('predict', { image, model, overlap: 0.25, compute });
    const { predicted, unlike } = metrics;
    const verdict = verdictOf({ predictedDice: predicted?.dice, unlike }, RULES);
    const trueDice = hasTruth ? await diceOf(host, id, probability, model, field) : null;
    const isFar = await features.isFar(image).catch(() => false);
    return {
      ...{ verdict, trueDice, features: isFar },
      ...{ looks: unlike?.isUnlike ?? false, amount: unlike?.amount !== undefined },
      dice: predicted !== undefined && predicted.dice < (RULES.reviewDice as number),
    };
  } catch (error) {
    const verdict = verdictOf({ failed: String(error) }, RULES);
    return { verdict, dice: false, looks: false, amount: false, features: false, trueDice: null };
  }
}

async function diceOf(host: JobHost, id: string, image: Sample['raw'], model: string, field: Field): Promise<number> {
  const settings = {
    ...{ method: 'model' as const, value: 0.5, minSize: 0, fillHoles: false, label: false },
    connectivity: 'faces' as const,
  };
  const { mask } = await host.run('threshold', { image, settings, model, raw: null, id });
  const { pixels } = await readReal(fileURLToPath(mask.uri));
  const counts = noOverlap();
  addOverlap(counts, pixels, field.truth, null);
  return overlapMetrics(counts).dice;
}

/** One line a kind, and one for each group. */
function tell(set: string, judged: readonly Judged[], seconds: number): void {
  const usual = meanOf(judged.filter(({ group }) => group === 'as trained'));
  const line = (group: string, kind: string, of: readonly Judged[]) => {
    const count = (is: (one: Judged) => boolean) => of.filter(is).length;
    const isFlagged = ({ verdict }: Judged) => verdict.state !== 'pass';
    const costs = ({ trueDice }: Judged) => trueDice !== null && usual !== null && trueDice < usual - FELT;
    report(
      'gate',
      { seconds },
      {
        ...{ set, group, kind, of: of.length, flagged: count(isFlagged) },
        ...{ alarm: count(({ verdict }) => verdict.state === 'alarm'), failed: count(hasFailed) },
        ...{
          byDice: count(({ dice }) => dice),
          byLooks: count(({ looks }) => looks),
          byAmount: count(({ amount }) => amount),
        },
        ...{ byFeatures: count(({ features }) => features) },
        withFeatures: count((one) => isFlagged(one) || one.features),
        ...{ dice: meanOf(of), worse: count(costs), worseMissed: count((one) => costs(one) && !isFlagged(one)) },
      },
    );
  };
  const groups = [...new Set(judged.map(({ group }) => group))];
  for (const group of groups) {
    const ofGroup = judged.filter((one) => one.group === group);
    for (const kind of new Set(ofGroup.map(({ kind: name }) => name)))
      line(
        group,
        kind,
        ofGroup.filter((one) => one.kind === kind),
      );
    line(group, 'all', ofGroup);
  }
}

function hasFailed({ verdict }: Judged): boolean {
  return verdict.reasons.some((reason) => reason.startsWith('failed'));
}

function meanOf(judged: readonly Judged[]): number | null {
  const known = judged.flatMap(({ trueDice }) => trueDice ?? []);
  if (known.length === 0) return null;
  return Number((known.reduce((sum, dice) => sum + dice, 0) / known.length).toFixed(3));
}

void main();
