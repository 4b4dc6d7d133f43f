import type { DType, PixelArray } from '../../image/dtype';
import { ValueCounter } from '../../image/value-facts';
import type { ChannelFacts } from './facts';
import { FocusMeasure } from './focus';

/** Gathers the facts of one channel from its rows, in any number of bands. */
export class ChannelStatistics {
  private readonly values: ValueCounter;
  private focus: FocusMeasure | null = null;
  private plane = '';
  private sharpest: { detail: number; focus: number } | null = null;

  /**
   * @param measuresFocus off for segmentations, of which sharpness means nothing
   * @param isUnknown values of a segmentation that count for nothing
   */
  constructor(
    dtype: DType,
    private readonly measuresFocus: boolean,
    isUnknown: ((value: number) => boolean) | null = null,
  ) {
    this.values = new ValueCounter(dtype, isUnknown);
  }

  /**
   * @param plane names the plane that the rows are of; the bands of a plane follow each other
   * @param held of the rows those pixels that the file holds
   */
  add(rows: PixelArray, width: number, plane: string, held = rows): void {
    this.values.add(held);
    if (!this.measuresFocus) return;
    if (!this.focus || plane !== this.plane) {
      this.endPlane();
      this.focus = new FocusMeasure();
      this.plane = plane;
    }
    this.focus.add(rows, width);
  }

  facts(): ChannelFacts {
    this.endPlane();
    return { ...this.values.facts(), focus: this.sharpest?.focus ?? null };
  }

  /** Stacks are judged by the plane with the most detail: those above and below a specimen have none. */
  private endPlane(): void {
    const measured = this.focus?.result() ?? null;
    if (measured && (!this.sharpest || measured.detail > this.sharpest.detail)) this.sharpest = measured;
    this.focus = null;
  }
}
