import { InvalidInputError } from '../base/errors';
import type { Coverage, RegionReader } from '../image/coverage';
import type { ImageDescription, PixelSize } from '../image/description';
import type { PixelArray } from '../image/dtype';
import { count, type Region, type Shape5 } from '../image/region';
import { type AxisResampling, resampleAxis, resamplePlane } from '../image/resample';
import type { ModelCard } from '../models/card';

/** Pixel sizes that differ by more than this factor are a wrong unit sooner than another microscope. */
const LARGEST_FACTOR = 16;

/**
 * An image as the model knows the structure: described with pixels of the size that the model was trained at. `null`
 * where nothing is to be rescaled, with a warning where the sizes are not known.
 */
interface Rescaling {
  image: ImageDescription | null;
  warnings: string[];
}

/**
 * Finds the grid on which an image has the pixel size of a model's training; along z only for a 3D model.
 * @throws InvalidInputError where a pixel size is more than 16 times larger or smaller than the model's
 */
export function planRescaling(card: ModelCard, image: ImageDescription): Rescaling {
  const { pixelSize } = card;
  const nothing = (missing: string) => ({ image: null, warnings: [`not rescaled: ${missing} states no pixel size`] });
  if (!pixelSize) return nothing(`the model ${card.name} ${card.version}`);
  if (!image.pixelSize) return nothing(image.id);
  const warnings: string[] = [];
  const shape: Shape5 = [...image.shape];
  const rescaled: PixelSize = { ...image.pixelSize };
  for (const [axis, index] of card.dimensions === 3 ? AXES : AXES.slice(1)) {
    const [trained, found] = [pixelSize[axis], image.pixelSize[axis]];
    if (trained === null || found === null) {
      const who = trained === null ? `the model ${card.name} ${card.version}` : image.id;
      warnings.push(`not rescaled along ${axis}: ${who} states no pixel size there`);
      continue;
    }
    const factor = found / trained;
    if (factor > LARGEST_FACTOR || factor < 1 / LARGEST_FACTOR) {
      const expected = `within a factor of ${LARGEST_FACTOR} of the model's ${trained} µm, to be rescaled`;
      throw new InvalidInputError(`${image.id}: pixel size along ${axis}`, expected, `${found} µm`);
    }
    shape[index] = Math.max(1, Math.round(image.shape[index] * factor));
    rescaled[axis] = (found * image.shape[index]) / shape[index];
  }
  const changed = shape.some((n, index) => n !== image.shape[index]);
  return { image: changed ? { ...image, shape, dtype: 'float32', pixelSize: rescaled } : null, warnings };
}

const AXES = [
  ['z', 2],
  ['y', 3],
  ['x', 4],
] as const;

/** The weights of an interpolation sum up to 1 but for rounding. */
const ALL = 1 - 1e-4;

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

  async read(region: Region, options: { signal?: AbortSignal } = {}): Promise<Float32Array<ArrayBuffer>> {
    const result = new Float32Array(count(region.size));
    for (const { stored, add } of this.planes(region, result)) add(await this.source.read(stored, options));
    return result;
  }

  /** A pixel is held where all are that it is interpolated from. */
  coverage(region: Region): Coverage {
    const { coverage } = this.source;
    if (!coverage) return null;
    const result = new Float32Array(count(region.size));
    let whole = true;
    for (const { stored, add } of this.planes(region, result)) {
      const found = coverage.call(this.source, stored);
      whole &&= found === null;
      add(found ?? new Uint8Array(count(stored.size)).fill(1));
    }
    return whole ? null : Uint8Array.from(result, (share) => (share > ALL ? 1 : 0));
  }

  /** The planes of the source that a region of this grid needs, and what adds the part that each has in it. */
  private *planes(
    { start, size }: Region,
    result: Float32Array,
  ): Generator<{ stored: Region; add: (pixels: PixelArray) => void }> {
    const [times, channels, depth, height, width] = size;
    const [z, y, x] = [2, 3, 4].map((axis) => this.axis(axis, start[axis], size[axis]));
    const plane = height * width;
    const resampled = new Float32Array(plane);
    for (let t = 0; t < times; t++) {
      for (let c = 0; c < channels; c++) {
        const offset = (t * channels + c) * depth * plane;
        const volume = result.subarray(offset, offset + depth * plane);
        for (let k = z.from; k < z.to; k++) {
          const stored: Region = {
            start: [start[0] + t, start[1] + c, k, y.from, x.from],
            size: [1, 1, 1, y.to - y.from, x.to - x.from],
          };
          const add = (pixels: PixelArray) => {
            resamplePlane(pixels, y, x, resampled);
            addToPlanes(volume, resampled, z, k);
          };
          yield { stored, add };
        }
      }
    }
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
