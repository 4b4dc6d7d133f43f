import { InvalidInputError, SegmenterError } from '../base/errors';
import type { ImageDescription, PixelSize } from '../image/description';
import { DEFAULT_RULE, type NormalisationRule } from '../image/normalisation';
import { sameShape, type Zyx } from '../image/region';
import { anisotropy, type ChosenDimensions, chooseDimensions, type StackShape } from '../network/dimensions';
import { isFitting } from '../network/fitted-parameters';
import { networksOf } from '../network/sizes';
import { divisors, type NetworkSpec, plainSpec } from '../network/spec';
import { preferredMultiple } from '../network/topology';
import { patchSize } from '../patches/plan';
import { type PatchPlan, type Sample, truthRole } from '../samples/sample';
import { alignChannels, namedChannels } from './data/align-channels';
import { commonPlan, quickPatches } from './data/common-plan';
import { type DataRecord, recordData, trainingKey } from './data/data-hash';
import { decideObjects, type NumberFacts } from './data/object-numbers';
import { isCrossFitted, type Split, splitSamples } from './data/split';
import { networkOfStart, type StartModel, startHash, startWithOutputs } from './fine-tuning';
import { plannedMinutes } from './plan';
import { defaultRecipe, type TrainingRecipe } from './recipe';
import { type EpochSize, stepsOf } from './schedule';
import type { TrainSettings } from './settings';
import type { StarterWeights } from './starters';

/** What is asked of a training. */
export interface TrainingRequest {
  /** samples that failed are left out and listed */
  samples: readonly Sample[];
  settings: TrainSettings;
  /** null: from starter weights or random ones */
  start: StartModel | null;
  /** weights that a network may begin with that starts from no model; default: none, it begins with random ones */
  starters?: readonly StarterWeights[];
  /** default: {@link defaultRecipe} */
  recipe?: TrainingRecipe;
  /** asked where files are drawn for validation; default: all have */
  hasForeground?: (sample: Sample) => Promise<boolean>;
  /** asked where objects may be told apart; default: none has numbers */
  numbersOf?: (sample: Sample) => Promise<NumberFacts>;
}

/** All that is decided before an image is read. */
export interface Preparation {
  settings: TrainSettings;
  recipe: TrainingRecipe;
  spec: NetworkSpec;
  /** the network instead where there is time for few steps; null: there is no choice */
  quick: NetworkSpec | null;
  plan: PatchPlan;
  /** steps null: as many as the minutes have room for */
  budget: EpochSize & { steps: number | null };
  /** that of the model whose weights are the start, for they were learnt with it */
  normalisation: NormalisationRule;
  start: StartModel | null;
  /** that fit the network, or the quick one */
  starters: StarterWeights[];
  /** those that did not fail */
  samples: Sample[];
  failed: Array<{ id: string; reason: string }>;
  split: Split;
  /** of the first sample that names them */
  channels: ImageDescription['channels'];
  /** the middle of the samples' */
  pixelSize: PixelSize | null;
  data: DataRecord[];
  /** what a person should know of how the samples were taken */
  notes: string[];
  /** of these what a person should see at once */
  warnings: string[];
  /** 64 hexadecimal digits that stand for settings and data: a run with the same key goes on where the last ended */
  key: string;
}

/**
 * Decides dimensions, network, patches, split and budget, and hashes the data. Reads files for their hash only.
 * @throws SegmenterError `invalid-input` naming the sample or setting that does not fit
 */
