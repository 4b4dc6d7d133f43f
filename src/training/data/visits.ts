import { Random } from '../../base/random';

/** Names the streams that order the images, apart from those that draw patches. */
const ORDER_STREAM = 12;
const PREDICTED_STREAM = 13;

/**
 * Which image each patch of a training is of, by its number: every image of a kind is visited equally often, in an order of
 * its own each epoch. Those that a model labelled have at most half of the patches, spread evenly: of each pair of patches one
 * at most, by turns the first and the second, for the first of a pair is centred on foreground. It depends on seed and number
 * alone.
 */
export class Visits<T extends { isPredicted: boolean }> {
  private readonly people: Rounds<T>;
  private readonly predicted: Rounds<T>;
  /** of pairs, that have a patch of those that a model labelled */
  private readonly share: number;

  /** @param epochPatches as many as all images have together in an epoch */
  constructor(images: readonly T[], epochPatches: number, seed: number) {
    const predicted = images.filter(({ isPredicted }) => isPredicted);
    const people = images.filter(({ isPredicted }) => !isPredicted);
    const each = epochPatches / images.length;
    this.people = new Rounds(people, each, (epoch) => new Random(seed, ORDER_STREAM, epoch));
    this.predicted = new Rounds(predicted, each, (epoch) => new Random(seed, PREDICTED_STREAM, epoch));
    this.share = people.length === 0 ? 2 : Math.min(1, (2 * predicted.length) / images.length);
  }

  /** The image of a patch. @param number counts all patches of the training, from 0 */
  of(number: number): T {
    if (this.share === 0) return this.people.at(number);
    if (this.share > 1) return this.predicted.at(number);
    const pair = Math.floor(number / 2);
    const before = Math.floor(pair * this.share);
    const hasPredicted = Math.floor((pair + 1) * this.share) > before;
    const isPredicted = hasPredicted && number % 2 === before % 2;
    if (isPredicted) return this.predicted.at(before);
    const isAfter = hasPredicted && number % 2 === 1;
    return this.people.at(number - before - (isAfter ? 1 : 0));
  }
}

/** Round after round through some images, each in an order of its own. */
class Rounds<T> {
  private readonly length: number;
  private order: { round: number; places: number[] } = { round: -1, places: [] };

  constructor(
    private readonly images: readonly T[],
    each: number,
    private readonly randomOf: (round: number) => Random,
  ) {
    this.length = Math.max(1, Math.round(images.length * each));
  }

  at(number: number): T {
    const round = Math.floor(number / this.length);
    if (this.order.round !== round) {
      const visits = Array.from({ length: this.length }, (_, i) => i % this.images.length);
      this.order = { round, places: this.randomOf(round).shuffled(visits) };
    }
    return this.images[this.order.places[number % this.length]];
  }
}
