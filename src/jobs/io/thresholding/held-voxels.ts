import type { ImageReader } from '../../../formats';
import { type Band, imageBands } from '../../../image/bands';
import { type Coverage, heldCount, ofAnyChannel, ofBoth } from '../../../image/coverage';
import type { Region } from '../../../image/region';

/** Which voxels of an image of one channel the files hold of it, and of the raw image that it came from. */
export class HeldVoxels {
  /** by time point, once it was counted */
  private readonly counts = new Map<number, number>();

  /** @param rows of a band in which they are counted */
  constructor(
    private readonly reader: ImageReader,
    private readonly raw: ImageReader | null,
    private readonly rows: number,
  ) {}

  /** Tells which of a band are held. */
  in({ t, z, y, rows }: Band): Coverage {
    const of = (image: ImageReader): Coverage => {
      const block: Region = { start: [t, 0, z, y, 0], size: [1, 1, 1, rows, image.shape[4]] };
      return ofAnyChannel(image, image.shape[1], block);
    };
    return this.raw ? ofBoth(of(this.reader), of(this.raw)) : of(this.reader);
  }

  /** Counts those of a time point that are held. */
  of(t: number): number {
    const known = this.counts.get(t);
    if (known !== undefined) return known;
    let sum = 0;
    const width = this.reader.shape[4];
    for (const band of bandsOfTime(this.reader, t, this.rows)) sum += heldCount(this.in(band), band.rows * width);
    this.counts.set(t, sum);
    return sum;
  }

  /** Counts all voxels of a time point, held or not. */
  all(): number {
    const [, , depth, height, width] = this.reader.shape;
    return depth * height * width;
  }
}

/** Goes through the bands of one time point of the first channel. */
export function* bandsOfTime({ shape: [, , ...zyx] }: ImageReader, t: number, rows: number): Generator<Band> {
  for (const band of imageBands([1, 1, ...zyx], rows)) yield { ...band, t };
}
