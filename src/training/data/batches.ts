import type { Batch } from '../../engines/engine';
import { outputsOf } from '../../network';
import { type AddedObjects, PatchMaker } from '../../patches/patch-maker';
import { patchSize } from '../../patches/plan';
import type { Preparation } from '../prepare';
import type { TrainingImage } from './training-image';
import { Visits } from './visits';

/**
 * Makes the batch of each step of the images that {@link Visits} says. A batch depends on seed and step alone, so a resumed
 * training sees the same ones.
 */
export class BatchMaker {
  private readonly maker: PatchMaker;
  private readonly batches: Batch[];
  private readonly voxels: number;
  private readonly visits: Visits<TrainingImage>;

  constructor(
    images: readonly TrainingImage[],
    private readonly preparation: Pick<Preparation, 'plan' | 'recipe' | 'settings' | 'budget' | 'spec'>,
    /** batches that are in use at the same time */
    together = 1,
    added: AddedObjects | null = null,
  ) {
    const { plan, recipe, settings, spec, budget } = preparation;
    this.visits = new Visits(images, budget.epochPatches, settings.seed);
    const outputs = outputsOf(spec);
    this.maker = new PatchMaker(plan, recipe.augmentation, settings.seed, added, outputs > 1);
    const [z, y, x] = patchSize(plan);
    this.voxels = z * y * x;
    const total = settings.batchSize * this.voxels;
    this.batches = Array.from({ length: together }, () => ({
      input: new Float32Array(total * spec.inChannels),
      target: new Float32Array(total * outputs),
      weight: new Float32Array(total),
    }));
  }

  /** The batch of a step, counted from 0; the arrays are used again when as many others have been made as are in use. */
  async make(step: number): Promise<Batch> {
    const { batchSize } = this.preparation.settings;
    const batch = this.batches[step % this.batches.length];
    const { input, target, weight } = batch;
    const { spec } = this.preparation;
    const [channels, outputs] = [spec.inChannels, outputsOf(spec)];
    for (let item = 0; item < batchSize; item++) {
      const number = step * batchSize + item;
      const from = item * this.voxels;
      const to = from + this.voxels;
      const out = {
        input: input.subarray(from * channels, to * channels),
        target: target.subarray(from * outputs, to * outputs),
        weight: weight.subarray(from, to),
      };
      await this.maker.make(this.visits.of(number), number, out);
    }
    return batch;
  }
}
