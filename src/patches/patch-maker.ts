import { Random } from '../base/random';
import type { Zyx } from '../image/region';
import { objectTargets } from '../objects/targets';
import type { PatchPlan } from '../samples/sample';
import { ObjectCutter } from './cut-object';
import { drawPatch } from './draw';
import { drawGeometry, type PatchGeometry } from './geometry';
import { changeIntensity } from './intensity';
import { pasteObject } from './paste-object';
import { emptyPixels, type PatchSource } from './patch-pixels';
import { patchSize } from './plan';
import type { AugmentationRecipe } from './recipe';
import { type PatchTarget, samplePatch, sourceBlock } from './sample-patch';

/** Purposes of random streams; each patch draws each from a stream of its own. */
const PLACE = 1;
const GEOMETRY = 2;
const INTENSITY = 3;
const OBJECTS = 4;

/** Objects that are added to patches, for those that the images have are few. */
export interface AddedObjects {
  /** share of the patches that an object is added to, where one is found that fits */
  share: number;
  /** images that they are taken from, each with foreground */
  donors: readonly PatchSource[];
}

/**
 * Cuts and varies training patches, and adds objects to some. A patch depends on the seeds and its number alone, not on
 * those before. Where objects are told apart the distances are made of the patch as it is varied, so that they are exact.
 */
export class PatchMaker {
  private readonly size: Zyx;
  private readonly block = emptyPixels();
  private readonly scratch: Float32Array;
  private readonly cutter: ObjectCutter;
  /** of the patch under way; null: objects are not told apart */
  private readonly numbers: Int32Array | null;

  constructor(
    private readonly plan: PatchPlan,
    private readonly recipe: AugmentationRecipe,
    private readonly seed: number,
    private readonly added: AddedObjects | null = null,
    tellsObjectsApart = false,
  ) {
    this.size = patchSize(plan);
    this.scratch = new Float32Array(this.size[0] * this.size[1] * this.size[2]);
    this.cutter = new ObjectCutter(this.size);
    this.numbers = tellsObjectsApart ? new Int32Array(this.scratch.length) : null;
  }

  /**
   * Makes the patch of that number: an even one is centred on foreground when sampling is balanced.
   * @param number counts all patches of the training, from 0
   * @param out its target [z, y, x], or [3, z, y, x] where objects are told apart
   */
  async make(source: PatchSource, number: number, out: PatchTarget): Promise<void> {
    const { plan, recipe, seed, size } = this;
    const onForeground = plan.sampling === 'balanced' && number % 2 === 0;
    const start = drawPatch(source.index, plan, onForeground, new Random(seed, plan.seed, PLACE, number));
    const geometry = drawGeometry(recipe, size, source.anisotropy, new Random(seed, plan.seed, GEOMETRY, number));
    await this.cut(source, start, geometry, number, out);
    // Resampling can turn the only voxels with weight out of sight.
    if (!geometry.exact && !out.weight.includes(1)) await this.cut(source, start, IDENTITY, number, out);
    const random = new Random(seed, plan.seed, INTENSITY, number);
    const voxels = this.scratch.length;
    if (this.numbers) fillDistances(this.numbers, size, source.anisotropy, out.target);
    for (let c = 0; c < source.channels; c++) {
      const channel = out.input.subarray(c * voxels, (c + 1) * voxels);
      changeIntensity(channel, size, recipe.intensity, source.anisotropy, random, this.scratch);
    }
  }

  private async cut(
    source: PatchSource,
    start: Zyx,
    geometry: PatchGeometry,
    number: number,
    out: PatchTarget,
  ): Promise<void> {
    const block = sourceBlock(geometry, start, this.size);
    await source.read(block.start, block.size, this.block);
    if (this.added) await this.addObject(this.added, new Random(this.seed, this.plan.seed, OBJECTS, number));
    samplePatch(this.block, block, geometry, start, this.size, this.numbers ? { ...out, numbers: this.numbers } : out);
  }

  /** Before the patch is varied, so that its own objects and the added one are varied alike. */
  private async addObject({ share, donors }: AddedObjects, random: Random): Promise<void> {
    if (!random.chance(share)) return;
    const object = await this.cutter.cut(donors[random.integer(donors.length)], random);
    if (object) pasteObject(this.block, object, random);
  }
}

/** @param target [3, z, y, x]: foreground, and distances to boundary and centre */
function fillDistances(numbers: Int32Array, size: Readonly<Zyx>, anisotropy: number, target: Float32Array): void {
  const map = (channel: number) => target.subarray(channel * numbers.length, (channel + 1) * numbers.length);
  const into = { foreground: map(0), boundary: map(1), centre: map(2) };
  objectTargets(numbers, size, [anisotropy, 1, 1], into);
}

const IDENTITY: PatchGeometry = {
  matrix: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  elastic: null,
  exact: true,
};
