import { percent } from '../../base/numbers';
import type { Region, Shape5, Zyx } from '../../image/region';
import { partsOf } from '../../objects/parts';
import { type Sample, truthRole } from '../../samples/sample';
import type { TrainSettings } from '../settings';
import { type OpenPart, openPart } from './open-part';

/** Pixels of a truth that are looked at; of a larger one those in its middle. */
const LOOK = 2 ** 22;
/** Samples that are looked at, spread evenly. */
const MOST_SAMPLES = 32;
/**
 * Parts that a number of an object may have on average: more are those of a class, such as 1 for nuclei and 2 for debris.
 * An object is cut by the window, or a mask, now and then.
 */
const MOST_PARTS = 1.5;
/** Numbers that one image has at least: fewer, such as 1 for the cell and 2 for its nucleus, are as likely classes. */
const FEWEST_NUMBERS = 4;

/** What a look at a sample's truth says of the objects in it. */
export interface NumberFacts {
  /** different ones, without 0 */
  numbers: number;
  /** that touch none of their number */
  parts: number;
  /** numbers that have a face in common with another one */
  touching: number;
}

/** Whether objects are told apart, and what a person should know of how that was decided. */
export interface ToldApart {
  objects: boolean;
  note?: string;
  /** where what was asked for cannot be had of the segmentations */
  warning?: string;
}

/** Looks at the numbers of a sample's truth at its first time point. @throws what opening or reading it throws */
export async function numbersOf(sample: Sample, open: OpenPart = openPart): Promise<NumberFacts> {
  const role = truthRole(sample);
  const truth = sample[role];
  if (!truth) return { numbers: 0, parts: 0, touching: 0 };
  const reader = await open(truth, { role, id: sample.id, labels: true });
  try {
    const region = middleOf(truth.shape);
    const [, , ...size] = region.size;
    const labels = Float64Array.from(await reader.read(region));
    return factsOf(labels, size as Zyx);
  } finally {
    await reader.close();
  }
}

/** The whole of a time point, or as many planes, or rows of a plane, around its middle as are looked at. */
function middleOf([, , depth, height, width]: Shape5): Region {
  const rows = Math.max(1, Math.min(height, Math.floor(LOOK / width)));
  const planes = Math.max(1, Math.min(depth, Math.floor(LOOK / (rows * width))));
  const [z, y] = [Math.floor((depth - planes) / 2), Math.floor((height - rows) / 2)];
  return { start: [0, 0, z, y, 0], size: [1, 1, planes, rows, width] };
}

/** @param labels 0 outside, [z, y, x] */
export function factsOf(labels: Float64Array, size: Readonly<Zyx>): NumberFacts {
  const [, height, width] = size;
  const touching = new Set<number>();
  const numbers = new Set<number>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label === 0) continue;
    numbers.add(label);
    const before = [
      i % width > 0 ? labels[i - 1] : 0,
      Math.floor(i / width) % height > 0 ? labels[i - width] : 0,
      i >= width * height ? labels[i - width * height] : 0,
    ];
    for (const other of before) if (other !== 0 && other !== label) touching.add(label).add(other);
  }
  return { numbers: numbers.size, parts: partsOf(labels, size).count, touching: touching.size };
}

/**
 * Decides whether a training tells objects apart. Left to `auto` it does where every segmentation has numbers of objects and
 * some of these touch: masks, labels of classes (few values, or values in many parts), and objects that lie apart anyway are trained as foreground alone.
 * @param look at a sample's truth
 */
export async function decideObjects(
  asked: NonNullable<TrainSettings['objects']>,
  samples: readonly Sample[],
  look: (sample: Sample) => Promise<NumberFacts>,
): Promise<ToldApart> {
  if (asked === 'off') return { objects: false };
  const people = samples.filter(({ origin }) => origin !== 'predicted');
  const step = Math.max(1, Math.ceil(people.length / MOST_SAMPLES));
  const total: NumberFacts = { numbers: 0, parts: 0, touching: 0 };
  const without: string[] = [];
  let most = 0;
  for (let i = 0; i < people.length; i += step) {
    const facts = await look(people[i]);
    if (facts.parts > MOST_PARTS * facts.numbers) {
      if (asked === 'auto')
        return { objects: false, ...(facts.numbers > 1 ? { note: noteOnClasses(people[i], facts) } : {}) };
      without.push(people[i].id);
    }
    most = Math.max(most, facts.numbers);
    total.numbers += facts.numbers;
    total.touching += facts.touching;
  }
  const predicted = samples.length - people.length;
  if (asked === 'on') {
    const note = `objects are told apart, as was asked for${noteOnPredicted(predicted)}`;
    return { objects: true, note, ...(without.length > 0 ? { warning: warningOnMasks(without) } : {}) };
  }
  if (total.touching === 0) return { objects: false };
  if (most < FEWEST_NUMBERS) return { objects: false, note: noteOnFew(most) };
  const share = percent(total.touching / total.numbers);
  return {
    objects: true,
    note: `objects are told apart: of those that the segmentations number ${share} touch another one (objects "off" learns the foreground alone)${noteOnPredicted(predicted)}`,
  };
}

function noteOnClasses({ id }: Sample, { numbers, parts }: NumberFacts): string {
  return `objects are not told apart: the ${numbers} values of ${id} mark ${parts} parts, as those of classes do (objects "on" takes each part for an object)`;
}

function noteOnFew(most: number): string {
  return `objects are not told apart: no segmentation has more than ${most} values, which may be classes (objects "on" takes each part for an object)`;
}

function warningOnMasks(without: readonly string[]): string {
  const names = without.slice(0, 3).join(', ');
  const more = without.length > 3 ? ` and ${without.length - 3} more` : '';
  return `${names}${more} hold no numbers of objects: there what touches is one object, and is learned as one`;
}

function noteOnPredicted(samples: number): string {
  return samples === 0 ? '' : `; in the ${samples} samples that a model labelled what touches is one object`;
}
