import type { Band } from '../image/bands';
import type { PixelArray } from '../image/dtype';
import type { Shape5 } from '../image/region';
import { type SurfaceAgreement, surfaceAgreement } from './surface-agreement';
import { surfaceDistances } from './surface-distances';
import { SurfaceCollector, type SurfaceVoxels, type Zyx } from './surface-voxels';

/** What surfaces may take of memory: some 50 bytes a surface voxel, 3 a pixel of a stack's plane. */
export interface SurfaceLimits {
  /** surface voxels of a segmentation, all time points together */
  voxels: number;
  /** pixels of a plane of a stack */
  plane: number;
}

const LIMITS: SurfaceLimits = { voxels: 2 ** 23, plane: 2 ** 26 };

/** The surfaces of a predicted and a true segmentation, band by band; each time point is a volume of its own. */
export class SurfaceMeter {
  private readonly volumes: Array<{ predicted: SurfaceVoxels; truth: SurfaceVoxels }> = [];
  private readonly size: Zyx;
  private collector: { t: number; of: SurfaceCollector } | null = null;
  private voxels = 0;
  private tooLarge: string | null = null;

  /** @param shape [t, 1, z, y, x] */
  constructor(
    [, , depth, height, width]: Readonly<Shape5>,
    private readonly limits: SurfaceLimits = LIMITS,
  ) {
    this.size = [depth, height, width];
    const plane = height * width;
    if (depth > 1 && plane > limits.plane) {
      this.tooLarge = `a plane of the stack has ${plane} pixels, more than ${limits.plane}`;
    }
  }

  /** Says why the surfaces are not compared; null: they are. */
  get refusal(): string | null {
    return this.tooLarge && `surface distances (NSD, HD95) were left out: ${this.tooLarge}`;
  }

  /**
   * Takes all bands in order.
   * @param weight 0 where a voxel is excluded; null counts all
   */
  add({ t }: Band, predicted: PixelArray, truth: PixelArray, weight: PixelArray | null): void {
    if (this.tooLarge) return;
    if (this.collector?.t !== t) {
      this.endVolume();
      this.collector = { t, of: new SurfaceCollector(this.size) };
    }
    const { of } = this.collector as { of: SurfaceCollector };
    of.add(predicted, truth, weight);
    if (this.voxels + of.most <= this.limits.voxels) return;
    this.tooLarge = `a segmentation has more than ${this.limits.voxels} surface pixels, as in noise`;
    this.collector = null;
    this.volumes.length = 0;
  }

  /**
   * Measures how well the surfaces agree, once all bands were taken.
   * @param spacing of voxels along z, y and x
   * @param tolerance in the same unit
   * @returns null where they are not compared, see {@link refusal}
   */
  *measure(spacing: Zyx, tolerance: number): Generator<void, SurfaceAgreement | null> {
    this.endVolume();
    if (this.tooLarge) return null;
    const fromPredicted: Float64Array[] = [];
    const fromTruth: Float64Array[] = [];
    for (const { predicted, truth } of this.volumes.splice(0)) {
      fromPredicted.push(yield* surfaceDistances(predicted, truth, this.size, spacing));
      fromTruth.push(yield* surfaceDistances(truth, predicted, this.size, spacing));
    }
    return surfaceAgreement(joined(fromPredicted), joined(fromTruth), tolerance);
  }

  private endVolume(): void {
    if (!this.collector) return;
    const surfaces = this.collector.of.finish();
    this.voxels += this.collector.of.most;
    this.volumes.push(surfaces);
    this.collector = null;
  }
}

function joined(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0];
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
