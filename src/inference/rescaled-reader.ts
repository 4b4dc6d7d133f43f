import type { Region, Shape5 } from '../image/region';
import { type AxisResampling, resampleAxis, resamplePlane } from '../image/resample';
import type { RegionReader } from './time-point';

/**
 * An image on another grid of pixels over the same extent: z, y and x are resampled ({@link resampleAxis}), t and c stay.
 * Pixels are float32 in the units that the image stores. Beside what it returns it holds one plane of the region.
 */
export class RescaledReader implements RegionReader {
  /**
   * @param sourceShape of the image that `source` reads
   * @param shape of the new grid; t and c as in the image
   */
  constructor(
    private readonly source: RegionReader,
    private readonly sourceShape: Shape5,
    private readonly shape: Shape5,
  ) {}

  async read({ start, size }: Region, options: { signal?: AbortSignal } = {}): Promise<Float32Array<ArrayBuffer>> {
    const [times, channels, depth, height, width] = size;
    const [z, y, x] = [2, 3, 4].map((axis) => this.axis(axis, start[axis], size[axis]));
    const plane = height * width;
    const result = new Float32Array(times * channels * depth * plane);
    const resampled = new Float32Array(plane);
    for (let t = 0; t < times; t++) {
      for (let c = 0; c < channels; c++) {
        const offset = (t * channels + c) * depth * plane;
        const volume = result.subarray(offset, offset + depth * plane);
        for (let k = z.from; k < z.to; k++) {
          const pixels = await this.source.read(
            { start: [start[0] + t, start[1] + c, k, y.from, x.from], size: [1, 1, 1, y.to - y.from, x.to - x.from] },
            options,
          );
          resamplePlane(pixels, y, x, resampled);
          addToPlanes(volume, resampled, z, k);
        }
      }
    }
    return result;
  }

  private axis(axis: number, start: number, size: number): AxisResampling {
    return resampleAxis(this.sourceShape[axis], this.shape[axis], start, start + size);
  }
}

/** Adds the part that source plane `k` has in each plane of the volume. */
function addToPlanes(volume: Float32Array, plane: Float32Array, z: AxisResampling, k: number): void {
  z.taps.forEach(({ first, weights }, depth) => {
    const weight = weights[k - first];
    if (!weight) return;
    const target = volume.subarray(depth * plane.length, (depth + 1) * plane.length);
    for (let i = 0; i < plane.length; i++) target[i] += weight * plane[i];
  });
}
