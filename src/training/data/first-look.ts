import { type ImageFacts, ImageLooks, MOST_PIXELS } from '../../curation/checks';
import type { Band } from '../../image/bands';
import type { Coverage } from '../../image/coverage';
import type { DType, PixelArray } from '../../image/dtype';
import { count, type Shape5 } from '../../image/region';

/** What checks are made on, without the description of the image. */
export type Looks = Omit<ImageFacts, 'image'>;

/** Looks at the bands of an image while it is measured; of a large one at evenly spaced bands. */
export class FirstLook {
  private readonly looksAt: ImageLooks;
  /** of the bands */
  private readonly share: number;
  private bands = 0;

  constructor({ dtype, shape: [, ...czyx] }: { dtype: DType; shape: Readonly<Shape5> }) {
    const shape: Shape5 = [1, ...czyx];
    this.looksAt = new ImageLooks(dtype, shape, false);
    this.share = Math.min(1, MOST_PIXELS / count(shape));
  }

  see(band: Band, pixels: PixelArray, coverage: Coverage): void {
    const before = Math.floor(this.bands * this.share);
    this.bands++;
    if (Math.floor(this.bands * this.share) > before)
      this.looksAt.add({ t: 0, c: band.c, z: band.z }, pixels, coverage);
  }

  looks(): Looks {
    return this.looksAt.facts(this.share === 1);
  }
}
