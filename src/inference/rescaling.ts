import { InvalidInputError } from '../base/errors';
import type { ImageDescription, PixelSize } from '../image/description';
import type { Shape5 } from '../image/region';
import type { ModelCard } from '../models/card';

/** Pixel sizes that differ by more than this factor are a wrong unit sooner than another microscope. */
const LARGEST_FACTOR = 16;

/**
 * An image as the model knows the structure: described with pixels of the size that the model was trained at. `null`
 * where nothing is to be rescaled, with a warning where the sizes are not known.
 */
export interface Rescaling {
  image: ImageDescription | null;
  warnings: string[];
}

/**
 * The grid on which an image has the pixel size of a model's training; along z only for a 3D model.
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
