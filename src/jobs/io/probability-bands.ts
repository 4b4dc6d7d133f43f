import { messageOf, SegmenterError } from '../../base/errors';
import type { ImageReader } from '../../formats';
import type { Band } from '../../image/bands';
import type { ImageDescription } from '../../image/description';
import type { PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import { overlapsOf } from '../../metrics/best-threshold';
import { CalibrationMeter } from '../../metrics/calibration-error';
import { overlapMetrics } from '../../metrics/overlap';
import { addProbabilities, noProbabilities } from '../../metrics/probability-histogram';
import { foregroundMap } from '../../objects/maps';
import type { ProbabilityMetrics } from '../results';
import type { JobFiles } from './job-files';

/**
 * A probability map that is compared with a truth, band by band. What is wrong with it is a note: the segmentation that was
 * made of it can be judged all the same.
 */
export class ProbabilityBands {
  private readonly meter = new CalibrationMeter();
  private readonly histogram = noProbabilities();
  private reader: ImageReader | null = null;
  private fault: string | null = null;

  /**
   * Opens the map.
   * @param image null: there is none
   * @param shape [t, 1, z, y, x] of the truth
   */
  static async open(files: JobFiles, image: ImageDescription | null, shape: Shape5): Promise<ProbabilityBands> {
    const bands = new ProbabilityBands();
    if (image) {
      await bands.attempt(async () => {
        const reader = await files.open(foregroundMap(image));
        if (reader.shape.every((size, axis) => size === shape[axis])) bands.reader = reader;
        else bands.fault = `its shape is [${reader.shape}], that of the truth [${shape}]`;
      });
    }
    return bands;
  }

  get readers(): readonly ImageReader[] {
    return this.reader ? [this.reader] : [];
  }

  /** Lists what a person should know. */
  get notes(): readonly string[] {
    return this.fault === null ? [] : [`the probability map was not judged: ${this.fault}`];
  }

  /** Takes a band, with the truth and what counts of it. */
  async add(band: Band, truth: PixelArray, weight: PixelArray | null, signal: AbortSignal): Promise<void> {
    const { reader } = this;
    if (!reader) return;
    await this.attempt(async () => {
      const rows = scaled(await reader.readRows(band, { signal }), reader.desc.scale ?? 1);
      this.meter.add(rows, truth, weight);
      addProbabilities(this.histogram, rows, truth, weight);
    });
  }

  /** Computes what the map was found to be; null: there is none, or no pixel of it counts. */
  result(): ProbabilityMetrics | null {
    const errors = this.reader && this.meter.result();
    return errors && { ...errors, diceAt: overlapsOf(this.histogram).map((counts) => overlapMetrics(counts).dice) };
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof SegmenterError && error.code === 'cancelled') throw error;
      this.reader = null;
      this.fault = messageOf(error);
    }
  }
}

function scaled(rows: PixelArray, scale: number): PixelArray {
  return scale === 1 ? rows : Float64Array.from(rows, (value) => value * scale);
}
