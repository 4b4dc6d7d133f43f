import { decode, finished, heightsOf, objectEvidence, smoothDistances } from '../../src/objects/decode';
import { partsOf } from '../../src/objects/parts';
import type { DecodingSettings } from '../../src/objects/settings';
import type { SeenObjects } from './object-trainings';

/** Pixels below which an object is small here. */
export const SMALL = 60;

/**
 * Where a true object was lost: less than half of it is foreground; no seed of its own, so that a neighbour took it, or one seed with a
 * neighbour; several found in it; another outline; dropped as too small.
 */
export const LOSSES = ['foreground', 'no seed', 'one seed', 'split', 'outline', 'size'] as const;
export type Loss = (typeof LOSSES)[number];

/** What became of the true objects of images, by whether they are small. */
export interface Missed {
  truths: number;
  found: number;
  lost: Record<Loss, number>;
}

/** Follows each true object through a decoding, to where it is lost. */
export function missedObjects(
  images: readonly SeenObjects[],
  settings: DecodingSettings,
): Record<'small' | 'others', Missed> {
  const none = (): Missed => ({
    ...{ truths: 0, found: 0 },
    lost: Object.fromEntries(LOSSES.map((loss) => [loss, 0])) as Missed['lost'],
  });
  const missed = { small: none(), others: none() };
  for (const image of images) {
    for (const { size, loss } of fatesIn(image, settings)) {
      const group = missed[size < SMALL ? 'small' : 'others'];
      group.truths++;
      if (loss === null) group.found++;
      else group.lost[loss]++;
    }
  }
  return missed;
}

/** A true object, and where it was lost; null: it was found. */
interface Fate {
  size: number;
  loss: Loss | null;
}

function fatesIn(image: SeenObjects, settings: DecodingSettings): Fate[] {
  const { numbers, size, spacing, maps } = image;
  const voxels = numbers.length;
  const map = (channel: number) => maps.slice(channel * voxels, (channel + 1) * voxels);
  const mask = Uint8Array.from(map(0), (probability) => (probability > settings.foreground ? 1 : 0));
  const distances = { boundary: map(1), centre: map(2) };
  const levels = heightsOf(distances.boundary);
  finished(smoothDistances(distances, size, spacing, settings));
  const { seeds } = objectEvidence(mask, levels, distances, size, settings);
  const ways = { all: { ...settings, minimumSize: 0 }, kept: settings };
  const decoded = (by: DecodingSettings) =>
    decode({ foreground: map(0), boundary: map(1), centre: map(2) }, size, spacing, by).labels;
  const { parts: truth, count } = partsOf(numbers, size);
  const [all, kept] = [new Pairs(truth, decoded(ways.all)), new Pairs(truth, decoded(ways.kept))];
  const inside = new Pairs(truth, mask);
  const seeded = new Pairs(truth, seeds);
  return Array.from({ length: count }, (_, i) => {
    const object = i + 1;
    const pixels = all.sizeOf(object);
    return { size: pixels, loss: lossOf(object, pixels) };
  });

  function lossOf(object: number, pixels: number): Loss | null {
    if (kept.isMatched(object)) return null;
    if (all.isMatched(object)) return 'size';
    if (inside.common(object, 1) < pixels / 2) return 'foreground';
    const within = all.partners(object).filter(([found, n]) => 2 * n > all.sizeOfFound(found));
    const [largest] = all.partners(object).sort(([, a], [, b]) => b - a)[0] ?? [0];
    const others = all.truthsIn(largest).filter(([other, n]) => other !== object && 3 * n > all.sizeOf(other));
    if (others.length > 0) return seeded.partners(object).length === 0 ? 'no seed' : 'one seed';
    return within.length > 1 ? 'split' : 'outline';
  }
}

/** Pixels that true objects and found ones have in common. */
class Pairs {
  private readonly byTruth = new Map<number, Map<number, number>>();
  private readonly byFound = new Map<number, Map<number, number>>();
  private readonly truths = new Map<number, number>();
  private readonly founds = new Map<number, number>();

  constructor(truth: ArrayLike<number>, found: ArrayLike<number>) {
    for (let i = 0; i < truth.length; i++) {
      if (truth[i] !== 0) add(this.truths, truth[i]);
      if (found[i] !== 0) add(this.founds, found[i]);
      if (truth[i] === 0 || found[i] === 0) continue;
      add(within(this.byTruth, truth[i]), found[i]);
      add(within(this.byFound, found[i]), truth[i]);
    }
  }

  sizeOf(object: number): number {
    return this.truths.get(object) ?? 0;
  }

  sizeOfFound(found: number): number {
    return this.founds.get(found) ?? 0;
  }

  common(object: number, found: number): number {
    return this.byTruth.get(object)?.get(found) ?? 0;
  }

  partners(object: number): Array<[found: number, pixels: number]> {
    return [...(this.byTruth.get(object) ?? [])];
  }

  truthsIn(found: number): Array<[object: number, pixels: number]> {
    return [...(this.byFound.get(found) ?? [])];
  }

  isMatched(object: number): boolean {
    return this.partners(object).some(([found, n]) => 2 * n > this.sizeOf(object) + this.sizeOfFound(found) - n);
  }
}

function add(tally: Map<number, number>, key: number): void {
  tally.set(key, (tally.get(key) ?? 0) + 1);
}

function within(groups: Map<number, Map<number, number>>, key: number): Map<number, number> {
  const known = groups.get(key);
  if (known) return known;
  const fresh = new Map<number, number>();
  groups.set(key, fresh);
  return fresh;
}