export async function prepareTraining(request: TrainingRequest): Promise<Preparation> {
  const { settings } = request;
  const { samples, notes, warnings } = alignChannels(
    request.samples.filter((sample) => !sample.failed),
    request.start && {
      name: `${request.start.card.name}@${request.start.card.version}`,
      channels: request.start.card.channels,
    },
  );
  const failed = request.samples.flatMap(({ id, failed }) => (failed ? [{ id, reason: failed.error.message }] : []));
  for (const sample of samples) checkSample(sample);
  const split = await drawSplit(samples, settings, request.hasForeground);
  const used = [...new Set([...split.train, ...split.validation])].map((i) => samples[i]);
  const { dimensions, note } = resolveDimensions(settings.dimensions, used, request.start);
  if (note) notes.push(note);
  const { modelSize, levels } = settings;
  const form = { dimensions, inChannels: commonChannels(used), modelSize, levels };
  const known = request.start && networkOfStart(form, request.start);
  const training = split.train.map((i) => samples[i]);
  const apart = await decideObjects(settings.objects ?? 'auto', training, request.numbersOf ?? withoutNumbers);
  if (apart.note) notes.push(apart.note);
  if (apart.warning) warnings.push(apart.warning);
  const multiples = known ? { required: divisors(known), preferred: 1 } : { preferred: preferredMultiple(levels) };
  const plan = commonPlan(training, dimensions, { ...multiples, ...quickPatches(plannedMinutes(settings)) });
  const spacing: Zyx = [anisotropy(training.map(stackOf)) ?? 1, 1, 1];
  const outChannels = apart.objects ? 3 : 1;
  const { spec, quick } = known
    ? { spec: plainSpec({ ...known, outChannels }), quick: null }
    : networksOf({ ...form, patch: patchSize(plan), spacing }, outChannels);
  const start = request.start && startWithOutputs(request.start, spec, settings.seed);
  const starters = startersFor(request, [spec, ...(quick ? [quick] : [])]);
  const recipe = request.recipe ?? defaultRecipe(dimensions, settings.augment);
  const images = training.reduce((sum, { raw }) => sum + raw.shape[0], 0);
  const epoch = { epochPatches: images * plan.perImage, batchSize: settings.batchSize };
  const budget = { ...epoch, steps: settings.epochs === null ? null : stepsOf(settings.epochs, epoch) };
  const splitOf = (i: number) =>
    split.test.includes(i) ? 'test' : split.kind !== 'blocks' && split.validation.includes(i) ? 'val' : 'train';
  const data = await recordData(samples, splitOf);
  const predicted = tellOfPredicted(training, start !== null && isJudged(split));
  // Whether objects are told apart is said by the network.
  const { model: _, objects: __, ...decisive } = settings;
  const normalisation = start?.card.normalisation ?? DEFAULT_RULE;
  const decided = {
    settings: decisive,
    recipe,
    plan,
    spec,
    ...(quick && { quick }),
    normalisation,
    start: start && startHash(start),
    ...(starters.length > 0 && { starters: starters.map(({ sha256 }) => sha256) }),
  };
  const key = trainingKey(decided, data);
  return {
    ...{ settings, recipe, spec, quick, plan, budget, normalisation, start, starters, samples, failed },
    ...{ split, data, key },
    ...{ notes: [...notes, ...predicted.notes], warnings: [...warnings, ...predicted.warnings] },
    channels: namedChannels(used),
    pixelSize: middlePixelSize(training),
  };
}

function startersFor(
  { start, settings, starters = [] }: TrainingRequest,
  specs: readonly NetworkSpec[],
): StarterWeights[] {
  if (start || settings.starter === 'never') return [];
  return starters.filter((starter) => specs.some((spec) => isFitting(starter, spec)));
}

async function withoutNumbers(): Promise<NumberFacts> {
  return { numbers: 0, parts: 0, touching: 0 };
}

/** Whether a training is compared with anything that it has not learned from. */
function isJudged(split: Split): boolean {
  return split.validation.length > 0 || isCrossFitted(split);
}

