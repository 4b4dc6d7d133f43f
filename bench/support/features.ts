import { openEngine } from '../../src/engines';
import type { PredictionSession } from '../../src/engines/engine';
import { openDescription } from '../../src/formats';
import type { ImageDescription } from '../../src/image/description';
import { knownNetwork } from '../../src/inference/sessions';
import { measureNormalisations, PlaneWindow, TimePoint } from '../../src/inference/time-point';
import type { ResolvedModel } from '../../src/models/resolve';
import { momentCount, momentsOf, type NetworkSpec } from '../../src/network';
import { normsOf } from '../../src/network/fixed-norms';
import { engineOptions } from './measure';

/** Rows and columns of a window, and windows of an image at most. */
const WINDOW = 128;
const MOST_WINDOWS = 8;

/**
 * How far the features of an image lie from those of a training: mean and variance of each channel of what goes into the norms
 * of the coarsest level, in windows. With a dozen images and some hundred numbers a covariance is unknown: each number is
 * compared on its own, its variance drawn half way to that of all. As with looks, the limit is the largest distance of a
 * training image from the others, wider by one part in their number.
 */
export class FeatureMeter {
  private learned: number[][] = [];
  private limit = Number.POSITIVE_INFINITY;

  private constructor(
    private readonly session: PredictionSession,
    private readonly model: ResolvedModel,
    private readonly spec: NetworkSpec,
  ) {}

  static async open(model: ResolvedModel): Promise<FeatureMeter> {
    const network = await knownNetwork(model);
    if (!network) throw new Error('gate: the network of a model is not known');
    const engine = await openEngine(engineOptions());
    return new FeatureMeter(await engine.createPrediction({ ...network, gives: 'norm-sums' }), model, network.spec);
  }

  async learn(images: readonly ImageDescription[]): Promise<void> {
    for (const image of images) this.learned.push(await this.featuresOf(image));
    const lone = this.learned.map((one, i) => distanceOf(this.learned.toSpliced(i, 1), one));
    this.limit = this.learned.length < 3 ? Number.POSITIVE_INFINITY : (1 + 1 / lone.length) * Math.max(...lone);
  }

  async isFar(image: ImageDescription): Promise<boolean> {
    return distanceOf(this.learned, await this.featuresOf(image)) > this.limit;
  }

  close(): Promise<void> {
    return this.session.dispose();
  }

  private async featuresOf(image: ImageDescription): Promise<number[]> {
    const { card } = this.model;
    const source = await openDescription(image);
    try {
      const [, channels, depth, height, width] = image.shape;
      const time = new TimePoint(source, image.shape, image.dtype, 0, true);
      const normalisations = await measureNormalisations(time, image, card.normalisation);
      const planes = new PlaneWindow(time, normalisations);
      const [tall, wide] = [wholeOf(height), wholeOf(width)];
      const deep = card.dimensions === 2 ? 1 : Math.min(8, depth - (depth % 8) || depth);
      const sums = new Float64Array(momentCount(this.spec));
      let voxels = 0;
      for (const [z, y, x] of corners([depth, height, width], [deep, tall, wide])) {
        const seen = await planes.move([z, z + deep], [y, y + tall], [x, x + wide]);
        const input = new Float32Array(channels * deep * tall * wide);
        for (let c = 0; c < channels; c++)
          for (let k = 0; k < deep; k++) {
            const plane = seen.plane(c, z + k);
            for (let row = 0; row < tall; row++) {
              const from = (y + row - seen.firstRow) * seen.width + x - seen.firstColumn;
              input.set(plane.subarray(from, from + wide), ((c * deep + k) * tall + row) * wide);
            }
          }
        const shape = card.dimensions === 2 ? [1, channels, tall, wide] : [1, channels, deep, tall, wide];
        const found = await this.session.predict(input, shape);
        for (let i = 0; i < sums.length; i++) sums[i] += found[i];
        voxels += deep * tall * wide;
      }
      return coarsest(this.spec, momentsOf(this.spec, sums, voxels));
    } finally {
      await source.close();
    }
  }
}

function wholeOf(length: number): number {
  return Math.min(WINDOW, length - (length % 32));
}

function corners(shape: readonly number[], size: readonly number[]): Array<[number, number, number]> {
  const along = shape.map((n, axis) => Array.from({ length: Math.floor(n / size[axis]) }, (_, i) => i * size[axis]));
  const all = along[0].flatMap((z) =>
    along[1].flatMap((y) => along[2].map((x): [number, number, number] => [z, y, x])),
  );
  const kept = Math.min(MOST_WINDOWS, all.length);
  return Array.from({ length: kept }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / kept)]);
}

/** Of the norms of the coarsest level of the encoder: means, and logarithms of variances. */
function coarsest(spec: NetworkSpec, moments: Float32Array): number[] {
  const level = `encoder.${spec.filters.length - 1}.`;
  const found: number[] = [];
  let at = 0;
  for (const { name, channels } of normsOf(spec)) {
    if (name.startsWith(level)) {
      for (let c = 0; c < channels; c++)
        found.push(
          moments[at + c] / Math.sqrt(moments[at + channels + c] + 1e-5),
          Math.log(moments[at + channels + c] + 1e-5) / 2,
        );
    }
    at += 2 * channels;
  }
  return found;
}

function distanceOf(learned: readonly number[][], one: readonly number[]): number {
  const n = learned.length;
  const mean = one.map((_, j) => learned.reduce((sum, other) => sum + other[j], 0) / n);
  const variance = one.map(
    (_, j) => learned.reduce((sum, other) => sum + (other[j] - mean[j]) ** 2, 0) / Math.max(1, n - 1),
  );
  const pooled = variance.reduce((sum, v) => sum + v, 0) / variance.length;
  const squares = one.map((value, j) => (value - mean[j]) ** 2 / (0.5 * variance[j] + 0.5 * pooled + 1e-12));
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}
