import { blankOthers, ofAnyChannel, type RegionReader } from '../image/coverage';
import type { PixelArray } from '../image/dtype';
import type { Shape5 } from '../image/region';

/** Goes along with the rows of a map: where the file of its image holds no channel of a voxel, nothing is there. */
export class HeldRows {
  /** rows that went by, over [t, z, y] */
  private done = 0;

  /** @param shape [t, c, z, y, x] of the image */
  constructor(
    private readonly image: Pick<RegionReader, 'coverage'>,
    private readonly shape: Readonly<Shape5>,
  ) {}

  /** Sets the voxels of the next whole rows, C order over [t, z, y, x], to 0 where none is held. */
  blankOthers(map: PixelArray): void {
    const [, channels, depth, height, width] = this.shape;
    const end = this.done + map.length / width;
    for (let from = this.done; from < end; from = this.done) {
      const y = from % height;
      const plane = Math.floor(from / height);
      const rows = Math.min(height - y, end - from);
      const size: Shape5 = [1, 1, 1, rows, width];
      const start: Shape5 = [Math.floor(plane / depth), 0, plane % depth, y, 0];
      const coverage = ofAnyChannel(this.image, channels, { start, size });
      const at = (end - from) * width;
      blankOthers(map.subarray(map.length - at, map.length - at + rows * width), coverage);
      this.done += rows;
    }
  }
}