/** What a person should know of samples that a model labelled. @param isCompared with the model that is the start */
function tellOfPredicted(training: readonly Sample[], isCompared: boolean): Pick<Preparation, 'notes' | 'warnings'> {
  const predicted = training.filter(({ origin }) => origin === 'predicted').length;
  if (predicted === 0) return { notes: [], warnings: [] };
  const labelled = `${predicted} of ${training.length} training samples are labelled by a model, where it is sure`;
  return {
    notes: [`${labelled}: they have at most half of the patches, and nothing is judged by them`],
    warnings: isCompared
      ? []
      : [
          `${labelled}, and nothing tells whether they help: start from the model that labelled them, with a validation`,
        ],
  };
}

/** A draw among files must know which of them have foreground: the others cannot tell good from bad. */
async function drawSplit(
  samples: readonly Sample[],
  { validation, seed }: TrainSettings,
  hasForeground: TrainingRequest['hasForeground'],
): Promise<Split> {
  const blind = splitSamples(samples, validation, seed);
  if (blind.kind === 'given' || blind.kind === 'none' || blind.kind === 'blocks' || !hasForeground) return blind;
  const empty = new Set<Sample>();
  for (const i of [...blind.train, ...blind.validation]) {
    if (!(await hasForeground(samples[i]))) empty.add(samples[i]);
  }
  return splitSamples(samples, validation, seed, (sample) => empty.has(sample));
}

/** Raw, truth and weight must be of one size. */
function checkSample(sample: Sample): void {
  const truthName = truthRole(sample);
  const truth = sample[truthName];
  if (!truth) {
    const message = `sample ${sample.id}: expected a target or seg1 to learn from, got none`;
    throw new SegmenterError('invalid-input', message, { sample: sample.id });
  }
  const [t, , z, y, x] = sample.raw.shape;
  for (const [role, image] of Object.entries({ [truthName]: truth, weight: sample.weight })) {
    if (image && !sameShape(image.shape, [t, 1, z, y, x])) {
      throw new InvalidInputError(`sample ${sample.id}: shape of ${role}`, `[${[t, 1, z, y, x]}] as raw`, image.shape);
    }
  }
}

/**
 * What was set counts; else a patch plan whose height was chosen tells 2D from 3D, else the model to start from where all
 * images are stacks, else the images.
 */
function resolveDimensions(
  asked: TrainSettings['dimensions'],
  samples: readonly Sample[],
  start: StartModel | null,
): ChosenDimensions {
  const plan = samples.find(({ patches }) => patches && !patches.suggested?.includes('sizeZ'))?.patches;
  const flat = samples.find(({ raw }) => raw.shape[2] === 1);
  const ofStart = flat ? undefined : start?.card.dimensions;
  const told = asked !== 'auto' ? asked : plan ? (plan.sizeZ === null ? 2 : 3) : ofStart;
  const { dimensions, note }: ChosenDimensions = told ? { dimensions: told } : chooseDimensions(samples.map(stackOf));
  if (dimensions === 3 && flat) {
    throw new InvalidInputError(`sample ${flat.id}`, 'a stack for a 3D model (Z above 1)', 'a plane (Z = 1)');
  }
  return { dimensions, note };
}

function stackOf({ raw: { shape, pixelSize } }: Sample): StackShape {
  return { planes: shape[2], pixelSize };
}

function commonChannels(samples: readonly Sample[]): number {
  const [first] = samples;
  const channels = first.raw.shape[1];
  const other = samples.find(({ raw }) => raw.shape[1] !== channels);
  if (other) {
    throw new InvalidInputError(
      `sample ${other.id}: channels`,
      `${channels} as sample ${first.id}`,
      other.raw.shape[1],
    );
  }
  return channels;
}

function middlePixelSize(samples: readonly Sample[]): PixelSize | null {
  const sizes = samples.flatMap(({ raw }) => (raw.pixelSize ? [raw.pixelSize] : []));
  if (sizes.length === 0) return null;
  const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
  const heights = sizes.flatMap(({ z }) => (z === null ? [] : [z]));
  return {
    z: heights.length > 0 ? middle(heights) : null,
    y: middle(sizes.map(({ y }) => y)),
    x: middle(sizes.map(({ x }) => x)),
  };
}
