import { createHash } from 'node:crypto';
import { percent } from '../../base/numbers';
import { type Coverage, heldPixels } from '../../image/coverage';
import { bytesOf, type DType, isFloat, type PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import { ValueCounter } from '../../image/value-facts';
import type { Finding } from '../page-api';
import { asFarAsSeen, type ChannelFacts, type Check, type ImageFacts } from './facts';
import { FocusMeasure } from './focus';

/** Bits of sensors: their largest value, as it is or moved to the top of 16 bits, is where they saturate. */
const SENSOR_BITS = [8, 10, 11, 12, 13, 14, 15, 16];
/** A handful of bright pixels is nothing; from here on structures are flat. */
const SATURATED = 0.001;
/** An image with fewer grey values was taken or converted wrongly. */
const FEWEST_VALUES = 16;

type Remark = Pick<Finding, 'severity' | 'message'>;

/**
 * Tells whether raw images have contrast, no pixels that are no numbers, and few at the most that pixel type or sensor
 * hold.
 */
export const checkIntensities: Check = (samples) =>
  samples.flatMap(({ id, facts: { raw } }) => {
    if (!raw) return [];
    return raw.channels.flatMap((channel, c) => {
      const name = raw.channels.length === 1 ? `raw of ${id}` : `raw of ${id}, channel ${c}`;
      const remark = remarkOn(channel, raw);
      return remark ? [{ severity: remark.severity, message: `${name} ${remark.message}`, samples: [id] }] : [];
    });
  });

function remarkOn(channel: ChannelFacts, facts: ImageFacts): Remark | null {
  const { range, pixels, notFinite, atMax, distinct } = channel;
  const seen = asFarAsSeen(facts);
  if (notFinite > 0) return { severity: 'error', message: `has ${notFinite} pixels that are NaN or infinite` };
  if (!range) return null;
  const { min, max } = range;
  if (min === max) return { severity: 'error', message: `is constant${seen}: every pixel is ${min}` };
  const share = atMax / pixels;
  if (share > SATURATED && isCeiling(max, facts)) {
    const message = `is saturated: ${percent(share)} of the pixels are ${max}, the most that its sensor or type holds`;
    return { severity: 'warning', message };
  }
  if (distinct !== null && distinct < FEWEST_VALUES) {
    return {
      severity: 'warning',
      message: `has ${distinct} different values${seen} (${min} to ${max}): is it a raw image?`,
    };
  }
  return null;
}

function isCeiling(max: number, { image: { dtype } }: ImageFacts): boolean {
  if (isFloat(dtype)) return false;
  if (dtype === 'int8' || dtype === 'int16' || dtype === 'int32') {
    if (max === 2 ** ({ int8: 8, int16: 16, int32: 32 }[dtype] - 1) - 1) return true;
  }
  return SENSOR_BITS.some((bits) => {
    const most = 2 ** bits - 1;
    return max === most || (bits > 8 && max === most * 2 ** (16 - bits));
  });
}

/** What the pixels of an image say, from bands of it in any order that is the same for all images. */
export class ImageLooks {
  private readonly hash;
  private readonly statistics: ChannelStatistics[];

  /**
   * @param measuresFocus off for segmentations, of which sharpness means nothing
   * @param isUnknown values of a segmentation that count for nothing
   */
  constructor(
    dtype: DType,
    private readonly shape: Readonly<Shape5>,
    measuresFocus: boolean,
    isUnknown: ((value: number) => boolean) | null = null,
  ) {
    this.hash = createHash('sha256').update(JSON.stringify([dtype, shape]));
    this.statistics = Array.from({ length: shape[1] }, () => new ChannelStatistics(dtype, measuresFocus, isUnknown));
  }

  /**
   * Takes whole rows of a plane.
   * @param coverage pixels that the file does not hold are none of the channel's
   */
  add({ t, c, z }: { t: number; c: number; z: number }, rows: PixelArray, coverage: Coverage = null): void {
    this.hash.update(bytesOf(rows));
    this.statistics[c].add(rows, this.shape[4], `${t},${z}`, heldPixels(rows, coverage));
  }

  /** @param complete whether all pixels were taken */
  facts(complete: boolean): Pick<ImageFacts, 'channels' | 'hash' | 'complete'> {
    return { channels: this.statistics.map((each) => each.facts()), hash: this.hash.digest('hex'), complete };
  }
}

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
