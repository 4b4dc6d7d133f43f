import { createHash } from 'node:crypto';
import { type Coverage, heldPixels } from '../../image/coverage';
import { bytesOf, type DType, type PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import { ChannelStatistics } from './channel-statistics';
import type { ImageFacts } from './facts';

/** What the pixels of an image say, from bands of it in any order that is the same for all images. */
export class ImageLooks {
  private readonly hash;
  private readonly statistics: ChannelStatistics[];

  /** @param measuresFocus off for segmentations, of which sharpness means nothing */
  constructor(
    dtype: DType,
    private readonly shape: Readonly<Shape5>,
    measuresFocus: boolean,
  ) {
    this.hash = createHash('sha256').update(JSON.stringify([dtype, shape]));
    this.statistics = Array.from({ length: shape[1] }, () => new ChannelStatistics(dtype, measuresFocus));
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
